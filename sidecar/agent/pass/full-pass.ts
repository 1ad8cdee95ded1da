import type { PassProgress } from '../../protocol/agent-status.ts';
import type { RelPath } from '../changes/change.ts';
import { isAtOrBelow } from '../changes/paths.ts';
import type { RunResult } from '../rsync/run.ts';
import { bigFileBytes, type Work } from '../send/plan-runs.ts';
import { Comparison, type Found } from './comparison.ts';
import { DeleteMissing } from './delete-missing.ts';
import type { PassContext } from './pass-context.ts';
import type { PassRequest } from './pass-request.ts';
import { pathsOf } from './sort-missing.ts';

/** `failed` ends the session; `repeat` means that what was found is done but there is more. */
export interface PassOutcome {
  readonly kind: 'done' | 'repeat' | 'failed' | 'aborted';
  readonly failed?: RunResult;
  /** Entries compared. */
  readonly entries: number;
}

const namesAtOnce = 2_000;
const bytesAtOnce = 32 * 1024 * 1024;
/** Big files that wait for a place while smaller ones go on. */
const bigFilesAtOnce = 8;

/**
 * Compares the source with the target by a dry run, sends what differs while the comparison goes on, and deletes what
 * is too much only once the judge has seen all of it. Every path found is looked at again before it is touched.
 */
export class FullPass {
  readonly request: PassRequest;
  readonly #context: PassContext;
  #comparison: Comparison | undefined;
  #filesDone = 0;
  #bytesDone = 0;
  #filesTotal = 0;
  readonly #bigFiles = new Set<Promise<void>>();
  /** What says that the session can't go on. */
  #failed: RunResult | undefined;
  readonly #startedAt: number;

  constructor(request: PassRequest, context: PassContext) {
    this.request = request;
    this.#context = context;
    this.#startedAt = context.clock.now();
  }

