import type { TargetNetwork } from './network/target-network.ts';

export interface Setup {
  /** An empty directory for whatever the contender needs, its target among it. */
  readonly directory: string;
  /** Where its target is to be. */
  readonly network: TargetNetwork;
  /** What it replicates; it may hold files already. */
  readonly source: string;
  /** Put what the target holds already here before the start; absent: an empty target. */
  readonly prefill?: (target: string) => Promise<void>;
  /** A network between source and target that takes so long there and back, ms. */
  readonly roundTripMs?: number;
  /** How many targets it has; absent: one. What else is set up is so of the first. */
  readonly targets?: number;
}

/** A contender at work. */
export interface Running {
  /** The directory where the replica appears. */
  readonly target: string;
  /** The same of all its targets, this one first. */
  readonly targets: readonly string[];
  /** Processes at the source's side; those that they start count with them. */
  readonly watchers: readonly number[];
  /** Processes at the target's side. */
  readonly receivers: readonly number[];
  /** When the process that watches was started, `performance.now()`. */
  readonly startedAt: number;
  /** From its start until it said that everything is watched, ms; undefined if it doesn't say. */
  readonly watchingMs: number | undefined;
  /** Told after a change; does something only for one that doesn't watch. `path` is relative to the source. */
  nudge(path: string): Promise<void>;
  targetAway(): Promise<void>;
  targetBack(): Promise<void>;
  /** Resolves when what was there at the start has been compared once. */
  settled(): Promise<void>;
  stop(): Promise<void>;
}

export interface Contender {
  readonly name: string;
  /** How it is set up, one line. */
  readonly about: string;
  /** Whether it finds out by itself that something changed. */
  readonly watches: boolean;
  /** Why it can't run here; undefined if it can. */
  missing(): Promise<string | undefined>;
  start(setup: Setup): Promise<Running>;
}
