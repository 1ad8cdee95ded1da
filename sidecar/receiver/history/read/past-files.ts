import { type BigIntStats, closeSync, constants, openSync, readdirSync, readlinkSync, readSync } from 'node:fs';
import { historyDirectory, keptDirectory } from '../../../protocol/receiver-layout.ts';
import { beneathCalls, openIfThere } from '../../beneath/open-beneath.ts';
import type { Seen } from '../history-edges.ts';
import type { Attributes } from '../journal/history-record.ts';
import { attributesOf, LookBefore } from '../keep/look-before.ts';
import { below, type PastNode } from './past-tree.ts';

export type PastKind = 'file' | 'directory' | 'symlink' | 'other';

/** An entry of the past, as it was. */
export interface PastEntry extends Attributes {
  readonly kind: PastKind;
  /** Where its content is now; null for a directory that is gone. */
  readonly base: string | null;
  readonly inode: bigint;
  readonly isLost: boolean;
}

/** Where a place is, below the volume's directory. */
export const locate = (place: string): string => {
  const [room, segment, ...rest] = place.split('/');
  if (room === 'past') return [historyDirectory, segment, 'entries', ...rest].join('/');
  return room === 'kept' ? [keptDirectory, segment, ...rest].join('/') : place;
};

const chunkBytes = 256 * 1024;

/** What is at places now, seen through what they were. Never follows a link. */
export class PastFiles {
  readonly #root: string;
  readonly #look: LookBefore;

  constructor(root: string) {
    this.#root = root;
    this.#look = new LookBefore(root);
  }

  close(): void {
    this.#look.close();
  }

  stat(place: string): BigIntStats | undefined {
    return this.#look.look(locate(place));
  }

  /** Undefined where nothing was. */
  entry(node: PastNode): PastEntry | undefined {
    return entryOf(node, node.base === null ? undefined : this.stat(node.base));
  }

  /** The entries of a directory of the past by name, sorted. */
  children(node: PastNode): [string, PastNode][] {
    return childrenOf(node, node.base === null ? [] : this.#list(node.base));
  }

  readLink(place: string): string {
    return readlinkSync(this.#pathOf(place), 'latin1');
  }

  /** The path for system calls; good until the next call here. */
  pathOf(place: string): Buffer {
    return this.#pathOf(place);
  }

  /** Up to `size` bytes: what has been added since is left out. */
  *read(place: string, size: number): Generator<Buffer> {
    const fd = openSync(this.#pathOf(place), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      for (let left = size; left > 0; ) {
        const chunk = Buffer.allocUnsafe(Math.min(left, chunkBytes));
        const count = readSync(fd, chunk);
        if (count === 0) return;
        left -= count;
        yield chunk.subarray(0, count);
      }
    } finally {
      closeSync(fd);
    }
  }

  #pathOf(place: string): Buffer {
    const path = this.#look.pathOf(locate(place));
    if (path === undefined) throw Object.assign(new Error(`read ${place}: it is gone`), { code: 'ENOENT' });
    return path;
  }

  #list(place: string): string[] {
    const fd = openIfThere(this.#root, locate(place).split('/'));
    if (fd === undefined) return [];
    try {
      return readdirSync(`/proc/self/fd/${fd}`, 'latin1');
    } finally {
      beneathCalls().close(fd);
    }
  }
}

/** `now`: what is at its base. */
export const entryOf = (
  { base, attributes, isDirectory, isLost = false }: PastNode,
  now: Seen | undefined,
): PastEntry | undefined => {
  if (now !== undefined)
    return { kind: kindOf(now), base, inode: now.ino, isLost, ...(attributes ?? attributesOf(now)) };
  if (!isDirectory || !attributes) return undefined;
  return { kind: 'directory', base: null, inode: 0n, isLost, ...attributes };
};

/** `listed`: names that are at its base now. */
export const childrenOf = (node: PastNode, listed: readonly string[]): [string, PastNode][] => {
  const names = new Set(listed);
  for (const name of node.children?.keys() ?? []) names.add(name);
  return [...names].sort().map((name) => [name, node.children?.get(name) ?? { base: below(node.base, name) }]);
};

export const kindOf = (stat: Seen): PastKind =>
  stat.isFile() ? 'file' : stat.isDirectory() ? 'directory' : stat.isSymbolicLink() ? 'symlink' : 'other';
