import { mkdirSync, renameSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '../../../src/process/log/logger.ts';
import { runBehind } from '../../../src/process/system/run-behind.ts';
import { beneathCalls, openBeneath } from '../beneath/open-beneath.ts';
import { isFull } from '../volume/durable-file.ts';
import type { Place } from './move-away.ts';

/** Calls that follow each other share one removal. */
const gatherMs = 50;

interface Batch {
  readonly name: string;
  readonly fd: number;
  /** Of the names in it. */
  readonly prefix: string;
  count: number;
}

/** What was renamed out of the replica and is being removed, in batches: one is filled while others are emptied. */
export class Trash {
  readonly #path: string;
  readonly #logger: Logger;
  #batch: Batch | undefined;
  #batches = 0;
  #timer: NodeJS.Timeout | undefined;
  #emptying: Promise<void> | undefined;
  #stopRemoval = (): void => {};
  #isClosed = false;

  /** What an earlier receiver left in `path` goes too. */
  constructor(path: string, logger: Logger) {
    this.#path = path;
    this.#logger = logger;
    this.emptySoon();
  }

  /** Where the next entry goes. @throws when the volume can't be written */
  place(): Place {
    this.#batch ??= this.#beginBatch();
    this.emptySoon();
    return { fd: this.#batch.fd, name: `${this.#batch.prefix}${++this.#batch.count}` };
  }

  /** Takes a directory of our own, whole. */
  takeDirectory(path: string): void {
    renameSync(path, join(this.#path, this.#nextName()));
    this.emptySoon();
  }

  /** Also tries again what could not be removed before. */
  emptySoon(): void {
    if (this.#isClosed || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#emptying = (this.#emptying ?? Promise.resolve()).then(() => this.#empty());
    }, gatherMs).unref();
  }

  /** Resolves when nothing is being removed any more; what is left is for the next start. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#stopRemoval();
    await this.#emptying;
    this.#endBatch();
  }

  #nextName(): string {
    return `${process.pid}-${Date.now()}-${++this.#batches}`;
  }

  #beginBatch(): Batch {
    const name = this.#nextName();
    const own = join(this.#path, name);
    let isOwn = true;
    try {
      mkdirSync(own, { mode: 0o700 });
    } catch (error) {
      // Where there is no room for a directory nothing else makes any: each goes by itself.
      if (!isFull(error)) throw error;
      isOwn = false;
    }
    const path = isOwn ? own : this.#path;
    const fd = openBeneath(path, []);
    if (fd < 0) throw new Error(`open ${path}: errno ${-fd}`);
    return { name, fd, prefix: isOwn ? '' : `${name}-`, count: 0 };
  }

  #endBatch(): void {
    if (this.#batch) beneathCalls().close(this.#batch.fd);
    this.#batch = undefined;
  }

  async #empty(): Promise<void> {
    this.#endBatch();
    const failed: unknown[] = [];
    const note = (error: unknown): void => void failed.push(error);
    const names = await readdir(this.#path).catch((error: unknown) => {
      note(error);
      return [];
    });
    for (const name of names) {
      if (this.#isClosed) return;
      // One may have been begun while they were listed; what can't be removed keeps nothing else.
      if (name !== this.#batch?.name) await this.#remove(join(this.#path, name)).catch(note);
    }
    const [err] = failed;
    if (err)
      this.#logger.warn({ err, failed: failed.length }, 'what was deleted could not be removed, it is tried again');
  }

  /** Read-only directories in it are opened up first where that is what is in the way. */
  async #remove(path: string): Promise<void> {
    const remove = ['find', path, '-xdev', '-delete'];
    if ((await this.#run(remove)) === '' || this.#isClosed) return;
    await this.#run(['chmod', '-R', 'u+rwX', path]);
    const complaint = await this.#run(remove);
    if (complaint !== '' && !this.#isClosed) throw new Error(`remove ${path}: ${complaint}`);
  }

  /** Answers what it complains about. Never follows a link nor enters a mount. */
  async #run([command = '', ...args]: readonly string[]): Promise<string> {
    const { ended, kill } = runBehind(command, args);
    this.#stopRemoval = kill;
    const { code, complaint } = await ended;
    return code === 0 ? '' : complaint.trim() || `${command} ended with ${code}`;
  }
}
