import { setTimeout as sleep } from 'node:timers/promises';
import type { EventKind } from '../../../src/api/settings/replication-settings.ts';
import { errorCode } from '../../../src/process/failure.ts';
import type { Logger } from '../../../src/process/log/logger.ts';
import { isShortage } from '../../../src/process/shortage.ts';
import type { Filter } from '../../filter/filter.ts';
import type { RawChange, RelPath } from '../changes/change.ts';
import { flushPages } from '../source/flush-pages.ts';
import type { SourceRoot } from '../source/source-root.ts';
import { UnseenChanges } from '../source/times/unseen-changes.ts';
import { entriesOf, type WalkOptions } from '../source/walk.ts';
import type { ChangeSource, ChangeSourceListener, ChangeSourceStats } from './change-source.ts';
import { createChangeSource } from './create-change-source.ts';
import { handOn, namesOf } from './hand-on.ts';
import { canWatch } from './inotify/can-watch.ts';
import type { NotWatchedReason } from './not-watched.ts';
import { repeatInBackground } from './repeat-in-background.ts';

/** What is watched, and how; read anew whenever the watch is opened. */
export interface WatchSubject {
  readonly root: SourceRoot;
  readonly filter: Filter;
  readonly events: readonly EventKind[];
}

export interface SourceWatchOptions {
  readonly subject: () => WatchSubject;
  readonly onChanges: ChangeSourceListener['onChanges'];
  /** Another directory has taken the root's place; it becomes the source when this returns, and not before. */
  readonly onReplaced: () => void;
  /** Every directory is watched. `again`: not for the first time; `replaced`: the root is another directory than before. */
  readonly onOpen: (opened: { readonly again: boolean; readonly replaced: boolean }) => void;
  /** It was open, and nothing is told until it is again. */
  readonly onClosed?: () => void;
  readonly logger: Logger;
  /** How often at most all files are looked at for changes that no event told of, ms; default a minute. */
  readonly sweepMs?: number;
  /** How often it is tried to watch by events again what a limit keeps from it, ms. */
  readonly retryLimitMs?: number;
}

const retryMs = 500;
const sweepMs = 60_000;
const retryLimitMs = 5_000;
/** No event tells of a file system that is mounted, or is gone. */
const mountsMs = 500;

const openProblems: ReadonlyMap<string, NotWatchedReason> = new Map([
  ['InotifyInstances', 'NoInstance'],
  ['WatchLimit', 'WatchLimit'],
  ['RootUnreadable', 'Unreadable'],
]);

/** Keeps a watch open on the source, whatever happens to its root or to the watch. */
export class SourceWatch {
  readonly #options: SourceWatchOptions;
  readonly #stop = new AbortController();
  #source: ChangeSource | undefined;
  #reopen: (() => void) | undefined;
  #overflowsBefore = 0;
  #told = 0;
  #isOpen = false;
  #whyNotOpen: NotWatchedReason = 'NotOpen';
  /** What keeps the source from being watched by events, so that it is looked at now and then instead. */
  #pollsFor: 'NoInstance' | 'WatchLimit' | undefined;
  readonly #opened = Promise.withResolvers<void>();
  #loop: Promise<void> | undefined;
  #unseen: UnseenChanges | undefined;
  #stopLooking: (() => void) | undefined;
  /** Since when files wait to be told of that were changed without an event, the oldest first; monotonic, ms. */
  readonly #untold = new Set<{ readonly since: number }>();

  constructor(options: SourceWatchOptions) {
    this.#options = options;
  }

  start(): void {
    this.#loop = this.#run();
  }

  /** Resolves when the watch is open for the first time, or is not going to be. */
  get opened(): Promise<void> {
    return this.#opened.promise;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  get kind(): ChangeSource['kind'] | null {
    return this.#source?.kind ?? null;
  }

  /** How many changes were told of since the start; what had to be looked for is none of them. */
  get told(): number {
    return this.#told;
  }

