import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SyncSettings } from '../../../src/api/replication-settings.ts';
import type { HeldDeletes, PassProgress } from '../../protocol/agent-status.ts';
import type { RelPath, RescanReason } from '../changes/change.ts';
import { isAtOrBelow } from '../changes/paths.ts';
import { judgeDeletes } from '../deletions/delete-guard.ts';
import { escapeName } from '../rsync/itemize.ts';
import type { RsyncRun, RunResult } from '../rsync/run.ts';
import type { Executed } from '../send/executor.ts';
import type { Work } from '../send/plan-runs.ts';
import { findChangedSince, hasHardLinks } from '../source/find.ts';
import type { SourceRoot } from '../source/source-root.ts';
import { Comparison } from './comparison.ts';

export interface PassRequest {
  readonly subtrees: readonly RelPath[];
  readonly reason: RescanReason;
  /** The sequence and time of the change that asked for it. */
  readonly sequence: number;
  readonly at: number;
  /** Files whose inode changed since then (ms) are sent whatever size and mtime say; undefined where all was watched. */
  readonly since: number | undefined;
  readonly sourceReplaced: boolean;
}

export interface PassContext {
  readonly sync: SyncSettings;
  readonly source: SourceRoot;
  readonly stateDir: string;
  readonly startCompare: (links: boolean, stdoutFd: number) => RsyncRun;
  readonly execute: (work: Work) => Promise<Executed>;
  readonly excludes: (path: RelPath) => boolean;
  /** Whether this version of a file was sent by this session: see SentVersions. */
  readonly isSent: (path: RelPath, changedAt: number) => boolean;
  readonly retry: (paths: readonly RelPath[], request: PassRequest) => void;
  /** For what was to be deleted and is there again: see Executed. */
  readonly retryDeleted: (paths: readonly RelPath[]) => void;
  readonly skip: (path: RelPath, why: string) => void;
  readonly held: () => HeldDeletes | null;
  readonly released: () => string | undefined;
  readonly onHeld: (held: HeldDeletes | null) => void;
  readonly signal: AbortSignal;
  readonly now: () => number;
}

/** `failed` ends the session; `repeat` means that what was found is done but there is more. */
export interface PassOutcome {
  readonly kind: 'done' | 'repeat' | 'failed' | 'aborted';
  readonly failed?: RunResult;
  readonly entries: number;
}

const maxListBytes = 64 * 1024 * 1024;
const batchSize = 2_000;
const pollMs = 20;

/**
 * Compares the source with the target by a dry run, sends what differs while the comparison goes on, and deletes what
 * is too much only once the guard has seen all of it. Every path found is looked at again before it is touched.
 */
export class FullPass {
  readonly request: PassRequest;
  readonly #context: PassContext;
  #comparison: Comparison | undefined;
  #filesDone = 0;
  #bytesDone = 0;
  #filesTotal = 0;
  #comparing = true;
  /** What says that the target is full: then nothing more is sent, but deletions may make room. */
  #full: RunResult | undefined;
  readonly #startedAt: number;

  constructor(request: PassRequest, context: PassContext) {
    this.request = request;
    this.#context = context;
    this.#startedAt = context.now();
  }

