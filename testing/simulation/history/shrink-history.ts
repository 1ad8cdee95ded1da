import fc from 'fast-check';
import type { Violation } from '../oracle/violation.ts';
import type { WorldPlan } from '../world/world-plan.ts';
import { runHistory } from './run-history.ts';
import type { Step } from './step.ts';

export interface Shrunk {
  readonly seed: number;
  readonly steps: readonly Step[];
  readonly plan: WorldPlan;
  readonly violations: readonly Violation[];
}

/** Leaves out of a history that fails whatever it fails without, in the same way. */
export async function shrinkHistory(seed: number, steps: readonly Step[], plan: WorldPlan): Promise<Shrunk> {
  const kept = fc.array(fc.constantFrom(...steps), { maxLength: steps.length });
  const kind = (await runHistory(seed, steps, plan)).violations[0]?.kind;
  const fails = fc.asyncProperty(
    kept,
    async (some) => (await runHistory(seed, some, plan)).violations[0]?.kind !== kind,
  );
  const found = await fc.check(fails, {
    examples: [[[...steps]]],
    numRuns: 1,
    seed: 1,
  });
  const smallest = (found.counterexample?.[0] ?? steps) as readonly Step[];
  const { violations } = await runHistory(seed, smallest, plan);
  return { seed, steps: smallest, plan, violations };
}
