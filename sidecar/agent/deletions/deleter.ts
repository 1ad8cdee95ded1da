import { randomUUID } from 'node:crypto';
import type { FilterSettings, SyncSettings } from '../../../src/api/settings/replication-settings.ts';
import type { Clock } from '../../../src/process/clock.ts';
import type { Filter } from '../../filter/filter.ts';
import type { HeldDeletes } from '../../protocol/agent-status.ts';
import type { ControlClient } from '../../protocol/connection/control-client.ts';
import type { KeepRequest } from '../../protocol/control.ts';
import type { RelPath } from '../changes/change.ts';
import { pathsMeet } from '../changes/paths.ts';
import { acquireInTime, type PathLocks } from '../locks/path-locks.ts';
import { encodeFileList } from '../rsync/file-list.ts';
import type { Flavor } from '../rsync/flags.ts';
import type { Run, RunResult } from '../rsync/run.ts';
import { judgeRun, type Refused } from '../send/outcome/judge-run.ts';
import type { SourceView } from '../source/source-view.ts';
import type { AnnouncedLately } from './announced-lately.ts';
import { judgeDeletions, type Verdict } from './judge.ts';
import { waitForCalm } from './wait-for-calm.ts';

export interface DeleterOptions {
  readonly sync: SyncSettings;
  readonly filter: FilterSettings;
  readonly excludes: Filter['excludes'];
  readonly source: SourceView;
  readonly locks: PathLocks;
  readonly clock: Clock;
  /** Once it is aborted the root may be another one, of which nothing was judged. */
  readonly signal: AbortSignal;
  readonly lately: AnnouncedLately;
  /** Entries that the replica held when they were counted last, 0 if never. */
  readonly whole: () => number;
  /** Undefined at a plain daemon. */
  readonly control: ControlClient | undefined;
  readonly epoch: number;
  readonly startRun: (flavor: Flavor) => Run;
  readonly onRun: (result: RunResult) => void;
  /** So many were made; `isKept`: as a mass that can be put back. */
  readonly onDeleted: (count: number, isKept: boolean) => void;
}

/** What became of some deletions. */
export interface Deleted {
  readonly deleted: readonly RelPath[];
  /** Is there again at the source, and another thing than the target may have. */
  readonly back: readonly RelPath[];
  readonly refused: readonly Refused[];
  /** Not made, and why. */
  readonly held: { readonly reason: HeldDeletes['reason']; readonly paths: readonly RelPath[] } | undefined;
  readonly failed: RunResult | undefined;
}

const pathsPerCall = 500;
/** What goes beyond these is kept for as long as it may turn out to be part of a mass. */
const keepLatelyMs = 60_000;
const defaultKeepMs = 3_600_000;

/** Deletes at the target what is gone at the source: by the receiver's operation, or by rsync at a plain daemon. */
export class Deleter {
  readonly #options: DeleterOptions;
  /** All that is kept within one mass bears this. */
  #keepId: string | undefined;

  constructor(options: DeleterOptions) {
    this.#options = options;
  }

  /** What goes from now on is another mass: the former may be put back once. */
  beginMass(): void {
    this.#keepId = undefined;
  }

