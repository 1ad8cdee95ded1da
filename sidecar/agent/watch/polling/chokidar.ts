import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type FSWatcher, watch } from 'chokidar';
import { errorCode } from '../../../../src/process/failure.ts';
import { type Logger, silentLogger } from '../../../../src/process/log/logger.ts';
import type { RelPath } from '../../changes/change.ts';
import { parentOf } from '../../changes/paths.ts';
import { ChangeBatch } from '../change-batch.ts';
import type { ChangeSource, ChangeSourceListener, ChangeSourceStats } from '../change-source.ts';
import { countNotWatched, type NotWatchedReason } from '../not-watched.ts';
import { identifyRoot, watchRootIdentity } from '../root-identity.ts';
import type { SourceOptions } from '../source-options.ts';
import { DirectorySweep } from './directory-sweep.ts';

export interface ChokidarOptions extends SourceOptions {
  /** How often names are looked for that are not UTF-8; default 5 s. */
  readonly sweepMs?: number;
}

const rootCheckMs = 1000;
const defaultSweepMs = 5000;
/** chokidar holds some changes back for up to 50 ms. */
const settleMs = 100;
const limitRescanMs = 30_000;

/**
 * Any system. What chokidar can't say and how it is made good:
 * a rename comes as delete and create; a name that isn't UTF-8 as a rescan of its directory, and directories that came
 * and went too fast for it as themselves (found by sweeps); a file's change of mode alone, and a write that keeps size
 * and mtime, not at all: the full pass finds them.
 */
export const createChokidarSource = (options: ChokidarOptions): ChangeSource => new ChokidarSource(options);

class ChokidarSource implements ChangeSource {
  readonly kind = 'chokidar';
  readonly #options: ChokidarOptions;
  readonly #logger: Logger;
  readonly #batch: ChangeBatch;
  readonly #sweeper: DirectorySweep;
  /** Paths that a limit of the system keeps from being watched. */
  readonly #limited = new Set<RelPath>();
  #limitedToldAt = 0;
  #watcher: FSWatcher | undefined;
  #listener: ChangeSourceListener | undefined;
  #stopRootWatch: (() => void) | undefined;
  #sweepTimer: NodeJS.Timeout | undefined;
  #flushTimer: NodeJS.Immediate | undefined;
  #closed = false;

  constructor(options: ChokidarOptions) {
    this.#options = options;
    this.#logger = options.logger ?? silentLogger;
    this.#batch = new ChangeBatch(options.filter, options.events);
    this.#sweeper = new DirectorySweep(options.root, options.filter);
  }

