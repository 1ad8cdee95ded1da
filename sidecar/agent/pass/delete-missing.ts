import type { RelPath } from '../changes/change.ts';
import { parentOf } from '../changes/paths.ts';
import { type DeletionQuestion, judgeDeletions } from '../deletions/judge.ts';
import type { RunResult } from '../rsync/run.ts';
import type { Comparison } from './comparison.ts';
import type { FoundDeletion } from './found-deletions.ts';
import type { PassContext } from './pass-context.ts';
import type { PassRequest } from './pass-request.ts';
import { countEntries, pathsOf, sortMissing } from './sort-missing.ts';

const deletionsAtOnce = 2_000;
/** So many names in file systems below the source are looked at again. */
const looksAtMost = 2_000;

/** `some`: there is more to delete than was found by name, or it failed. `held`: a person is asked first. */
export interface MissingOutcome {
  readonly kind: 'all' | 'some' | 'held';
  readonly failed: RunResult | undefined;
}

/** Deletes what a comparison misses at the source, once the judge has seen all of it. */
export class DeleteMissing {
  readonly #request: PassRequest;
  readonly #context: PassContext;
  #failed: RunResult | undefined;

  /** `failed`: what the target could not take is no reason to leave what would make room. */
  constructor(request: PassRequest, context: PassContext, failed: RunResult | undefined) {
    this.#request = request;
    this.#context = context;
    this.#failed = failed;
  }

  /** `result`: of the run that found it all. */
  async run(comparison: Pick<Comparison, 'deletions' | 'leftOut'>, result: RunResult): Promise<MissingOutcome> {
    return { kind: await this.#run(comparison, result), failed: this.#failed };
  }

  async #run(
    { deletions, leftOut }: Pick<Comparison, 'deletions' | 'leftOut'>,
    result: RunResult,
  ): Promise<MissingOutcome['kind']> {
    const { sync, source, isPending, onExplained, onAnnounced, held } = this.#context;
    const isWhole = this.#request.subtrees.includes('');
    const unread = result.complaints.filter(({ side, vanished }) => side === 'source' && !vanished);
    const listed = deletions.without(unread.flatMap(({ path }) => path ?? []));
    const hidden = this.#context.mayBeBack(leftOut).map((path) => ({ path, entries: 1 }));
    const unseen = [...listed, ...hidden];
    const back = this.#backInMounts(unseen);
    if (back.size > 0) this.#context.onBack([...back]);
    const found = back.size === 0 ? unseen : unseen.filter(({ path }) => !back.has(path));
    // What was held before is not explained by what went since.
    const announced = this.#request.announced.filter((top) => top !== '' || held() === null);
    // What meets a change that was announced is looked at again after that: it may not know of it.
    const missing = sortMissing(found, {
      announced,
      mountsLost: source.mountsLost?.() ?? [],
      // Of another root than before it explains nothing; and what waits to be held again is counted with what is held.
      explains: (path) => !this.#isReplaced && !this.#waitsToBeHeld && isPending(path),
    });
    if (missing.explained.length > 0) onExplained(pathsOf(missing.explained));
    // Of a queue that overflowed nobody counted what it told of.
    if (announced.includes('')) onAnnounced(countEntries(missing.announced));
    if (sync.delete === 'Mirror') await this.#remove('announced', pathsOf(missing.announced));
    if (this.#isCutShort) return 'some';
    const paths = pathsOf(missing.unexplained);
    const all = deletions.isCut ? 'some' : 'all';
    const count = countEntries(missing.unexplained) + (announced.includes('') ? 0 : deletions.dropped);
    if (sync.delete === 'Keep' || count === 0) {
      if (isWhole) this.#context.onNothingHeld();
      return all;
    }
    // A part says nothing of what is held, and may be part of it: a comparison of all counts that, and is what a release lets go.
    if (!isWhole && held() !== null) return 'held';
    const verdict = judgeDeletions(this.#question(count, result, isWhole));
    if (verdict.kind === 'hold') {
      this.#context.onHeld({ reason: verdict.reason, count, paths });
      return 'held';
    }
    await this.#remove('found', paths);
    if (this.#isCutShort) return 'some';
    if (isWhole) this.#context.onNothingHeld();
    return all;
  }

  /** A file system may have gone and come back while it was listed, and no look at what is mounted fell between: what is there again. */
  #backInMounts(found: readonly FoundDeletion[]): ReadonlySet<RelPath> {
    const { source } = this.#context;
    const inMounts = pathsOf(found).filter((path) => source.isInMount?.(path) === true);
    const isThere = (path: RelPath): boolean => ['file', 'directory', 'symlink'].includes(source.look(path).kind);
    return new Set(inMounts.slice(0, looksAtMost).filter(isThere));
  }

  async #remove(cause: DeletionQuestion['cause'], paths: readonly RelPath[]): Promise<void> {
    const { remove, onHeld, signal } = this.#context;
    for (let at = 0; at < paths.length && !signal.aborted; at += deletionsAtOnce) {
      const part = paths.slice(at, at + deletionsAtOnce);
      const { failed, held } = await remove(cause, part, new Set(part.map(parentOf)));
      this.#failed ??= failed;
      if (failed !== undefined) return;
      if (held !== undefined) onHeld({ reason: held.reason, count: held.paths.length, paths: held.paths });
    }
  }

  /** Also where the session has ended: what waited was not deleted, and says nothing of what is held. */
  get #isCutShort(): boolean {
    return this.#failed !== undefined || this.#context.signal.aborted;
  }

  /** Where nothing can be kept an announced mass is held, and what of it is tried again is held again. */
  get #waitsToBeHeld(): boolean {
    const { canKeep, held } = this.#context;
    return !canKeep && held()?.reason === 'TooMany';
  }

  get #isReplaced(): boolean {
    return this.#request.sourceReplaced || this.#context.held()?.reason === 'SourceReplaced';
  }

  #question(count: number, { stats }: RunResult, isWhole: boolean): DeletionQuestion {
    const { sync, source, held, released, whole, canKeep } = this.#context;
    const asked = held();
    return {
      cause: 'found',
      guard: sync.deleteGuard,
      root: source.check(),
      sourceReplaced: this.#isReplaced,
      sourceEmpty: source.isEmpty(),
      count,
      lately: count,
      whole: isWhole ? stats.files - stats.created + count : whole(count),
      canKeep,
      asked: asked?.reason,
      released: asked !== null && released() === asked.id ? asked.count : 0,
    };
  }
}
