import type { Program } from '../programs/program.ts';
import type { Fault } from './faults.ts';

/** What a round is made of. */
export interface RoundOptions {
  readonly seed: number;
  readonly durationMs: number;
  /** Works beside the storm. */
  readonly program: Program | undefined;
  readonly hasDisk: boolean;
  /** Its agents may know after a restart where to look: see SoakWorldOptions. */
  readonly trusts: boolean;
  /** What goes wrong meanwhile. */
  readonly faults: readonly Fault[];
  /** So long nothing may move before it is at rest, ms. */
  readonly restMs: number;
}

/** What came of it. */
export interface RoundOutcome {
  readonly steps: number;
  readonly faults: number;
  /** How often the status was held against a comparison, and how often it said in sync then. */
  readonly asked: number;
  readonly saidInSync: number;
  /** How many agents were started anew that could know where to look. */
  readonly claims: number;
  /** From the end of the storm until the replica said that nothing is left to do, ms. */
  readonly restedMs: number;
  /** Entries that work had left different, as the agent that lived last has counted them, and those that counted as differences. */
  readonly rests: number;
  readonly found: number;
  /** It took so long to come to rest that the record says why. */
  readonly isSlow: boolean;
  /** What was wrong, one line each; none is what we want. */
  readonly failures: readonly string[];
}
