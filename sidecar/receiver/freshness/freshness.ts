import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../../../src/process/clock.ts';
import type { Logger } from '../../../src/process/log/logger.ts';
import { leaseRenewMs } from '../../protocol/control.ts';
import { asOfFile, freshDirectory, untilFile } from '../../protocol/receiver-layout.ts';

export interface FreshnessOptions {
  readonly root: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** For so long after it was known to be its source the copy may be served; undefined: nobody asks. */
  readonly freshForMs: number | undefined;
}

/**
 * As of when the replica is known to be its source, in two files for whoever reads it here: until when it may be served (seconds
 * since 1970), and as of when it is (ms). Nobody has to take the word back: who is cut off, or killed, writes no new one.
 */
export class Freshness {
  readonly #options: FreshnessOptions;
  /** Monotonic, ms. */
  #coveredAt: number | undefined;
  /** When the writer was answered last; the next it says some seconds after. */
  #answeredAt = Number.POSITIVE_INFINITY;
  #isFailing = false;

  constructor(options: FreshnessOptions) {
    this.#options = options;
    const { root, freshForMs } = options;
    // A machine that lost power may have lost what it had vouched for.
    for (const file of [untilFile, asOfFile]) rmSync(join(root, file), { force: true });
    if (freshForMs !== undefined) mkdirSync(join(root, freshDirectory), { recursive: true, mode: 0o755 });
  }

  /** Monotonic, ms. */
  get now(): number {
    return this.#options.clock.monotonic();
  }

  /** How old the replica is at most, ms; null where nobody said. */
  get ageMs(): number | null {
    return this.#coveredAt === undefined ? null : Math.round(this.now - this.#coveredAt);
  }

  /** As of when it is known to be its source, ms since 1970. */
  get coveredAt(): number | null {
    return this.ageMs === null ? null : this.#options.clock.now() - this.ageMs;
  }

  /**
   * The writer says how old the replica is at most, ms, with a renewal that came at `askedAt` and is answered now. It may have been on
   * its way for minutes, where the network was down and its writer has given up by then: what it is late counts as age.
   */
  note(coveredMs: number | undefined, askedAt = this.now): void {
    const { clock, freshForMs } = this.#options;
    const lateMs = Math.max(0, askedAt - this.#answeredAt - leaseRenewMs);
    this.#answeredAt = this.now;
    if (coveredMs === undefined) return;
    const coveredAt = askedAt - lateMs - coveredMs;
    if (this.#coveredAt !== undefined && coveredAt < this.#coveredAt) return;
    this.#coveredAt = coveredAt;
    if (freshForMs === undefined) return;
    const asOf = clock.now() - (this.now - coveredAt);
    this.#write(asOfFile, Math.floor(asOf));
    this.#write(untilFile, Math.floor((asOf + freshForMs) / 1000));
  }

  #write(file: string, value: number): void {
    const path = join(this.#options.root, file);
    try {
      writeFileSync(`${path}.new`, `${value}\n`, { mode: 0o644 });
      renameSync(`${path}.new`, path);
      this.#isFailing = false;
    } catch (err) {
      if (!this.#isFailing) this.#options.logger.warn({ err }, 'how fresh the replica is could not be written');
      this.#isFailing = true;
    }
  }
}
