import type { BigIntStats } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { RawChange, RelPath } from '../../changes/change.ts';
import { parentOf } from '../../changes/paths.ts';
import { smallest } from '../../changes/smallest.ts';
import { type WalkedEntry, walkBy } from '../walk.ts';
import { PathTimes } from './path-times.ts';

/** File times are up to a clock tick behind the clock. */
const doubtMs = 20;
const sliceMs = 2;
/** A clock that runs true by others moves less than this between two looks at it. */
const setBackMs = 50;
/**
 * Between two looks beside names that are gone: a twentieth of a core goes into them, up to a quarter where directories are so large, or
 * the machine so busy, that otherwise what waits would be as old as the lag allows. Pure.
 */
export const restAfter = (costMs: number): number => Math.max(1_000, Math.min(20 * costMs, 4_000), 3 * costMs);

export interface UnseenChangesOptions {
  /** What a directory holds and is not excluded. */
  readonly entriesOf: (directory: RelPath) => Iterable<WalkedEntry>;
  /** Wall clock, ms. */
  readonly now: () => number;
  /** Resolves when what happened up to now was told. */
  readonly drain: () => Promise<void>;
  /** Names that each file (`device:inode`) has; absent: none are looked for. */
  readonly namesOf?: (files: readonly string[]) => Promise<Iterable<readonly RelPath[]>>;
  /** Files whose inode was changed and no event said so. */
  readonly onFound: (paths: readonly RelPath[]) => void | Promise<void>;
}

/** A file that was changed, and by which names no event told of it. */
interface Changed {
  readonly changedAt: number;
  readonly names: RelPath[];
  /** It may have been written to by a name that is gone: that its attributes were set says nothing of that. */
  readonly mayBeWritten?: true;
}

/**
 * Finds files that were changed without an event: through a mapping, or through a name that is gone. A round looks at the
 * times of all files and asks for each that was changed since the round before whether an event, read later, named it.
 */
