import type { Random } from '../storm/random.ts';

/** Where a program works, and for how long. */
export interface Workplace {
  /** Empty at first. */
  readonly directory: string;
  readonly random: Random;
  /** How often it does what it does. */
  readonly rounds: number;
  /** It ends early, between two rounds. */
  readonly signal?: AbortSignal;
}

/** A program as people run it, and what they expect of a replica of what it writes. */
export interface Program {
  readonly name: string;
  /** One sentence. */
  readonly expects: string;
  /** Why it can't run here; undefined if it can. */
  missing?(): string | undefined;
  run(place: Workplace): Promise<void>;
  /** What its user would look at in the copy, beyond that it is equal. Throws. */
  check?(copy: string): void;
}
