import type { SourcePatch } from '../calibration/patch-sources.ts';
import type { Step } from '../history/step.ts';
import type { WorldPlan } from '../world/world-plan.ts';

/** A history that failed once, shrunk; each is a row of docs/defects.md. */
export interface RecordedHistory {
  /** What is so since its fault was mended. */
  readonly what: string;
  readonly seed: number;
  readonly steps: readonly Step[];
  /** Absent: one receiver, and nothing is left out. */
  readonly plan?: WorldPlan;
  /** Puts its fault back: with it the history has to fail, or it holds nobody to anything. */
  readonly fault: readonly SourcePatch[];
}
