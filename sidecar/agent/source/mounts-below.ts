import { lstatSync, readFileSync, realpathSync } from 'node:fs';
import { errorCode } from '../../../src/process/failure.ts';
import type { RelPath } from '../changes/change.ts';
import { isAtOrBelow } from '../changes/paths.ts';
import type { KeptMounts } from './kept-mounts.ts';

const mountTable = '/proc/self/mountinfo';

/**
 * File systems that are mounted below the source's root. One that goes away takes its files with it, and nobody deleted
 * them: it is lost until it is mounted again, or the directory that it was mounted on is gone too. Linux; none elsewhere.
 */
export class MountsBelow {
  readonly #root: string;
  /** By path, the kernel's number of each mount: one that is made anew in the same place has another, unless it gets the one that was just given back. */
  #mounted: ReadonlyMap<RelPath, string> = new Map();
  readonly #lost = new Set<RelPath>();
  readonly #kept: KeptMounts | undefined;
  /** What was kept last, there or lost; undefined before the first look. */
  #known: readonly RelPath[] | undefined;
  /** The last look was in vain, as where no file can be opened any more: any of the mounts may have gone since. */
  isUnknown = false;
  /** Grows whenever a file system came or went. */
  version = 0;

  /** `root` is absolute; `kept`: what was there in a former life, absent: nobody knows. */
  constructor(root: string, kept?: KeptMounts) {
    this.#root = root;
    this.#kept = kept;
  }

  get any(): boolean {
    return this.#mounted.size > 0 || this.#lost.size > 0;
  }

  /** Mount points whose file system is gone, as of the last look, or may be. */
  get lost(): readonly RelPath[] {
    return this.isUnknown ? [...this.#lost, ...this.#mounted.keys()] : [...this.#lost];
  }

  /** Whether a path is in a file system that is gone; looks anew where there are any mounts at all. */
  isLost(path: RelPath): boolean {
    if (!this.any) return false;
    this.look();
    return this.lost.some((mount) => path !== mount && isAtOrBelow(path, mount));
  }

  /** Whether a path is at or below a mount point, as of the last look; also of one whose file system is gone. */
  covers(path: RelPath): boolean {
    if (!this.any) return false;
    return [...this.#mounted.keys(), ...this.#lost].some((mount) => isAtOrBelow(path, mount));
  }

  look(): void {
    const now = this.#read();
    this.isUnknown = now === undefined;
    if (now === undefined) return;
    if (this.#known === undefined) {
      this.#known = this.#kept?.read() ?? [];
      for (const path of this.#known) this.#lost.add(path);
    }
    for (const [path, id] of this.#mounted) {
      if (!now.has(path)) this.#lost.add(path);
      if (now.get(path) !== id) this.version += 1;
    }
    for (const path of now.keys()) {
      this.#lost.delete(path);
      if (!this.#mounted.has(path)) this.version += 1;
    }
    for (const path of this.#lost) if (!this.#isThere(path)) this.#lost.delete(path);
    this.#mounted = now;
    this.#keep([...now.keys(), ...this.#lost].sort());
  }

  #keep(known: readonly RelPath[]): void {
    if (this.#known?.join('\0') === known.join('\0')) return;
    this.#known = known;
    this.#kept?.write(known);
  }

  #read(): ReadonlyMap<RelPath, string> | undefined {
    if (process.platform !== 'linux') return new Map();
    let top: string;
    let table: string;
    try {
      // A root that is gone is another matter: what is mounted below it is not known now.
      top = realpathSync(this.#root, { encoding: 'latin1' as BufferEncoding });
      table = readFileSync(mountTable, 'latin1');
    } catch (error) {
      if (errorCode(error) === '') throw error;
      return undefined;
    }
    const prefix = top === '/' ? top : `${top}/`;
    const found = new Map<RelPath, string>();
    for (const line of table.split('\n')) {
      const [id = '', , , , escaped = ''] = line.split(' ');
      const path = escaped.replace(/\\([0-7]{3})/g, (_, octal: string) =>
        String.fromCharCode(Number.parseInt(octal, 8)),
      );
      if (path.startsWith(prefix) && path !== prefix) found.set(path.slice(prefix.length), id);
    }
    return found;
  }

  #isThere(path: RelPath): boolean {
    try {
      const at = Buffer.concat([Buffer.from(this.#root), Buffer.from(`/${path}`, 'latin1')]);
      return lstatSync(at, { throwIfNoEntry: false }) !== undefined;
    } catch (error) {
      return errorCode(error) !== 'ENOTDIR';
    }
  }
}