  /** For what the kernel told of. */
  async removeAnnounced(paths: readonly RelPath[]): Promise<Deleted> {
    const { clock, lately, control, source } = this.#options;
    if (control !== undefined) {
      const { verdict, recent } = this.#judgeAnnounced(paths.length);
      if (verdict.kind === 'hold') return { ...nothing, held: { reason: verdict.reason, paths } };
      return this.remove(paths, this.#keepFor(verdict.kind === 'keep', recent));
    }
    // Asked before too: while this waits another root may be taken for the right one.
    if (source.check() !== 'same') return { ...nothing, held: { reason: 'SourceReplaced', paths } };
    // A name that a FIFO has is cleared by each session, whether the target has anything there or not: many are no mass.
    const { special = [], others = [] } = Object.groupBy(paths, (path) =>
      this.#standing(path) === 'special' ? 'special' : 'others',
    );
    await waitForCalm(clock, () => lately.count(clock.monotonic()), others.length);
    const { verdict } = this.#judgeAnnounced(others.length);
    if (verdict.kind !== 'hold') return this.remove(paths);
    if (verdict.reason !== 'TooMany') return { ...nothing, held: { reason: verdict.reason, paths } };
    return { ...(await this.remove(special)), held: { reason: verdict.reason, paths: others } };
  }

  /**
   * Takes away what the target has under names that went and are there again as directories, so that nothing of the old ones
   * stays. @returns those that are clear; the others are to be compared
   */
  async clear(paths: readonly RelPath[]): Promise<readonly RelPath[]> {
    const { control, locks, signal, source } = this.#options;
    const { verdict, recent } = this.#judgeAnnounced(paths.length);
    if (control === undefined || verdict.kind === 'hold') return [];
    const held = await acquireInTime(
      locks,
      paths.map((path) => ({ path, mode: 'X' })),
    );
    if (held === undefined) return [];
    try {
      if (signal.aborted) return [];
      // A directory that shows again where a file system went is another one, and what was in it did not go.
      const lost = source.mountsLost?.() ?? [];
      const gone = paths.filter((path) => !lost.some((mount) => pathsMeet(path, mount)));
      if (gone.length === 0) return [];
      const done = await this.#removeByReceiver(control, gone, this.#keepFor(verdict.kind === 'keep', recent));
      return done.deleted;
    } finally {
      held.release();
    }
  }

  /** Makes deletions that were judged. What is there again at the source, and can be copied, is left alone and told. */
  async remove(paths: readonly RelPath[], keep?: KeepRequest): Promise<Deleted> {
    const { locks, control, signal } = this.#options;
    const isGone = (path: RelPath): boolean => this.#standing(path) !== 'there';
    const gone: RelPath[] = [];
    const back = new Set<RelPath>();
    for (const path of paths) {
      // A plain daemon spares what the filter leaves out by its name, whatever it is there.
      if (control === undefined && this.#standing(path) === 'excluded') continue;
      if (isGone(path)) gone.push(path);
      else back.add(path);
    }
    if (gone.length === 0) return { ...nothing, back: [...back] };
    const held = await acquireInTime(
      locks,
      gone.map((path) => ({ path, mode: 'X' })),
    );
    if (held === undefined) return { ...nothing, back: [...back, ...gone] };
    try {
      if (signal.aborted) return { ...nothing, back: [...back, ...gone] };
      const made =
        control === undefined ? await this.#removeByRsync(gone) : await this.#removeByReceiver(control, gone, keep);
      // It may have come between the look and the deletion: then the target lacks it, or has the old one still.
      for (const path of gone) if (!isGone(path)) back.add(path);
      return { ...made, back: [...back] };
    } finally {
      held.release();
    }
  }

  /** What the source has under a name that is to go: nothing, something that is not copied, or what is to be sent. */
  #standing(path: RelPath): 'gone' | 'excluded' | 'special' | 'there' {
    const { source, sync, excludes } = this.#options;
    const { kind } = source.look(path);
    if (kind === 'gone') return 'gone';
    if (kind === 'unreachable') return 'there';
    if (excludes(path, kind === 'directory')) return 'excluded';
    return kind === 'special' && !sync.preserve.devices ? 'special' : 'there';
  }

  #judgeAnnounced(count: number): { readonly verdict: Verdict; readonly recent: number } {
    const { sync, source, clock, lately, whole, control } = this.#options;
    const recent = lately.count(clock.monotonic());
    const verdict = judgeDeletions({
      cause: 'announced',
      guard: sync.deleteGuard,
      root: source.check(),
      sourceReplaced: false,
      sourceEmpty: false,
      count,
      lately: Math.max(recent, count),
      whole: whole(),
      canKeep: control !== undefined,
      released: 0,
      asked: undefined,
    });
    return { verdict, recent };
  }

  async #removeByReceiver(control: ControlClient, paths: readonly RelPath[], keep?: KeepRequest): Promise<Deleted> {
    const { epoch, filter } = this.#options;
    const rules = filter.exclude.length > 0 ? { filter } : {};
    const deleted: RelPath[] = [];
    const refused: Refused[] = [];
    for (let at = 0; at < paths.length; at += pathsPerCall) {
      const part = paths.slice(at, at + pathsPerCall);
      const { results } = await control.delete({
        epoch,
        paths: part.map((path) => Buffer.from(path, 'latin1').toString('base64url')),
        ...(keep === undefined ? {} : { keep }),
        ...rules,
      });
      part.forEach((path, index) => {
        const result = results[index];
        if (result?.deleted) deleted.push(path);
        else refused.push({ path, why: 'refused', text: `delete: ${result?.reason ?? 'no answer'}` });
      });
    }
    this.#options.onDeleted(deleted.length, keep?.reason === 'Mass');
    return { ...nothing, deleted, refused };
  }

  async #removeByRsync(paths: readonly RelPath[]): Promise<Deleted> {
    const { startRun, onRun, onDeleted } = this.#options;
    const result = await startRun('delete').feed(encodeFileList(paths));
    onRun(result);
    const verdict = judgeRun(paths, result);
    const failed = verdict.failed ? result : undefined;
    // Of the directories above it says that they have vanished: nothing is there.
    const deleted = result.outcome === 'ok' ? paths : verdict.arrived;
    onDeleted(deleted.length, false);
    return { ...nothing, deleted, refused: verdict.refused, failed };
  }

  /** A mass shows itself only after it has begun: what may become one is kept for a while. */
  #keepFor(isMass: boolean, recent: number): KeepRequest | undefined {
    const { minFiles, keepMs = defaultKeepMs } = this.#options.sync.deleteGuard;
    if (!isMass && recent < minFiles) {
      this.#keepId = undefined;
      return undefined;
    }
    if (this.#options.control === undefined) return undefined;
    this.#keepId ??= `mass-${randomUUID().slice(0, 8)}`;
    return isMass
      ? { id: this.#keepId, reason: 'Mass', forMs: keepMs }
      : { id: this.#keepId, reason: 'Lately', forMs: Math.min(keepMs, keepLatelyMs) };
  }
}

const nothing: Deleted = { deleted: [], back: [], refused: [], held: undefined, failed: undefined };
