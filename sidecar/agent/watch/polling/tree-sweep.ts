import { lstat, type Stats } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { errorCode } from '../../../../src/process/failure.ts';
import type { Filter } from '../../../filter/filter.ts';
import type { RelPath } from '../../changes/change.ts';
import { joinPath, nameOf, parentOf } from '../../changes/paths.ts';
import {
  hasCoarseTimes,
  isSameVersion,
  kindOf,
  SweptDirectory,
  type SweptEntry,
  type SweptKind,
  versionOf,
} from './swept-directory.ts';

/** What a sweep finds that is other than at the one before. */
export interface SweepFindings {
  created(path: RelPath, kind: SweptKind): void;
  changed(path: RelPath): void;
  attributes(path: RelPath): void;
  deleted(path: RelPath, isDirectory: boolean): void;
  /** It could not be read before. */
  readable(path: RelPath): void;
}

/** So many looks are under way at once: a server that is far away is waited for once and not for each. */
const width = 32;
const restEvery = 500;

/**
 * Looks at everything below a directory, again and again, and says what changed in between: for file systems that raise no
 * events for what others write. Names and times are kept in packed form.
 */
export class TreeSweep {
  readonly #top: RelPath;
  readonly #absolute: (path: RelPath) => Buffer;
  readonly #filter: Filter;
  readonly #findings: SweepFindings;
  #known = new Map<RelPath, SweptDirectory>();
  #unreadable: ReadonlySet<RelPath> = new Set();
  #stopped = false;

  constructor(options: {
    readonly top: RelPath;
    readonly absolute: (path: RelPath) => Buffer;
    readonly filter: Filter;
    readonly findings: SweepFindings;
  }) {
    this.#top = options.top;
    this.#absolute = options.absolute;
    this.#filter = options.filter;
    this.#findings = options.findings;
  }

  get directories(): number {
    return this.#known.size;
  }

  get unreadable(): ReadonlySet<RelPath> {
    return this.#unreadable;
  }

