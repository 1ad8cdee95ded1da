import { compareVolumes, findMixtures } from '../oracle/compare-volumes.ts';
import type { Coverage } from '../oracle/coverage.ts';
import type { Violation } from '../oracle/violation.ts';
import { useVirtualTime } from '../world/virtual-time.ts';
import { settings, World } from '../world/world.ts';
import { act } from './act.ts';
import type { Step } from './step.ts';

export interface HistoryResult {
  /** What went against the truth; empty when nothing did. */
  readonly violations: readonly Violation[];
  /** Of the scheduler. */
  readonly turns: number;
  readonly simulatedMs: number;
}

/** When nothing happens any more, a replica is in sync within so long, ms. */
const quietWithinMs = 1_200_000;
const quietStepsAtMost = 60_000;
/** A root that is another one is seen within so long, ms. */
const rootSeenWithinMs = 5_000;
const lookEveryMs = 1_000;
/** What the watch and the settler may take beside the lag that is allowed: nobody is told of another root. */
const slackMs = rootSeenWithinMs;

const realImmediate = globalThis.setImmediate;
const turn = (): Promise<void> => new Promise((resolve) => realImmediate(resolve));

/** Lives through a history, mends all that is broken, and waits until it is quiet. The same seed and steps give the same result. */
export async function runHistory(seed: number, steps: readonly Step[], coverage?: Coverage): Promise<HistoryResult> {
  const world = new World(seed);
  const restore = useVirtualTime(world.clock);
  const onRejection = (error: unknown): void => crash(world, error);
  process.on('unhandledRejection', onRejection);
  try {
    await turn();
    for (const step of steps) {
      act(world, step);
      await pass(world, step.thenMs);
      coverage?.note(world);
      if (world.violations.length > 0) break;
    }
    if (world.violations.length === 0) await becomeQuiet(world, coverage);
    return { violations: world.violations, turns: world.scheduler.steps, simulatedMs: world.scheduler.now };
  } finally {
    process.off('unhandledRejection', onRejection);
    world.killAgent();
    restore();
  }
}

function crash(world: World, error: unknown): void {
  world.violations.push({
    kind: 'crash',
    text: error instanceof Error ? (error.stack ?? error.message) : String(error),
  });
}

/** Lets time go on, and looks at the world every so often. */
async function pass(world: World, ms: number): Promise<void> {
  await passShortly(world, 0);
  for (let left = ms; left > 0 && world.violations.length === 0; left -= lookEveryMs) {
    await passShortly(world, Math.min(left, lookEveryMs));
    look(world);
  }
}

async function passShortly(world: World, ms: number): Promise<void> {
  const { scheduler } = world;
  const until = scheduler.now + ms;
  await turn();
  while ((scheduler.nextAt ?? Number.POSITIVE_INFINITY) <= until) {
    try {
      scheduler.step();
    } catch (error) {
      crash(world, error);
    }
    await turn();
  }
  // Time goes on although nothing happens.
  scheduler.after(until - scheduler.now, () => {});
  scheduler.step();
}

async function becomeQuiet(world: World, coverage: Coverage | undefined): Promise<void> {
  world.heal();
  const since = world.scheduler.now;
  const before = world.scheduler.steps;
  const isLate = (): boolean =>
    world.scheduler.now - since > quietWithinMs || world.scheduler.steps - before > quietStepsAtMost;
  while (!isQuiet(world)) {
    if (isLate()) {
      const why = world.agent?.status().notInSync?.message ?? 'in sync, but not idle';
      world.violations.push({ kind: 'never quiet', text: why });
    }
    if (world.violations.length > 0) return;
    await pass(world, lookEveryMs);
    coverage?.note(world);
  }
  compare(world);
  const held = world.agent?.status().heldDeletes;
  if (held != null && !world.mayHold)
    world.violations.push({ kind: 'held', text: `${held.reason}: ${held.samples.join(' ')}` });
}

function isQuiet({ agent, mayHold, isHealed, scheduler, changedAt }: World): boolean {
  if (agent === undefined || !isHealed || !agent.isIdle || scheduler.now - changedAt < rootSeenWithinMs) return false;
  const { inSync, notInSync, skipped } = agent.status();
  // What is held waits for a person; what is refused or can't be read is tried again by itself.
  return inSync || (mayHold && notInSync?.reason === 'DeletesHeld' && skipped.count === 0);
}

/** At any moment: no mixtures; and who says in sync has all that is older than the lag. */
function look(world: World): void {
  world.violations.push(...findMixtures(world.receiver.data).map((text) => ({ kind: 'mixture' as const, text })));
  const { now } = world.scheduler;
  checkGuarded(world);
  if (now - world.changedAt < settings.maxLagMs + slackMs) return;
  if (world.agent?.status().inSync === true) compare(world);
}

function compare({ source, receiver, agent, violations }: World): void {
  const mayHaveMore = agent?.status().inSync !== true;
  for (const text of compareVolumes(source, receiver.data))
    if (!mayHaveMore || !text.endsWith(': extra')) violations.push({ kind: 'not equal', text });
}

function checkGuarded({ guarded, changedAt, receiver, violations }: World): void {
  if (guarded === undefined || changedAt > guarded.since) return;
  const there = new Map(receiver.data.walk());
  const kept = new Set(there.values());
  for (const [path, inode] of guarded.entries)
    if (!there.has(path) && !kept.has(inode)) violations.push({ kind: 'lost', text: path });
}
