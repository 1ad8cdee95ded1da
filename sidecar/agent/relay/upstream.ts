import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Clock } from '../../../src/process/clock.ts';
import { asOfFile } from '../../protocol/receiver-layout.ts';

interface Sample {
  /** Monotonic, ms. */
  readonly at: number;
  /** As of when the copy was what its source is, monotonic, ms. */
  readonly asOf: number;
}

const maxSamples = 128;
const spacingMs = 1_000;
/** What was told until then has been read by now. */
const readWithinMs = 1_000;

/** What a receiver says of the copy that an agent copies on: as of when it is known to be its own source. */
export class Upstream {
  readonly #file: string;
  readonly #clock: Clock;
  #samples: Sample[] = [];

  /** `source` is the receiver's `data`. */
  constructor(source: string, clock: Clock) {
    this.#file = join(dirname(source), asOfFile);
    this.#clock = clock;
  }

  /** How old the copy is at most, ms; null where nobody says. */
  ageMs(): number | null {
    const sample = this.#look();
    return sample === undefined ? null : this.#clock.monotonic() - sample.asOf;
  }

  /**
   * How old another copy is at most that lacks changes of this one up to `lagMs` old: as old as this one was before these came,
   * and not as it is now, for they may be what it had been lacking itself. Undefined where nobody says.
   */
  ageBefore(lagMs: number): number | undefined {
    this.#look();
    const now = this.#clock.monotonic();
    const before = now - lagMs - readWithinMs;
    const last = this.#samples.findLast(({ at }) => at <= before);
    return last === undefined ? undefined : now - last.asOf;
  }

  #look(): Sample | undefined {
    const at = this.#clock.monotonic();
    const last = this.#samples.at(-1);
    const text = this.#read();
    if (text === undefined) return undefined;
    const sample = { at, asOf: at - Math.max(0, this.#clock.now() - Number(text)) };
    if (last === undefined || at - last.at >= spacingMs) {
      this.#samples.push(sample);
      if (this.#samples.length > maxSamples) this.#samples.shift();
    }
    return sample;
  }

  #read(): string | undefined {
    try {
      const text = readFileSync(this.#file, 'latin1').trim();
      return /^\d{1,15}$/.test(text) ? text : undefined;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === undefined) throw error;
      // Nobody says: what can't be read is no better.
      return undefined;
    }
  }
}
