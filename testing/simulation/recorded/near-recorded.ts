import { createRandom, type Random } from '../../storm/random.ts';
import { makeSteps, type Step } from '../history/step.ts';
import { plainPlan, type WorldPlan } from '../world/world-plan.ts';
import { allRecorded } from './all-recorded.ts';
import type { RecordedHistory } from './recorded-history.ts';

export interface NearHistory {
  readonly seed: number;
  readonly steps: readonly Step[];
  readonly plan: WorldPlan;
}

const pausesMs = [0, 1, 5, 40, 300, 1_000, 3_000, 9_000, 20_000];
const choices = ['verifies', 'takesSmallFiles', 'makesCopies', 'remembers', 'keepsHistory', 'keepsMasses'] as const;

/** One change of a history. */
const changes: readonly ((steps: Step[], at: number, random: Random, plan: WorldPlan) => void)[] = [
  (steps, at, random) => change(steps, at, { thenMs: random.pick(pausesMs) }),
  (steps, at, random) => change(steps, at, { thenMs: random.below(60) }),
  (steps, at, random) => change(steps, at, { a: random.below(64) }),
  (steps, at, random) => change(steps, at, { b: random.below(64) }),
  (steps, at) => void steps.splice(at, 1),
  (steps, at, random) => void steps.splice(random.below(steps.length + 1), 0, steps[at] as Step),
  (steps, at, random, plan) => void steps.splice(at, 0, ...makeSteps(random, 1, plan)),
  (steps, at) => void steps.splice(at, 2, ...steps.slice(at, at + 2).reverse()),
  (steps, at, random) => void steps.splice(at, 0, ...random.pick(allRecorded).steps),
];

function change(steps: Step[], at: number, to: Partial<Step>): void {
  steps[at] = { ...(steps[at] as Step), ...to };
}

/** What docs/proof.md states as a limit is not looked for: a clock that is set again. */
function withoutLimits(steps: readonly Step[]): Step[] {
  const first = steps.findIndex(({ kind }) => kind === 'stepClock');
  return steps.filter(({ kind }, at) => kind !== 'stepClock' || at === first);
}

/**
 * A history like one that failed once, or like two of them: where something went wrong, something else may. The same seed
 * gives the same history, as long as the same are recorded.
 */
export function nearRecorded(seed: number): NearHistory {
  const random = createRandom(seed);
  const { seed: own, steps, plan = plainPlan } = random.pick<RecordedHistory>(allRecorded);
  const near = [...steps];
  for (let count = 1 + random.below(4); count > 0 && near.length > 0; count -= 1)
    random.pick(changes)(near, random.below(near.length), random, plan);
  const turned = random.below(4) === 0 ? random.pick(choices) : undefined;
  return {
    seed: random.below(2) === 0 ? own : seed,
    steps: withoutLimits(near),
    plan: turned === undefined ? plan : { ...plan, [turned]: !plan[turned] },
  };
}
