import { createRandom } from '../../storm/random.ts';
import { Coverage } from '../oracle/coverage.ts';
import { type NearHistory, nearRecorded } from '../recorded/near-recorded.ts';
import type { WorldPlan } from '../world/world-plan.ts';
import { provoke } from './provoke.ts';
import { planOf, runHistory } from './run-history.ts';
import { type Shrunk, shrinkHistory } from './shrink-history.ts';
import { makeSteps } from './step.ts';

export interface SeedRange {
  readonly from: number;
  readonly count: number;
  /** Longest history. */
  readonly steps: number;
  /** Each is like one that failed once, of any length. */
  readonly near?: boolean;
  /** A history that fails is shrunk before it is told. */
  readonly shrinks: boolean;
}

export interface SeedsResult {
  readonly histories: number;
  /** Turns of the scheduler. */
  readonly turns: number;
  readonly simulatedMs: number;
  readonly states: readonly string[];
  readonly transitions: readonly string[];
  readonly failed: Shrunk | undefined;
}

/** Runs histories one after the other, up to the first that fails. */
export async function runSeeds(range: SeedRange, onProgress: (done: number) => void = () => {}): Promise<SeedsResult> {
  const coverage = new Coverage();
  let turns = 0;
  let simulatedMs = 0;
  let failed: Shrunk | undefined;
  let histories = 0;
  for (; histories < range.count && failed === undefined; histories += 1) {
    const { seed, steps, plan } = makeHistory(range.from + histories, range);
    coverage.begin();
    const result = await runHistory(seed, steps, plan, coverage);
    turns += result.turns;
    simulatedMs += result.simulatedMs;
    if (result.violations.length > 0)
      failed = range.shrinks
        ? await shrinkHistory(seed, steps, plan)
        : { seed, steps, plan, violations: result.violations };
    if (histories % 100 === 99) onProgress(histories + 1);
  }
  const { states, transitions } = coverage;
  return { histories, turns, simulatedMs, states: [...states], transitions: [...transitions], failed };
}

function makeHistory(seed: number, { near, steps }: SeedRange): NearHistory {
  if (near) return nearRecorded(seed);
  const plan = planOf(seed);
  return { seed, steps: stepsOf(seed, steps, plan), plan };
}

function stepsOf(seed: number, longest: number, plan: WorldPlan): ReturnType<typeof makeSteps> {
  const random = createRandom(seed);
  const steps = makeSteps(random, 2 + random.below(longest - 1), plan);
  return plan.provokes === undefined ? steps : provoke(steps, plan.provokes, random);
}
