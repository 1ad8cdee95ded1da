import { setImmediate as nextTurn } from 'node:timers/promises';
import { Failure } from '../../../../src/process/failure.ts';
import { type Logger, silentLogger } from '../../../../src/process/log/logger.ts';
import { errnoOf } from '../../../../src/process/system/libc.ts';
import type { RelPath } from '../../changes/change.ts';
import { ChangeBatch } from '../change-batch.ts';
import type { ChangeSource, ChangeSourceListener, ChangeSourceStats } from '../change-source.ts';
import { DirectoryWatcher } from '../followed/directory-watcher.ts';
import { countNotWatched } from '../not-watched.ts';
import { LimitedSweeps } from '../polling/limited-sweeps.ts';
import { repeatInBackground } from '../repeat-in-background.ts';
import { identifyRoot, watchRootIdentity } from '../root-identity.ts';
import type { SourceOptions } from '../source-options.ts';
import { applyEvent } from './apply-event.ts';
import { type EventSocket, openEventSocket } from './event-socket.ts';
import { type InotifyEvent, parseInotifyEvents } from './inotify-events.ts';
import { directoryMask, rootMask } from './inotify-mask.ts';
import { bindWatchCalls } from './libc.ts';
import { pairMoves } from './pair-moves.ts';
import { RecentMoves } from './recent-moves.ts';
import { readMaxWatches } from './watch-limits.ts';

type LostReason = Parameters<ChangeSourceListener['onRootLost']>[0];

/** How long the first half of a rename waits for the second. */
const moveWaitMs = 2;
/** The event loop gets its turn between two slices of a walk. */
const sliceMs = 15;
const misplacedWaitMaxMs = 1000;
const rootCheckMs = 3000;
const retryMs = 30_000;
const checkMs = 60_000;

/** Linux: one inotify watch per directory, read on the event loop. */
export const createInotifySource = (options: SourceOptions): ChangeSource => new InotifySource(options);

