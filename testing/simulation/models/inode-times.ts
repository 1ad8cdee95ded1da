import type { Inode } from './inode.ts';

type NewInode = Pick<Inode, 'id' | 'device' | 'mode' | 'mtime' | 'ctime' | 'names' | 'xattrs' | 'unreadable'>;

/** Gives a file system's inodes their numbers and times. */
export class InodeTimes {
  readonly #now: () => number;
  readonly #tickMs: number;
  readonly #device: number;
  #lastInode = 0;

  constructor(now: () => number, tickMs: number, device: number) {
    this.#now = now;
    this.#tickMs = tickMs;
    this.#device = device;
  }

  /** The tick that the clock is in: a change now and one a moment ago may bear the same time. */
  tick(): number {
    return Math.floor(this.#now() / this.#tickMs) * this.#tickMs;
  }

  touch(inode: Inode): void {
    inode.mtime = this.tick();
    inode.ctime = inode.mtime;
  }

  /** What every new inode has. */
  base(mode: number): NewInode {
    const at = this.tick();
    const times = { mode, mtime: at, ctime: at };
    return {
      id: ++this.#lastInode,
      device: this.#device,
      ...times,
      names: [],
      xattrs: undefined,
      unreadable: undefined,
    };
  }
}