  /** Whether each of these was there at the last look, so that the next one would miss it. */
  sees(paths: readonly RelPath[]): boolean {
    const names = new Map<RelPath, string[]>();
    for (const path of paths) {
      const parent = parentOf(path);
      const among = names.get(parent);
      if (among === undefined) names.set(parent, [nameOf(path)]);
      else among.push(nameOf(path));
    }
    return [...names].every(([parent, among]) => this.#known.get(parent)?.hasAll(among) === true);
  }

  stop(): void {
    this.#stopped = true;
  }

  /**
   * The first one finds nothing: there is none before it. `restMs` is slept after each few hundred looks, so that a sweep is
   * spread over its interval.
   */
  async sweep(restMs = 0): Promise<void> {
    const isFirst = this.#known.size === 0;
    const known = new Map<RelPath, SweptDirectory>();
    const unreadable = new Set<RelPath>();
    const open: { path: RelPath; isNew: boolean }[] = [{ path: this.#top, isNew: isFirst }];
    let looks = 0;
    for (let next = open.pop(); next !== undefined && !this.#stopped; next = open.pop()) {
      const { path } = next;
      const names = await this.#list(path);
      const before = this.#known.get(path);
      if (names === 'unreadable') unreadable.add(path);
      if (names === 'unreadable' || names === 'gone') {
        // Not forgotten: it is not known to be gone, or another directory may have its name by the next look.
        this.#keepBelow(path, known);
        continue;
      }
      if (this.#unreadable.has(path)) this.#findings.readable(path);
      const stats = await this.#lookAtAll(path, names);
      const tells = !isFirst && !next.isNew;
      known.set(path, this.#compare({ path, names, stats, before, open, unreadable, tells, isFirst }));
      looks += names.length + 1;
      if (restMs > 0 && looks >= restEvery) {
        looks = 0;
        await new Promise((resolve) => setTimeout(resolve, restMs).unref());
      }
    }
    if (this.#stopped) return;
    this.#known = known;
    this.#unreadable = unreadable;
  }

  #compare(look: {
    readonly path: RelPath;
    readonly names: readonly string[];
    readonly stats: readonly (Stats | 'unreadable' | undefined)[];
    readonly before: SweptDirectory | undefined;
    readonly open: { path: RelPath; isNew: boolean }[];
    readonly unreadable: Set<RelPath>;
    readonly tells: boolean;
    readonly isFirst: boolean;
  }): SweptDirectory {
    const { path, names, before, isFirst } = look;
    const find = before?.finder(names);
    const entries: SweptEntry[] = [];
    const seen = new Set<string>();
    for (const [at, name] of names.entries()) {
      const stats = look.stats[at];
      const child = joinPath(path, name);
      const old = find?.(name, at);
      if (stats === 'unreadable') {
        look.unreadable.add(child);
        if (old !== undefined) entries.push(old);
        seen.add(name);
        continue;
      }
      if (stats === undefined) continue;
      seen.add(name);
      const kind = kindOf(stats);
      if (kind === 'directory' ? this.#filter.canSkipDirectory(child) : this.#filter.excludes(child, false)) continue;
      const version = versionOf(stats);
      const isOther = old === undefined || old.kind !== kind;
      const isChanged = !isOther && (!isSameVersion(old.version, version) || old.isFresh);
      if (!isFirst) this.#tell(child, kind, old, { isOther, isChanged });
      if (kind === 'directory') look.open.push({ path: child, isNew: isFirst });
      // Told once more at the next look, for what may follow within the same second.
      const isFresh = kind === 'file' && (isOther || (isChanged && !old.isFresh)) && hasCoarseTimes(stats);
      entries.push({ name, kind, version, isFresh });
    }
    if (before !== undefined) {
      for (const { name, kind } of before) {
        if (!seen.has(name)) this.#findings.deleted(joinPath(path, name), kind === 'directory');
      }
    }
    return new SweptDirectory(entries);
  }

  #tell(
    path: RelPath,
    kind: SweptKind,
    old: SweptEntry | undefined,
    { isOther, isChanged }: { isOther: boolean; isChanged: boolean },
  ): void {
    if (isOther) {
      if (old !== undefined) this.#findings.deleted(path, old.kind === 'directory');
      this.#findings.created(path, kind);
    } else if (!isChanged) return;
    else if (kind === 'directory') this.#findings.attributes(path);
    else this.#findings.changed(path);
  }

  #keepBelow(top: RelPath, known: Map<RelPath, SweptDirectory>): void {
    const open = [top];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      const directory = this.#known.get(at);
      if (directory === undefined) continue;
      known.set(at, directory);
      for (const { name, kind } of directory) if (kind === 'directory') open.push(joinPath(at, name));
    }
  }

  async #list(path: RelPath): Promise<string[] | 'gone' | 'unreadable'> {
    try {
      return await readdir(this.#absolute(path), { encoding: 'latin1' });
    } catch (error) {
      const code = errorCode(error);
      return code === 'ENOENT' || code === 'ENOTDIR' ? 'gone' : 'unreadable';
    }
  }

  #lookAtAll(path: RelPath, names: readonly string[]): Promise<(Stats | 'unreadable' | undefined)[]> {
    const found: (Stats | 'unreadable' | undefined)[] = new Array(names.length);
    if (names.length === 0) return Promise.resolve(found);
    return new Promise((resolve) => {
      let next = 0;
      let done = 0;
      const lookAtNext = (): void => {
        const at = next++;
        lstat(this.#absolute(joinPath(path, names[at] ?? '')), (error, stats) => {
          const isGone = error !== null && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
          found[at] = error === null ? stats : isGone ? undefined : 'unreadable';
          done += 1;
          if (next < names.length) lookAtNext();
          else if (done === names.length) resolve(found);
        });
      };
      for (let n = Math.min(width, names.length); n > 0; n--) lookAtNext();
    });
  }
}
