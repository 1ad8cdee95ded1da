import { closeSync, ftruncateSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { HookEvent } from './hook-event.ts';

type Line = { readonly id: number; readonly event: Omit<HookEvent, 'sequence'> } | { readonly done: readonly number[] };

const rewriteBytes = 4 * 1024 * 1024;

/**
 * What waits, in a file that outlives the process: one line for each event before it is sent, one for each batch that was told.
 * It is written before the change is handed to a target, so a kill at any moment leaves an event twice rather than never.
 */
export class HookSpool {
  readonly #path: string;
  #file: number;
  #bytes = 0;
  /** The last line is not whole: nothing may be added to it. */
  #isCut = false;

  constructor(path: string) {
    this.#path = path;
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    this.#file = openSync(path, 'a+', 0o600);
  }

  /** What was not told in an earlier life, the oldest first. A line that was cut off is none. */
  load(): readonly { readonly id: number; readonly event: HookEvent }[] {
    const text = readFileSync(this.#file, 'latin1');
    this.#bytes = text.length;
    this.#isCut = text !== '' && !text.endsWith('\n');
    const left = new Map<number, HookEvent>();
    for (const one of text.split('\n')) {
      const line = parseLine(one);
      if (line === undefined) continue;
      if ('done' in line) for (const id of line.done) left.delete(id);
      else left.set(line.id, { ...line.event, sequence: 0 });
    }
    return [...left].map(([id, event]) => ({ id, event }));
  }

  add(events: readonly { readonly id: number; readonly event: HookEvent }[]): void {
    this.#write(events.map(({ id, event: { sequence, ...event } }) => ({ id, event })));
  }

  /** `waiting`: all that is left. */
  done(ids: readonly number[], waiting: () => readonly { readonly id: number; readonly event: HookEvent }[]): void {
    const left = waiting();
    if (left.length === 0) {
      ftruncateSync(this.#file);
      [this.#bytes, this.#isCut] = [0, false];
    } else if (this.#bytes > rewriteBytes) this.#rewrite(left);
    else this.#write([{ done: ids }]);
  }

  close(): void {
    closeSync(this.#file);
  }

  #rewrite(left: readonly { readonly id: number; readonly event: HookEvent }[]): void {
    const [before, bytes, isCut] = [this.#file, this.#bytes, this.#isCut];
    rmSync(`${this.#path}.new`, { force: true });
    this.#file = openSync(`${this.#path}.new`, 'a', 0o600);
    [this.#bytes, this.#isCut] = [0, false];
    try {
      this.add(left);
      renameSync(`${this.#path}.new`, this.#path);
    } catch (error) {
      closeSync(this.#file);
      [this.#file, this.#bytes, this.#isCut] = [before, bytes, isCut];
      throw error;
    }
    closeSync(before);
  }

  #write(lines: readonly Line[]): void {
    if (lines.length === 0) return;
    this.#append(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  }

  #append(text: string): void {
    const bytes = Buffer.from(this.#isCut ? `\n${text}` : text, 'latin1');
    // A full disk may take a part of it.
    this.#isCut = true;
    for (let at = 0; at < bytes.length; ) at += writeSync(this.#file, bytes, at);
    this.#isCut = false;
    this.#bytes += bytes.length;
  }
}

const parseLine = (text: string): Line | undefined => {
  try {
    return JSON.parse(text) as Line;
  } catch {
    // The process was killed while it wrote the last one.
    return undefined;
  }
};
