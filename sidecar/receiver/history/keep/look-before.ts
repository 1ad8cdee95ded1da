import { type BigIntStats, lstatSync } from 'node:fs';
import { beneathCalls, openIfThere } from '../../beneath/open-beneath.ts';
import type { Look, Seen } from '../history-edges.ts';
import type { Attributes } from '../journal/history-record.ts';

const mostOpen = 256;

/** Looks at paths (binary strings) below a directory without following links; each directory is opened once. */
export class LookBefore implements Look {
  readonly #root: string;
  readonly #directories = new Map<string, number | undefined>();

  constructor(root: string) {
    this.#root = root;
  }

  /** What is at a path; undefined where nothing is, or what is above it is no directory. @throws where that can't be told */
  look(path: string): BigIntStats | undefined {
    const at = this.pathOf(path);
    return at && lstatSync(at, { bigint: true, throwIfNoEntry: false });
  }

  /** The path by which system calls reach it: its directory is the one that was opened, whatever its name leads to by now. */
  pathOf(path: string): Buffer | undefined {
    const slash = path.lastIndexOf('/');
    const directory = this.#open(slash < 0 ? '' : path.slice(0, slash));
    return directory === undefined
      ? undefined
      : Buffer.from(`/proc/self/fd/${directory}/${path.slice(slash + 1)}`, 'latin1');
  }

  close(): void {
    for (const fd of this.#directories.values()) if (fd !== undefined) beneathCalls().close(fd);
    this.#directories.clear();
  }

  #open(path: string): number | undefined {
    if (this.#directories.has(path)) return this.#directories.get(path);
    if (this.#directories.size >= mostOpen) this.close();
    const fd = openIfThere(this.#root, path === '' ? [] : path.split('/'));
    this.#directories.set(path, fd);
    return fd;
  }
}

export const attributesOf = (stat: Omit<Seen, 'ino'>): Attributes => ({
  mode: Number(stat.mode),
  uid: Number(stat.uid),
  gid: Number(stat.gid),
  mtimeNs: stat.mtimeNs,
  size: stat.isDirectory() ? 0 : Number(stat.size),
});
