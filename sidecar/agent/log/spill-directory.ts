import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Files of the change log below a state directory. Emptied at the start: a restart compares everything anyway. */
export class SpillDirectory {
  readonly #directory: string;
  readonly #maxBytes: number;
  readonly #sizes = new Map<number, number>();
  #bytes = 0;
  #failures = 0;

  constructor(stateDirectory: string, maxBytes: number) {
    this.#directory = join(stateDirectory, 'change-log');
    this.#maxBytes = maxBytes;
    rmSync(this.#directory, { recursive: true, force: true });
    mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
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
      writeFileSync(this.#file(id), bytes, { mode: 0o600 });
    } catch {
      this.#failures += 1;
      rmSync(this.#file(id), { force: true });
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
    rmSync(this.#file(id), { force: true });
  }

  close(): void {
    this.#sizes.clear();
    this.#bytes = 0;
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #file(id: number): string {
    return join(this.#directory, `${id}.jsonl`);
  }
}