  progress(phase: PassProgress['phase']): PassProgress {
    const total = this.#filesTotal + (this.#comparison?.files ?? 0);
    const elapsed = (this.#context.clock.now() - this.#startedAt) / 1000;
    const isComparing = this.#comparison?.hasEnded !== true;
    const eta = isComparing || this.#filesDone === 0 ? null : (elapsed / this.#filesDone) * (total - this.#filesDone);
    return {
      phase,
      step: isComparing ? 'Comparing' : 'Transferring',
      filesDone: this.#filesDone,
      filesTotal: total,
      bytesDone: this.#bytesDone,
      bytesTotal: this.#comparison?.bytes ?? 0,
      startedAt: this.#startedAt,
      etaSeconds: eta === null ? null : Math.round(eta),
    };
  }

  async run(): Promise<PassOutcome> {
    const { source, sync, signal } = this.#context;
    if (source.check() !== 'same') return { kind: 'aborted', entries: 0 };
    const links = sync.preserve.hardLinks && (await source.hasHardLinks());
    const mounts = source.mountsVersion?.();
    const comparison = new Comparison({
      start: (onOutput) => this.#context.startCompare(links, onOutput),
      subtrees: this.request.subtrees,
      changedAt: (path) => {
        const look = source.look(path);
        return look.kind === 'file' ? look.changedAt : 0;
      },
    });
    this.#comparison = comparison;
    try {
      await this.#drain(comparison);
      await Promise.all(this.#bigFiles);
      if (signal.aborted) return { kind: 'aborted', entries: 0 };
      if (this.#failed !== undefined && this.#failed.reason !== 'TargetFull')
        return { kind: 'failed', failed: this.#failed, entries: 0 };
      const result = await comparison.result;
      // Of another directory nothing is known yet, nor whether it stays; and what went with a file system meanwhile may be back.
      if (comparison.isCut || source.check() !== 'same' || source.mountsVersion?.() !== mounts)
        return { kind: 'repeat', entries: 0 };
      for (const one of comparison.leftOut) this.#context.onLeftOut(one);
      if (result.outcome !== 'partial' && result.outcome !== 'ok')
        return { kind: 'failed', failed: result, entries: 0 };
      this.#noteUnreadable(result);
      const { kind: deleted, failed } = await new DeleteMissing(this.request, this.#context, this.#failed).run(
        comparison,
        result,
      );
      this.#failed = failed;
      // What would take a directory's place waits with what is in that: it would go without a word.
      const waiting = new Set(deleted === 'held' ? pathsOf(comparison.inPlaceOfDirectories) : []);
      if (deleted !== 'held') await this.#sendFound(comparison.inPlaceOfDirectories);
      await this.#sendChangedSince(waiting);
      await Promise.all(this.#bigFiles);
      if (this.#failed !== undefined) return { kind: 'failed', failed: this.#failed, entries: 0 };
      // What was left then is not done.
      if (signal.aborted) return { kind: 'aborted', entries: 0 };
      return { kind: deleted === 'some' ? 'repeat' : 'done', entries: result.stats.files };
    } finally {
      comparison.close();
    }
  }

  async #sendChangedSince(waiting: ReadonlySet<RelPath>): Promise<void> {
    const { since } = this.request;
    if (since === undefined) return;
    const { excludes, isSent, source } = this.#context;
    const isCompared = (path: RelPath): boolean => this.request.subtrees.some((top) => isAtOrBelow(path, top));
    for await (const found of source.changedSince(since)) {
      const paths = found.flatMap(({ path, changedAt }) =>
        !isCompared(path) || waiting.has(path) || excludes(path) || isSent(path, changedAt) ? [] : [path],
      );
      this.#filesTotal += paths.length;
      for (let at = 0; at < paths.length; at += namesAtOnce) {
        if (this.#mustEnd) return;
        const content = paths.slice(at, at + namesAtOnce);
        await this.#send({ content, attributes: [], deletes: [] });
        this.#filesDone += content.length;
      }
    }
  }

  /** Works through what is found while more is being found. */
  async #drain(comparison: Comparison): Promise<void> {
    while (!this.#mustEnd) {
      const found = await comparison.next(namesAtOnce);
      if (found.length === 0) return;
      await this.#sendFound(found);
    }
  }

  async #sendFound(found: readonly Found[]): Promise<void> {
    for (let at = 0; at < found.length && !this.#mustEnd; ) {
      const content: RelPath[] = [];
      const attributes: RelPath[] = [];
      let bytes = 0;
      for (; at < found.length && bytes < bytesAtOnce; at++) {
        const difference = found[at] as Found;
        if (difference.kind === 'attributes') attributes.push(difference.path);
        else if (difference.size < bigFileBytes) {
          content.push(difference.path);
          bytes += difference.size;
        } else await this.#sendBig(difference.path, difference.size, difference.isNew);
      }
      await this.#send({ content, attributes, deletes: [] });
      this.#filesDone += content.length + attributes.length;
      this.#bytesDone += bytes;
    }
  }

  get #mustEnd(): boolean {
    return this.#context.signal.aborted || (this.#failed !== undefined && this.#failed.reason !== 'TargetFull');
  }

  async #send(work: Work): Promise<void> {
    // Where the target is full nothing more is sent, but deletions may make room.
    if (this.#failed !== undefined || work.content.length + work.attributes.length === 0) return;
    const { failed, big } = await this.#context.send(work);
    this.#failed ??= failed;
    for (const path of big) await this.#sendBig(path, 0, false);
  }

  async #sendBig(path: RelPath, bytes: number, isNew: boolean): Promise<void> {
    if (this.#failed !== undefined) return;
    const sending = this.#context.sendBig(path, isNew).then(({ failed }) => {
      this.#failed ??= failed;
      this.#filesDone += 1;
      this.#bytesDone += bytes;
      this.#bigFiles.delete(sending);
    });
    this.#bigFiles.add(sending);
    // Whoever waits for it hears of an error; if nobody does any more the pass has failed already.
    sending.catch(() => {});
    if (this.#bigFiles.size >= bigFilesAtOnce) await Promise.race(this.#bigFiles);
  }

  #noteUnreadable({ outcome, complaints, complaintsCut }: RunResult): void {
    const unread: RelPath[] = [];
    for (const { side, vanished, path = '', text } of outcome === 'partial' ? complaints : []) {
      if (vanished) continue;
      this.#context.onUnreadable(path, text, side === 'source' ? 'unreadable' : 'unseen');
      unread.push(path);
    }
    if (!complaintsCut) this.#context.onListed(this.request.subtrees, unread);
  }
}