  progress(phase: PassProgress['phase']): PassProgress {
    const total = this.#filesTotal + (this.#comparison?.files ?? 0);
    const elapsed = (this.#context.now() - this.#startedAt) / 1000;
    const left = total - this.#filesDone;
    const eta = this.#comparing || this.#filesDone === 0 ? null : (elapsed / this.#filesDone) * left;
    return {
      phase,
      step: this.#comparing ? 'Comparing' : 'Transferring',
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
    const links = sync.preserve.hardLinks && (await hasHardLinks(source.path));
    const changed = await this.#sendChangedSince();
    if (changed !== undefined) return changed;
    const comparison = new Comparison({
      start: (fd) => this.#context.startCompare(links, fd),
      directory: this.#context.stateDir,
      subtrees: this.request.subtrees,
      maxBytes: maxListBytes,
    });
    this.#comparison = comparison;
    try {
      const failed = await this.#drain(comparison);
      if (signal.aborted) return { kind: 'aborted', entries: 0 };
      if (failed !== undefined) return { kind: 'failed', failed, entries: 0 };
      const result = await comparison.result;
      if (comparison.truncated) return { kind: 'repeat', entries: 0 };
      for (const path of comparison.specials) this.#context.skip(path, 'special-file');
      if (result.outcome === 'partial') this.#skipUnreadable(result);
      else if (result.outcome !== 'ok') return { kind: 'failed', failed: result, entries: 0 };
      const broken = (await this.#delete(comparison, result)) ?? this.#full;
      return broken === undefined
        ? { kind: 'done', entries: result.stats.files }
        : { kind: 'failed', failed: broken, entries: 0 };
    } finally {
      comparison.close();
    }
  }

  async #sendChangedSince(): Promise<PassOutcome | undefined> {
    const { since } = this.request;
    if (since === undefined) return undefined;
    const found = await findChangedSince(this.#context.source.path, since);
    const { excludes, isSent } = this.#context;
    const isCompared = (path: RelPath): boolean => this.request.subtrees.some((top) => isAtOrBelow(path, top));
    const paths = found.flatMap(({ path, changedAt }) =>
      !isCompared(path) || excludes(path) || isSent(path, changedAt) ? [] : [path],
    );
    this.#filesTotal += paths.length;
    for (let at = 0; at < paths.length && !this.#context.signal.aborted; at += batchSize) {
      const content = paths.slice(at, at + batchSize);
      const failed = await this.#send({ content, attributes: [], deletes: [] });
      if (failed !== undefined) return { kind: 'failed', failed, entries: 0 };
      this.#filesDone += content.length;
    }
    return undefined;
  }

  /** Works through the list while it grows. */
  async #drain(comparison: Comparison): Promise<RunResult | undefined> {
    for (;;) {
      if (this.#context.signal.aborted) return undefined;
      const wasExhausted = comparison.exhausted;
      const found = comparison.read();
      this.#comparing = !comparison.exhausted;
      if (found.length === 0) {
        if (wasExhausted) return undefined;
        if (!comparison.exhausted) await Promise.race([sleep(pollMs), comparison.result]);
        continue;
      }
      const bytes = found.reduce((sum, d) => sum + (d.kind === 'content' ? d.size : 0), 0);
      const failed = await this.#send({
        content: found.filter((d) => d.kind === 'content').map((d) => d.path),
        attributes: found.filter((d) => d.kind === 'attributes').map((d) => d.path),
        deletes: [],
      });
      if (failed !== undefined) return failed;
      this.#filesDone += found.length;
      this.#bytesDone += bytes;
    }
  }

  async #send(work: Work): Promise<RunResult | undefined> {
    if (this.#full !== undefined) return undefined;
    const { failed, retry, vanished, back } = await this.#context.execute(work);
    if (failed?.reason === 'TargetFull') this.#full = failed;
    else if (failed === undefined) {
      this.#context.retry([...retry, ...vanished], this.request);
      this.#context.retryDeleted(back);
    }
    return this.#full === undefined ? failed : undefined;
  }

  async #delete(comparison: Comparison, result: RunResult): Promise<RunResult | undefined> {
    const { sync, source, now } = this.#context;
    const unread = result.complaints.filter(({ side, vanished }) => side === 'source' && !vanished);
    const found = comparison.deletions(unread.flatMap(({ path }) => path ?? []));
    const deletions = found.map(({ path }) => path);
    const entries = found.reduce((sum, deletion) => sum + deletion.entries, 0);
    if (sync.delete === 'Keep' || deletions.length === 0) {
      if (this.request.subtrees.includes('')) this.#context.onHeld(null);
      return undefined;
    }
    const held = this.#context.held();
    const released = held !== null && this.#context.released() === held.id ? held.count : 0;
    const { files, created } = result.stats;
    const verdict = judgeDeletes({
      guard: sync.deleteGuard,
      deletions: entries,
      targetEntries: files - created + entries,
      sourceEmpty: source.isEmpty(),
      sourceReplaced: this.request.sourceReplaced,
      released,
    });
    // What a person was asked about stays held until that person answers.
    const reason = verdict.kind === 'hold' ? verdict.reason : held !== null && released === 0 ? held.reason : undefined;
    if (reason !== undefined) {
      this.#context.onHeld({
        // A release that no longer covers all is used up: what has come since needs another.
        id: held !== null && released === 0 ? held.id : randomUUID().slice(0, 8),
        reason,
        count: entries,
        samples: deletions.slice(0, 10).map(escapeName),
        since: held?.since ?? now(),
      });
      return undefined;
    }
    for (let at = 0; at < deletions.length; at += batchSize) {
      const deletes = deletions.slice(at, at + batchSize);
      const done = await this.#context.execute({ content: [], attributes: [], deletes, released: released > 0 });
      if (done.failed !== undefined) return done.failed;
      this.#context.retry([...done.retry, ...done.vanished], this.request);
      this.#context.retryDeleted(done.back);
    }
    this.#context.onHeld(null);
    return undefined;
  }

  #skipUnreadable(result: RunResult): void {
    for (const complaint of result.complaints) {
      if (complaint.side === 'source' && !complaint.vanished) this.#context.skip(complaint.path ?? '', complaint.text);
    }
  }
}
