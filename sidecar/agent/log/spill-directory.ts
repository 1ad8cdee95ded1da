import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Files of the change log below a state directory. Emptied at the start: a restart compares everything anyway. Where nothing
 * can be made or removed there, nothing is written, and the log collapses.
 */
export class SpillDirectory {
  readonly #directory: string;
  readonly #maxBytes: number;
  readonly #sizes = new Map<number, number>();
  #bytes = 0;
  #failures = 0;

  constructor(stateDirectory: string, maxBytes: number) {
    this.#directory = join(stateDirectory, 'change-log');
    this.#maxBytes = maxBytes;
    remove(this.#directory);
    try {
      this.#make();
    } catch {}
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Writes that failed (no room, no permission); the log then collapses instead. */
  get failures(): number {
    return this.#failures;
  }

  /** @returns false if there is no room, by our bound or the disk's */
  write(id: number, bytes: Buffer): boolean {
    if (this.#bytes + bytes.length > this.#maxBytes) return false;
    try {
      this.#make();
      writeFileSync(this.#file(id), bytes, { mode: 0o600 });
    } catch {
      this.#failures += 1;
      remove(this.#file(id));
      return false;
    }
    this.#sizes.set(id, bytes.length);
    this.#bytes += bytes.length;
    return true;
  }

  /** Undefined if it can't be read. */
  read(id: number): Buffer | undefined {
    try {
      return readFileSync(this.#file(id));
    } catch {
      this.#failures += 1;
      return undefined;
    }
  }

  remove(id: number): void {
    this.#bytes -= this.#sizes.get(id) ?? 0;
    this.#sizes.delete(id);
    remove(this.#file(id));
  }

  close(): void {
    this.#sizes.clear();
    this.#bytes = 0;
    remove(this.#directory);
  }

  #make(): void {
    mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
  }

  #file(id: number): string {
    return join(this.#directory, `${id}.jsonl`);
  }
}

/** What stays is not read: only what this process wrote is. */
function remove(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {}
}