class InotifySource implements ChangeSource {
  readonly kind = 'inotify';
  readonly #options: SourceOptions;
  readonly #logger: Logger;
  readonly #batch: ChangeBatch;
  readonly #recent = new RecentMoves();
  readonly #watchLimit = readMaxWatches();
  #watcher: DirectoryWatcher | undefined;
  #socket: EventSocket | undefined;
  #listener: ChangeSourceListener | undefined;
  #held: readonly InotifyEvent[] = [];
  #overflows = 0;
  /** When the kernel's queue was empty last, monotonic, ms. */
  #emptyAt = performance.now();
  /** Of an overflow that was not told yet. */
  #lostSince: number | undefined;
  #walked: (() => void) | undefined;
  #moveTimer: NodeJS.Timeout | undefined;
  #misplacedTimer: NodeJS.Timeout | undefined;
  #misplacedWaitMs = moveWaitMs;
  #workTimer: NodeJS.Immediate | undefined;
  #stopRootWatch: (() => void) | undefined;
  #stopChecks: (() => void) | undefined;
  #limited: LimitedSweeps | undefined;
  #retryTimer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: SourceOptions) {
    this.#options = options;
    this.#logger = options.logger ?? silentLogger;
    this.#batch = new ChangeBatch(options.filter, options.events);
  }

  async open(listener: ChangeSourceListener): Promise<void> {
    const { root, filter, events } = this.#options;
    this.#listener = listener;
    const identity = await identifyRoot(root);
    const calls = bindWatchCalls();
    const inotify = calls.inotifyInit();
    if (inotify < 0) throw noInstance(-inotify);
    const onBytes = (bytes: Buffer, length: number, isAll: boolean): number => {
      const readAt = performance.now();
      const events = parseInotifyEvents(bytes, length);
      this.#receive(events);
      if (isAll) this.#emptyAt = readAt;
      return events.length;
    };
    this.#socket = openEventSocket(calls, inotify, onBytes, (error) => this.#break(error));
    this.#watcher = new DirectoryWatcher({
      calls,
      inotify: this.#socket.descriptor,
      root: Buffer.from(root).toString('latin1'),
      filter,
      masks: { root: rootMask(events), below: directoryMask(events) },
      findings: this.#batch,
      isInMount: this.#options.isInMount,
    });
    const errno = this.#watcher.start();
    if (errno < 0) {
      await this.close();
      throw cannotWatchRoot(root, -errno);
    }
    await new Promise<void>((resolve) => {
      this.#walked = resolve;
      this.#work();
    });
    if (this.#closed) return;
    this.#stopRootWatch = watchRootIdentity(root, identity, rootCheckMs, (reason) => this.#lose(reason));
    this.#stopChecks = repeatInBackground(
      { start: () => this.#watcher?.startCheck(), work: (ms) => this.#checkSome(ms) },
      this.#options.checkMs ?? checkMs,
    );
    const top = Buffer.from(root);
    this.#limited = new LimitedSweeps({
      absolute: (path) => (path === '' ? top : Buffer.concat([top, Buffer.from(`/${path}`, 'latin1')])),
      filter,
      batch: this.#batch,
      deliver: () => this.#deliver(),
      limited: () => this.#watcher?.limited() ?? [],
    });
    this.#retryTimer = setInterval(() => this.#retryUnwatched(), retryMs).unref();
    this.#logger.info({ directories: this.#watcher.tree.watched }, 'watching');
  }

  stats(): ChangeSourceStats {
    const watcher = this.#watcher;
    return {
      watchedDirectories: watcher?.tree.watched ?? 0,
      watchLimit: this.#watchLimit,
      overflows: this.#overflows,
      notWatched: countNotWatched(watcher?.notWatched() ?? [['', 'NotOpen']]),
    };
  }

  async drain(): Promise<void> {
    this.#socket?.readPending();
    if (this.#held.length > 0) this.#receive([]);
    while (!this.#closed && this.#watcher?.work(sliceMs) === true) await nextTurn();
    await this.#limited?.look();
    this.#deliver();
  }

  sees(paths: readonly RelPath[]): boolean {
    const unwatched = this.#watcher?.tree.unwatched(paths) ?? paths;
    return unwatched.length === 0 || this.#limited?.sees(unwatched) === true;
  }

  async check(): Promise<void> {
    this.#watcher?.startCheck();
    while (!this.#closed && this.#checkSome(sliceMs)) await nextTurn();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#moveTimer);
    clearTimeout(this.#misplacedTimer);
    this.#stopRootWatch?.();
    this.#stopChecks?.();
    this.#limited?.stop();
    clearInterval(this.#retryTimer);
    clearImmediate(this.#workTimer);
    this.#walked?.();
    const socket = this.#socket;
    this.#socket = undefined;
    await socket?.close();
  }

  #receive(fresh: readonly InotifyEvent[]): void {
    if (this.#closed) return;
    clearTimeout(this.#moveTimer);
    const watcher = this.#watcher as DirectoryWatcher;
    const { ready, held } = pairMoves(this.#held, fresh);
    this.#held = held;
    if (held.length > 0) this.#moveTimer = setTimeout(() => this.#receiveHeld(), moveWaitMs);
    for (const event of ready) {
      const outcome = applyEvent(event, watcher, this.#batch, this.#recent);
      if (outcome === 'applied') continue;
      if (outcome === 'overflow') {
        this.#overflows++;
        this.#lostSince ??= this.#emptyAt;
        this.#logger.warn({ overflows: this.#overflows }, 'event queue overflow: everything is looked at again');
      } else {
        this.#lose(outcome);
        return;
      }
    }
    if (watcher.hasMisplaced) watcher.retryMisplaced();
    this.#work();
  }

  /** The other half may be in the queue: this process may have been away for long. */
  #receiveHeld(): void {
    const held = this.#held;
    this.#socket?.readPending();
    if (this.#held === held) this.#receive([]);
  }

  /** Goes on with the walk for a slice, and gives what was gathered to the owner. */
  #work(): void {
    if (this.#closed) return;
    clearImmediate(this.#workTimer);
    const watcher = this.#watcher as DirectoryWatcher;
    const more = watcher.work(sliceMs);
    this.#deliver();
    if (this.#closed) return;
    if (more) this.#workTimer = setImmediate(() => this.#work());
    else if (watcher.hasMisplaced) this.#findMisplacedSoon();
    else {
      this.#misplacedWaitMs = moveWaitMs;
      this.#walked?.();
    }
  }

  /** Their events are to come, or came while their parents were misplaced too. */
  #findMisplacedSoon(): void {
    clearTimeout(this.#misplacedTimer);
    this.#misplacedTimer = setTimeout(() => {
      this.#watcher?.retryMisplaced();
      this.#work();
    }, this.#misplacedWaitMs);
    this.#misplacedWaitMs = Math.min(this.#misplacedWaitMs * 2, misplacedWaitMaxMs);
  }

  #checkSome(ms: number): boolean {
    const watcher = this.#watcher;
    // A schedule may come due while it is being opened.
    if (this.#closed || watcher === undefined) return false;
    const before = this.#batch.size;
    const more = watcher.check(ms);
    if (this.#batch.size > before)
      this.#logger.warn({ changes: this.#batch.size }, 'directories were not as the watch had them: sent anew');
    this.#work();
    return more;
  }

  #retryUnwatched(): void {
    const watcher = this.#watcher as DirectoryWatcher;
    watcher.retryUnwatched();
    if (watcher.hasMisplaced) watcher.retryMisplaced();
    this.#work();
  }

  #lose(reason: LostReason): void {
    if (this.#closed) return;
    if (!this.#batch.isOfOtherRoot) this.#deliver();
    void this.close();
    this.#listener?.onRootLost(reason);
  }

  #deliver(): void {
    if (!this.#closed && this.#batch.isOfOtherRoot) this.#lose('replaced');
    if (this.#closed || this.#batch.size === 0) return;
    const lostSince = this.#lostSince;
    this.#lostSince = undefined;
    this.#listener?.onChanges(this.#batch.take(), lostSince);
  }

  #break(error: Error): void {
    if (this.#closed) return;
    void this.close();
    this.#listener?.onError(error);
  }
}

const noInstance = (errno: number): Failure =>
  new Failure('InotifyInstances', `watch: no inotify instance (errno ${errno})`, {
    hint: 'raise fs.inotify.max_user_instances (or ulimit -n) on the node',
  });

const cannotWatchRoot = (root: string, errno: number): Failure =>
  errno === errnoOf('ENOSPC')
    ? new Failure('WatchLimit', `watch ${root}: the limit of inotify watches is reached`, {
        hint: 'raise fs.inotify.max_user_watches on the node',
      })
    : new Failure('RootUnreadable', `watch ${root}: it can't be opened (errno ${errno})`, {
        hint: 'the source must be a directory that this user may read and search',
      });
