import { closeSync, fstatSync, openSync, readSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { RelPath } from '../changes/change.ts';
import { encodeFileList } from '../rsync/file-list.ts';
import { type Difference, parseItem, parseSkipped } from '../rsync/itemize.ts';
import type { RsyncRun, RunResult } from '../rsync/run.ts';

export interface CompareOptions {
  /** Starts a dry run whose standard output goes to the file descriptor. */
  readonly start: (stdoutFd: number) => RsyncRun;
  /** Where the list is kept while it is worked through; it has no name there. */
  readonly directory: string;
  readonly subtrees: readonly RelPath[];
  /** The list may grow to this many bytes; then the comparison is ended and has to be repeated. */
  readonly maxBytes: number;
}

/** A topmost path that only the target has, and how many entries would go with it, itself included. */
export interface Deletion {
  readonly path: RelPath;
  readonly entries: number;
}

/** What a comparison has found so far; the list is read back piece by piece, so its length costs no memory. */
export class Comparison {
  readonly #fd: number;
  readonly #run: RsyncRun;
  readonly #maxBytes: number;
  readonly result: Promise<RunResult>;
  #ended: RunResult | undefined;
  #truncated = false;
  #offset = 0;
  #rest = '';
  #timer: NodeJS.Timeout;
  /** Differences but deletions, and their bytes, read so far. */
  files = 0;
  bytes = 0;
  readonly #deletions: Deletion[] = [];
  readonly specials: RelPath[] = [];

  constructor(options: CompareOptions) {
    const file = join(options.directory, `.compare-${process.pid}-${Math.random().toString(36).slice(2)}`);
    this.#fd = openSync(file, 'wx+', 0o600);
    rmSync(file);
    this.#maxBytes = options.maxBytes;
    this.#run = options.start(this.#fd);
    const list = options.subtrees.includes('') ? Buffer.from('.\0') : encodeFileList(options.subtrees);
    this.result = this.#run.feed(list).then((result) => {
      clearInterval(this.#timer);
      this.#ended = result;
      return result;
    });
    this.#timer = setInterval(() => this.#limit(), 500);
    this.#timer.unref();
  }

  /** The dry run is over and all of its list has been read. */
  get exhausted(): boolean {
    return this.#ended !== undefined && this.#offset >= fstatSync(this.#fd).size;
  }

  /** It was ended for its length: what it found is true, but there is more. */
  get truncated(): boolean {
    return this.#truncated;
  }

  /** Up to some thousand differences that have not been given yet; deletions are kept aside for the guard. */
  read(): Difference[] {
    const chunk = Buffer.allocUnsafe(64 * 1024);
    const length = readSync(this.#fd, chunk, 0, chunk.length, this.#offset);
    this.#offset += length;
    const lines = (this.#rest + chunk.toString('latin1', 0, length)).split('\n');
    this.#rest = lines.pop() ?? '';
    const found: Difference[] = [];
    for (const text of lines) {
      const difference = parseItem(text);
      if (difference === undefined) {
        const special = parseSkipped(text);
        if (special !== undefined) this.specials.push(special);
      } else if (difference.kind === 'delete') this.#keepDeletion(difference.path);
      else {
        this.files++;
        if (difference.kind === 'content') this.bytes += difference.size;
        found.push(difference);
      }
    }
    return found;
  }

  /** What would go, but for all at and below what could not be read: nobody knows whether that is gone. */
  deletions(unread: readonly RelPath[]): Deletion[] {
    if (unread.includes('')) return [];
    return this.#deletions.filter(({ path }) => !unread.some((top) => path === top || path.startsWith(`${top}/`)));
  }

  close(): void {
    clearInterval(this.#timer);
    if (this.#ended === undefined) this.#run.kill();
    void this.result.finally(() => closeSync(this.#fd));
  }

  /** rsync names what is in a directory before the directory: only the topmost are kept. */
  #keepDeletion(path: RelPath): void {
    const below = `${path}/`;
    let entries = 1;
    while (this.#deletions.at(-1)?.path.startsWith(below)) entries += this.#deletions.pop()?.entries ?? 0;
    this.#deletions.push({ path, entries });
  }

  #limit(): void {
    if (fstatSync(this.#fd).size <= this.#maxBytes) return;
    this.#truncated = true;
    this.#run.kill();
  }
}