  /** Overflows since the start, over all watches. */
  stats(): ChangeSourceStats {
    const now = {
      ...(this.#source?.stats() ?? { watchedDirectories: 0, watchLimit: undefined, overflows: 0, notWatched: [] }),
      ...(this.#unseen === undefined ? {} : { unseenMs: Math.max(this.#unseen.unseenMs, this.#untoldMs) }),
    };
    const overflows = now.overflows + this.#overflowsBefore;
    const { root } = this.#options.subject();
    if (this.#isOpen && this.kind === 'inotify' && root.check() !== 'same')
      return { ...now, overflows, notWatched: [{ reason: 'NotOpen', count: 1, samples: [''] }] };
    const lost = root.mounts.any ? root.mountsLost() : [];
    if (lost.length > 0 && this.#isOpen) {
      const gone = { reason: 'MountLost', count: lost.length, samples: lost.slice(0, 10) } as const;
      return { ...now, overflows, notWatched: [gone, ...now.notWatched] };
    }
    if (this.#isOpen && this.#pollsFor === undefined) return { ...now, overflows };
    if (this.#isOpen && this.#pollsFor !== undefined) {
      const limited = { reason: this.#pollsFor, count: now.watchedDirectories, samples: [''] };
      return { ...now, overflows, notWatched: [limited, ...now.notWatched] };
    }
    return { ...now, overflows, notWatched: [{ reason: this.#whyNotOpen, count: 1, samples: [''] }] };
  }

  get #untoldMs(): number {
    const [oldest] = this.#untold;
    return oldest === undefined ? 0 : performance.now() - oldest.since;
  }

  /** Opens the watch anew, with what the subject is now. */
  reopen(): void {
    this.#reopen?.();
  }

  /** Tells of files that were changed without an event, once they can be read as they are on disk. */
  async tellUnseen(paths: readonly RelPath[]): Promise<void> {
    const source = this.#source;
    const { root } = this.#options.subject();
    const untold = { since: performance.now() };
    this.#untold.add(untold);
    for (const path of paths) await flushPages(root.absolute(path), this.#stop.signal);
    this.#untold.delete(untold);
    if (source === undefined || this.#source !== source) return;
    const batch = paths.map((path): RawChange => ({ kind: 'modify', path }));
    this.#unseen?.note(batch, Date.now());
    this.#options.onChanges(batch);
  }

  /** Whether a file whose inode was changed then (ms, by times of files) was told of since, or none of its age was left untold. */
  knows(changedAt: number, path: () => RelPath): boolean {
    return this.#unseen?.knows(changedAt, path) ?? false;
  }

  /** Something was written under a name that is gone: it may be a file that has another one. */
  lookBeside(path: RelPath): void {
    this.#unseen?.lookBeside(path);
  }

  async drain(): Promise<void> {
    await this.#source?.drain();
  }

  /** Resolves when it would be told if one of these names went: they were found by a look, and not by what was told. */
  async untilSeen(paths: readonly RelPath[]): Promise<void> {
    if (this.#source?.sees(paths) === false) await this.#source.drain();
  }

  /** As drain, and what no event names was looked for; `push` hands over what is held back. */
  async drainAll(push: () => void): Promise<void> {
    await this.drain();
    push();
    await this.#unseen?.finish();
  }

  /** Looks whether what is watched is what is there, and tells of what isn't. */
  async check(): Promise<void> {
    await this.#source?.check();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    this.#opened.resolve();
    this.#reopen?.();
    await this.#loop;
  }

  async #run(): Promise<void> {
    let again = false;
    while (!this.#stop.signal.aborted) {
      const subject = this.#options.subject();
      const replaced = again && subject.root.check() === 'replaced';
      if (replaced) this.#options.onReplaced();
      subject.root.adopt();
      if (subject.root.check() === 'same' && (await this.#watchOnce(subject, { again, replaced }))) again = true;
      else await sleep(retryMs, undefined, { signal: this.#stop.signal }).catch(() => {});
    }
  }

  /** @returns false when the watch could not be opened */
  async #watchOnce(subject: WatchSubject, opened: { again: boolean; replaced: boolean }): Promise<boolean> {
    const { logger, onChanges, onOpen } = this.#options;
    const ended = Promise.withResolvers<void>();
    this.#reopen = () => ended.resolve();
    const { root, filter, events } = subject;
    const override = this.#pollsFor === undefined ? {} : ({ override: 'polling' } as const);
    const isInMount = (path: RelPath): boolean => root.mounts.covers(path);
    const source = await createChangeSource({ root: root.path, filter, events, isInMount, logger, ...override }).catch(
      (err: unknown) => {
        logger.error({ err }, 'watch could not be made');
        return undefined;
      },
    );
    if (source === undefined) return false;
    const untilWatchable = setInterval(() => {
      if (this.#pollsFor === undefined || !canWatch(root.path)) return;
      this.#pollsFor = undefined;
      ended.resolve();
    }, this.#options.retryLimitMs ?? retryLimitMs).unref();
    this.#source = source;
    let mounts = root.mounts.version;
    const onMounts = setInterval(() => {
      // Whoever looks at it in the background may wait long for a thread; a remote file system that does not answer would keep this one.
      if (this.#isOpen && source.kind === 'inotify' && root.check() === 'replaced') {
        logger.warn({ reason: 'replaced' }, 'source root is lost');
        return ended.resolve();
      }
      this.#unseen?.followClock();
      root.mounts.look();
      if (root.mounts.version === mounts || !this.#isOpen) return;
      mounts = root.mounts.version;
      void this.check();
    }, mountsMs).unref();
    try {
      await source.open({
        onChanges: (batch, lostSince) => {
          this.#told += batch.length;
          const { linked } = root;
          handOn(batch, lostSince, { linked, filter, events, onChanges, unseen: this.#unseen, now: Date.now() });
        },
        onRootLost: (reason) => {
          logger.warn({ reason }, 'source root is lost');
          ended.resolve();
        },
        onError: (err) => {
          logger.error({ err }, 'watch failed');
          ended.resolve();
        },
      });
      // Another one than was taken for the source, if it took its place before it was opened.
      if (root.check() === 'replaced') return false;
      if (source.kind === 'inotify') this.#lookForUnseen(subject);
      this.#isOpen = true;
      this.#whyNotOpen = 'NotOpen';
      this.#opened.resolve();
      onOpen(opened);
      await ended.promise;
      return true;
    } catch (err) {
      const why = openProblems.get(errorCode(err)) ?? 'NotOpen';
      this.#whyNotOpen = why;
      if (why === 'NoInstance' || why === 'WatchLimit') this.#pollsFor = why;
      logger.error({ err }, 'watch could not be opened');
      return false;
    } finally {
      clearInterval(untilWatchable);
      clearInterval(onMounts);
      if (this.#isOpen && !this.#stop.signal.aborted) this.#options.onClosed?.();
      this.#isOpen = false;
      this.#stopLooking?.();
      this.#unseen?.stop();
      this.#unseen = undefined;
      this.#overflowsBefore += source.stats().overflows;
      // What happens until it is open again is told by nobody.
      this.#told += 1;
      this.#source = undefined;
      await source.close();
    }
  }
  #lookForUnseen({ root, filter }: WatchSubject): void {
    const walk: WalkOptions = {
      absolute: (path) => root.absolute(path),
      excludes: (path, isDirectory) => (isDirectory ? filter.canSkipDirectory(path) : filter.excludes(path, false)),
      // The watch counts directories that can't be read, and a run says which files.
      onUnreadable: (path, error) => {
        if (isShortage(error)) unseen.missed(path);
      },
    };
    const unseen = new UnseenChanges({
      entriesOf: (directory) => entriesOf(directory, walk),
      now: () => Date.now(),
      drain: () => this.drain(),
      namesOf: (files) => namesOf(files, { linked: root.linked, filter }),
      onFound: (paths) => this.tellUnseen(paths),
    });
    this.#unseen = unseen;
    this.#stopLooking = repeatInBackground(unseen, this.#options.sweepMs ?? sweepMs);
  }
}
