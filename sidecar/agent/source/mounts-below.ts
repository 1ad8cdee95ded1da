import { lstatSync, readFileSync, realpathSync } from 'node:fs';
import { errorCode } from '../../../src/process/failure.ts';
import type { RelPath } from '../changes/change.ts';
import { isAtOrBelow } from '../changes/paths.ts';

const mountTable = '/proc/self/mountinfo';

/**
 * File systems that are mounted below the source's root. One that goes away takes its files with it, and nobody deleted
 * them: it is lost until it is mounted again, or the directory that it was mounted on is gone too. Linux; none elsewhere.
 */
export class MountsBelow {
  readonly #root: string;
  #mounted: ReadonlySet<RelPath> = new Set();
  readonly #lost = new Set<RelPath>();

  /** `root` is absolute. */
  constructor(root: string) {
    this.#root = root;
  }

  get any(): boolean {
    return this.#mounted.size > 0 || this.#lost.size > 0;
  }

  /** Mount points whose file system is gone, as of the last look. */
  get lost(): readonly RelPath[] {
    return [...this.#lost];
  }

  /** Whether a path is in a file system that is gone; looks anew where there are any mounts at all. */
  isLost(path: RelPath): boolean {
    if (!this.any) return false;
    this.look();
    for (const mount of this.#lost) if (path !== mount && isAtOrBelow(path, mount)) return true;
    return false;
  }

  look(): void {
    const now = this.#read();
    for (const path of this.#mounted) if (!now.has(path)) this.#lost.add(path);
    for (const path of now) this.#lost.delete(path);
    for (const path of this.#lost) if (!this.#isThere(path)) this.#lost.delete(path);
    this.#mounted = now;
  }

  #read(): ReadonlySet<RelPath> {
    if (process.platform !== 'linux') return new Set();
    let top: string;
    try {
      top = realpathSync(this.#root, { encoding: 'latin1' as BufferEncoding });
    } catch (error) {
      // A root that is gone is another matter: what is mounted below it is not known now.
      if (errorCode(error) === undefined) throw error;
      return this.#mounted;
    }
    const prefix = top === '/' ? top : `${top}/`;
    const found = new Set<RelPath>();
    for (const line of readFileSync(mountTable, 'latin1').split('\n')) {
      const escaped = line.split(' ')[4] ?? '';
      const path = escaped.replace(/\\([0-7]{3})/g, (_, octal: string) =>
        String.fromCharCode(Number.parseInt(octal, 8)),
      );
      if (path.startsWith(prefix) && path !== prefix) found.add(path.slice(prefix.length));
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
