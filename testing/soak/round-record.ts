import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What happened in a round and when, to be read by whoever looks for the cause. */
export class RoundRecord {
  readonly #lines: string[] = [];
  readonly #startedAt = performance.now();

  note(what: string, fields: object = {}): void {
    this.#lines.push(JSON.stringify({ ms: Math.round(performance.now() - this.#startedAt), what, ...fields }));
  }

  /** @returns the file it was written to */
  keep(directory: string): string {
    mkdirSync(directory, { recursive: true });
    const file = join(directory, 'record.jsonl');
    writeFileSync(file, `${this.#lines.join('\n')}\n`);
    return file;
  }
}