export class UnseenChanges {
  readonly #options: UnseenChangesOptions;
  /** Of the round under way and of the two before. */
  #told = noneTold();
  #roundBegan: number;
  /** Monotonic. */
  #roundBeganAt = performance.now();
  #roundMs = doubtMs;
  #since: number;
  /** What was changed before was compared when the watch was opened, or looked at in a round. */
  #judgedBefore: number;
  /** Wall clock less monotonic, when it was looked at last. */
  #offset: number;
  #walk: Generator<WalkedEntry> | undefined;
  #found: Changed[] = [];
  /** Something could not be looked at: the round is none. */
  #isCut = false;
  /** Names of one file stand for each other. */
  #linked = new Map<string, Changed>();
  /** Directories in which something was written under a name that is gone, and since when they are to be looked into; monotonic. */
  #beside = new Map<RelPath, number>();
  /** Files with a name there that were changed under it. */
  #files = new Set<string>();
  /** Since when the oldest of those that are looked into waited. */
  #lookingSince: number | undefined;
  #rest: NodeJS.Timeout | undefined;
  #look: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(options: UnseenChangesOptions) {
    this.#options = options;
    this.#roundBegan = options.now();
    this.#since = this.#roundBegan - doubtMs;
    this.#judgedBefore = this.#since;
    this.#offset = this.#roundBegan - this.#roundBeganAt;
  }

  /** Call it with all that the watch tells. */
  note(batch: readonly RawChange[], readAtMs: number): void {
    this.followClock();
    for (const change of batch) {
      if (change.kind === 'delete') continue;
      // What became of a directory's own attributes says nothing of what is in it.
      const isWhole =
        change.kind === 'rescan' || (change.kind !== 'attributes' && 'isDirectory' in change && change.isDirectory);
      const key = change.kind === 'attributes' ? attributesOf(change.path) : change.path;
      this.#told[0].set(isWhole ? below(change.path) : key, readAtMs);
    }
  }

  /** Whether a file whose inode was changed then (ms) is known to have been told of, or was looked at since. */
  knows(changedAt: number, path: () => RelPath): boolean {
    this.followClock();
    return changedAt < this.#judgedBefore || !this.#isUntold({ changedAt, names: [path()] });
  }

  /** What was told, or looked at, by a clock that was ahead says nothing of what changed by the one that is right. Call it now and then: the clock may be set back and forward again. */
  followClock(): void {
    const offset = this.#options.now() - performance.now();
    if (offset < this.#offset - setBackMs) {
      this.#told = noneTold();
      this.#judgedBefore = 0;
      // What is looked at before the next round was changed by the clock as it is set now.
      this.#since += offset - this.#offset;
      // Also where it is set forward again before the next round.
      this.#roundBegan = Math.min(this.#roundBegan, offset + this.#roundBeganAt);
    }
    this.#offset = offset;
  }

  start(): void {
    this.followClock();
    this.#walk = walkBy('', this.#options.entriesOf);
    if (this.#isCut) {
      this.#isCut = false;
      return;
    }
    const now = this.#options.now();
    const monotonic = performance.now();
    /** When the round before began, by the clock as it is set now. */
    const before = now - (monotonic - this.#roundBeganAt);
    const began = Math.min(this.#roundBegan, before);
    // Of the round before all that was found was told by now.
    this.#judgedBefore = began - doubtMs;
    // No further back than what is remembered of what was told.
    this.#since = began - Math.min(doubtMs, this.#roundMs);
    this.#roundMs = monotonic - this.#roundBeganAt;
    this.#roundBegan = now;
    this.#roundBeganAt = monotonic;
    this.#told = [new PathTimes(), this.#told[0], this.#told[1]];
  }

  /** What a directory holds could not be looked at, which says nothing of it: it is looked into again before anything there is known. */
  missed(directory: RelPath): void {
    this.#isCut = true;
    if (this.#lookingSince !== undefined) this.#beside.set(directory, this.#lookingSince);
  }

  /** Goes on with the round for about `ms`; answers whether there is more. */
  work(ms: number): boolean {
    const until = performance.now() + ms;
    while (performance.now() < until) {
      for (let n = 0; n < 16; n++) {
        const next = this.#walk?.next();
        if (next === undefined || next.done) {
          this.#finish();
          return false;
        }
        this.#judge(next.value);
      }
    }
    return true;
  }

  /** So old a change may be that a name which is gone was written under, while what its directory holds waits to be looked at; ms. */
  get unseenMs(): number {
    const since = this.#lookingSince ?? smallest(this.#beside.values());
    return Math.max(0, performance.now() - since);
  }

  /** Something was written under a name that is gone: looks at what else the directory holds, and for other names of the file if it is known; now or after a rest. */
  lookBeside(path: RelPath, file?: string): void {
    const directory = parentOf(path);
    if (file !== undefined) this.#files.add(file);
    if (!this.#beside.has(directory)) this.#beside.set(directory, performance.now());
    if (this.#lookingSince === undefined && this.#rest === undefined) this.#look = this.#lookBeside();
  }

  /** Looks without a rest at what waits for it; resolves when that was told. */
  finish(): Promise<void> {
    // One after the other: who asks meanwhile waits for what is being looked into, too.
    this.#look = this.#look.then(() => this.#lookBeside());
    return this.#look;
  }

  /** Nothing is looked into any more. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#rest);
  }

  async #lookBeside(): Promise<void> {
    const directories = this.#beside;
    clearTimeout(this.#rest);
    this.#rest = undefined;
    if (directories.size === 0) return;
    // From the beginning: what goes there meanwhile has it looked into once more.
    this.#beside = new Map();
    const files = [...this.#files];
    this.#files = new Set();
    this.#lookingSince = smallest(directories.values());
    const found: Changed[] = [];
    const costMs = await this.#lookInto(directories.keys(), found);
    await this.#tell(found);
    if (files.length > 0) await this.#tellNamesOf(files);
    this.#lookingSince = undefined;
    if (this.#stopped) return;
    const again = (): void => {
      this.#look = this.#lookBeside();
    };
    this.#rest = setTimeout(again, restAfter(costMs)).unref();
  }

  /** A file that has one of its names less was changed by that, too: so it is told whatever its time says. */
  async #tellNamesOf(files: readonly string[]): Promise<void> {
    const names = [...((await this.#options.namesOf?.(files)) ?? [])].flatMap((all) => all.slice(0, 1));
    if (names.length > 0 && !this.#stopped) await this.#options.onFound(names);
  }

  /** @returns what it took, ms */
  async #lookInto(directories: Iterable<RelPath>, found: Changed[]): Promise<number> {
    let costMs = 0;
    let begun = performance.now();
    const pace = async (): Promise<void> => {
      costMs += performance.now() - begun;
      await nextTurn();
      begun = performance.now();
    };
    for (const directory of directories) {
      for (const { path, stats } of this.#options.entriesOf(directory)) {
        if (this.#isChanged(stats)) found.push({ changedAt: Number(stats.ctimeMs), names: [path], mayBeWritten: true });
        if (performance.now() - begun >= sliceMs) await pace();
      }
      if (performance.now() - begun >= sliceMs) await pace();
    }
    return costMs + performance.now() - begun;
  }

  #judge({ path, stats }: WalkedEntry): void {
    if (!this.#isChanged(stats)) return;
    const changed: Changed = { changedAt: Number(stats.ctimeMs), names: [path] };
    if (stats.nlink === 1n) {
      if (this.#isUntold(changed)) this.#found.push(changed);
      return;
    }
    const inode = `${stats.dev}:${stats.ino}`;
    const known = this.#linked.get(inode);
    if (known === undefined) this.#linked.set(inode, changed);
    else known.names.push(path);
  }

  #finish(): void {
    this.#walk = undefined;
    const found = [...this.#found, ...this.#linked.values()];
    this.#found = [];
    this.#linked = new Map();
    void this.#tell(found.filter((changed) => this.#isUntold(changed)));
  }

  /** Its event may wait to be read. */
  async #tell(found: readonly Changed[]): Promise<void> {
    if (found.length === 0) return;
    await this.#options.drain();
    const untold = found.filter((changed) => this.#isUntold(changed));
    if (untold.length > 0) await this.#options.onFound(untold.flatMap(({ names }) => names.slice(0, 1)));
  }

  #isUntold({ changedAt, names, mayBeWritten }: Changed): boolean {
    return names.every(
      (path) => !this.#isTold(path, changedAt) && (mayBeWritten || this.#toldAt(attributesOf(path)) < changedAt),
    );
  }

  #isChanged(stats: BigIntStats): boolean {
    return (stats.isFile() || stats.isSymbolicLink()) && Number(stats.ctimeMs) > this.#since;
  }

  #isTold(path: RelPath, changedAt: number): boolean {
    if (this.#toldAt(path) >= changedAt) return true;
    for (let at = path; ; at = parentOf(at)) {
      if (this.#toldAt(below(at)) >= changedAt) return true;
      if (at === '') return false;
    }
  }

  #toldAt(key: string): number {
    for (const told of this.#told) {
      const at = told.get(key);
      if (at !== undefined) return at;
    }
    return 0;
  }
}

const noneTold = (): readonly [PathTimes, PathTimes, PathTimes] => [new PathTimes(), new PathTimes(), new PathTimes()];

/** The key of all that is at and below a path, and that of what is told of its attributes alone; no path ends like these. */
const below = (path: RelPath): string => `${path}/`;
const attributesOf = (path: RelPath): string => `${path}//`;
