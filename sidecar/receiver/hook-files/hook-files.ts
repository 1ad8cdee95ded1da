import { constants } from 'node:fs';
import { type FileHandle, open, readdir, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from '../../../src/process/failure.ts';
import type { HookLinesRequest } from '../../protocol/hook-file.ts';
import { Refusal } from '../refusal.ts';

/** So many hooks leave files: whoever may write a volume can't fill its directory with names. */
const maxHooks = 32;

const fileName = /^([a-z0-9](?:[-a-z0-9]*[a-z0-9])?)\.jsonl(?:\.(\d+))?$/;

/** The files of hooks in one directory: lines are added to NAME.jsonl, which is turned over when it is long. */
export class HookFiles {
  readonly #directory: string;
  /** Calls of one volume come one after the other, whoever makes them. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Resolves when the lines are durable. `requireEpoch` is asked when their turn has come. @throws Refusal */
  append(request: HookLinesRequest, requireEpoch: () => void): Promise<void> {
    const done = this.#last.then(() => {
      requireEpoch();
      return this.#append(request);
    });
    this.#last = done.catch(() => {});
    return done;
  }

  /** The room is short: only what is written to now stays. */
  async expire(): Promise<void> {
    for (const name of await this.#names())
      if (fileName.exec(name)?.[2] !== undefined) await unlink(join(this.#directory, name));
  }

  async #append({ hook, lines, maxBytes, keep }: HookLinesRequest): Promise<void> {
    await this.#requireRoom(hook);
    const path = join(this.#directory, `${hook}.jsonl`);
    const text = Buffer.from(lines.map((line) => `${line}\n`).join(''));
    const file = await open(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
    let isLong = false;
    try {
      const end = await findEnd(file);
      // What follows the last whole line was never acknowledged, and comes again.
      await file.truncate(end);
      for (let at = 0; at < text.length; ) at += (await file.write(text, at, text.length - at, end + at)).bytesWritten;
      await file.datasync();
      isLong = end + text.length >= maxBytes;
    } finally {
      await file.close();
    }
    if (isLong) await this.#turnOver(hook, keep);
  }

  /** Whoever follows the file has it open, and reads it to its end. */
  async #turnOver(hook: string, keep: number): Promise<void> {
    const pathOf = (number: number): string =>
      join(this.#directory, `${hook}.jsonl${number === 0 ? '' : `.${number}`}`);
    const numbers = (await this.#names()).flatMap((name) => {
      const [, of, number] = fileName.exec(name) ?? [];
      return of === hook && number !== undefined ? Number(number) : [];
    });
    for (const number of numbers) if (number >= keep) await unlink(pathOf(number));
    const moved = numbers.filter((number) => number < keep).sort((a, b) => b - a);
    for (const number of [...moved, 0]) await rename(pathOf(number), pathOf(number + 1));
  }

  async #requireRoom(hook: string): Promise<void> {
    const hooks = new Set((await this.#names()).flatMap((name) => fileName.exec(name)?.[1] ?? []));
    if (hooks.has(hook) || hooks.size < maxHooks) return;
    throw new Refusal({
      code: 'BadRequest',
      message: `add lines of hook ${hook}: ${maxHooks} other hooks have files here`,
      hint: 'remove files of hooks that are no more from .syncreplica/hooks',
    });
  }

  async #names(): Promise<string[]> {
    return readdir(this.#directory).catch((error: unknown) => {
      if (errorCode(error) === 'ENOENT') return [];
      throw error;
    });
  }
}

const tailBytes = 65_536;

/** Where the last whole line ends. */
async function findEnd(file: FileHandle): Promise<number> {
  const { size } = await file.stat();
  for (let until = size; until > 0; ) {
    const from = Math.max(0, until - tailBytes);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(until - from), 0, until - from, from);
    const at = buffer.subarray(0, bytesRead).lastIndexOf(0x0a);
    if (at >= 0) return from + at + 1;
    until = from;
  }
  return 0;
}