  async open(listener: ChangeSourceListener): Promise<void> {
    const { root } = this.#options;
    this.#listener = listener;
    const identity = await identifyRoot(root);
    const watcher = watch(root, {
      ignored: (path, stats) => this.#ignores(path, stats?.isDirectory()),
      ignoreInitial: true,
      followSymlinks: false,
      // "atomic" hides what looks like an editor's temporary file.
      atomic: false,
    });
    this.#watcher = watcher;
    watcher.on('add', (path) => this.#tell(path, (at) => this.#batch.found(at, 'file', 'created')));
    watcher.on('addDir', (path) => this.#tell(path, (at) => this.#batch.created(at, true)));
    watcher.on('unlink', (path) => this.#tell(path, (at) => this.#batch.deleted(at, false)));
    watcher.on('unlinkDir', (path) => this.#tell(path, (at) => this.#batch.deleted(at, true)));
    watcher.on('change', (path) => {
      this.#tell(path, (at) => {
        this.#batch.modified(at);
        this.#batch.written(at);
      });
    });
    watcher.on('error', (error) => this.#fail(error));
    await new Promise<void>((resolve) => watcher.once('ready', () => resolve()));
    await this.#sweeper.sweep();
    if (this.#closed) return;
    this.#stopRootWatch = watchRootIdentity(root, identity, rootCheckMs, (reason) => this.#lose(reason));
    this.#scheduleSweep();
    this.#logger.info({ directories: this.#sweeper.directories }, 'watching');
  }

  stats(): ChangeSourceStats {
    return {
      watchedDirectories: this.#sweeper.directories,
      watchLimit: undefined,
      overflows: 0,
      notWatched: countNotWatched(this.#notWatched()),
    };
  }

  *#notWatched(): Generator<readonly [RelPath, NotWatchedReason]> {
    for (const path of this.#sweeper.unreadable) yield [path, 'Unreadable'];
    for (const path of this.#limited) yield [path, 'WatchLimit'];
  }

  async drain(): Promise<void> {
    await sleep(settleMs);
    if (this.#closed) return;
    clearTimeout(this.#sweepTimer);
    await this.#sweep();
    this.#flush();
  }

  sees(paths: readonly RelPath[]): boolean {
    const watched = this.#watcher?.getWatched() ?? {};
    return paths.every((path) => watched[join(this.#options.root, parentOf(path))] !== undefined);
  }

  async check(): Promise<void> {
    clearTimeout(this.#sweepTimer);
    await this.#sweep();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#stopRootWatch?.();
    clearTimeout(this.#sweepTimer);
    clearImmediate(this.#flushTimer);
    await this.#watcher?.close();
  }

  /** Without knowing the type only what is excluded as both is left out; chokidar asks again with the type. */
  #ignores(path: string, isDirectory: boolean | undefined): boolean {
    const at = this.#relative(path);
    if (at === undefined || at === '') return false;
    const { filter } = this.#options;
    if (isDirectory !== undefined) return filter.excludes(at, isDirectory);
    return filter.excludes(at, true) && filter.excludes(at, false);
  }

  #tell(path: string, tell: (at: RelPath) => void): void {
    const at = this.#relative(path);
    if (at === undefined || at === '') return;
    // The name was decoded with losses: its directory is known, it isn't.
    const visible = path.includes('\ufffd') ? path.slice(0, path.lastIndexOf('/', path.indexOf('\ufffd'))) : undefined;
    if (visible === undefined) tell(at);
    else this.#batch.rescan(this.#relative(visible) ?? '', 'unreadable');
    this.#flushSoon();
  }

  #relative(path: string): RelPath | undefined {
    const { root } = this.#options;
    if (path === root) return '';
    const prefix = root.endsWith('/') ? root : `${root}/`;
    return path.startsWith(prefix) ? Buffer.from(path.slice(prefix.length)).toString('latin1') : undefined;
  }

  #flushSoon(): void {
    this.#flushTimer ??= setImmediate(() => {
      this.#flushTimer = undefined;
      this.#flush();
    });
  }

  #flush(): void {
    if (!this.#closed && this.#batch.size > 0) this.#listener?.onChanges(this.#batch.take());
  }

  #scheduleSweep(): void {
    const ms = this.#options.sweepMs ?? defaultSweepMs;
    this.#sweepTimer = setTimeout(() => void this.#sweep(), ms).unref();
  }

  async #sweep(): Promise<void> {
    const found = await this.#sweeper.sweep();
    for (const path of found.gone) this.#batch.deleted(path, true);
    for (const path of found.arrived) this.#batch.rescan(path, 'new-directory');
    for (const path of found.hiddenChanged) this.#batch.rescan(path, 'unreadable');
    for (const path of found.accessChanged) this.#batch.attributes(path, true);
    if (this.#limited.size > 0 && Date.now() - this.#limitedToldAt > limitRescanMs) {
      this.#limitedToldAt = Date.now();
      for (const path of this.#limited) this.#batch.rescan(path, 'watch-limit');
    }
    if (this.#closed) return;
    this.#flushSoon();
    this.#scheduleSweep();
  }

  /** What can't be watched is looked at as a whole instead; the sweeps count what can't be read. */
  #fail(error: unknown): void {
    const code = errorCode(error);
    const path = (error as { path?: unknown }).path;
    const at = typeof path === 'string' ? (this.#relative(path) ?? '') : '';
    const isLimit = code === 'ENOSPC' || code === 'EMFILE';
    if (isLimit) this.#limited.add(at);
    this.#logger.warn({ path: at, code }, 'a path can not be watched');
    this.#batch.rescan(at, isLimit ? 'watch-limit' : 'unreadable');
    this.#flushSoon();
  }

  #lose(reason: 'deleted' | 'replaced'): void {
    const listener = this.#listener;
    if (this.#batch.size > 0) listener?.onChanges(this.#batch.take());
    void this.close();
    listener?.onRootLost(reason);
  }
}
