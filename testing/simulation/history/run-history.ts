import { leaseRenewMs } from '../../../sidecar/protocol/control.ts';
import type { ModelTarget } from '../models/model-target.ts';
import type { Volume } from '../models/volume.ts';
import { compareVolumes, findMixtures } from '../oracle/compare-volumes.ts';
import type { Coverage } from '../oracle/coverage.ts';
import type { Violation } from '../oracle/violation.ts';
import { maxLagMs } from '../world/settings-of.ts';
import { Streams } from '../world/streams.ts';
import { useVirtualTime } from '../world/virtual-time.ts';
import { World } from '../world/world.ts';
import { planWorld, type WorldPlan } from '../world/world-plan.ts';
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
/** Of a target that was in use the answer to the next renewal of the lease tells, within so long, ms. */
const useToldWithinMs = leaseRenewMs + 1_000;
const lookEveryMs = 1_000;
/** What the watch and the settler may take beside the lag that is allowed: nobody is told of another root. */
const slackMs = rootSeenWithinMs;

const realImmediate = globalThis.setImmediate;
const turn = (): Promise<void> => new Promise((resolve) => realImmediate(resolve));

/** The world of a seed. */
export const planOf = (seed: number): WorldPlan => planWorld(new Streams(seed).of('plan'));

/** Lives through a history, mends all that is broken, and waits until it is quiet. The same seed, steps and plan give the same result. */
export async function runHistory(
  seed: number,
  steps: readonly Step[],
  plan = planOf(seed),
  coverage?: Coverage,
): Promise<HistoryResult> {
  const world = new World(plan, new Streams(seed));
  const restore = useVirtualTime(world.clock);
  const onRejection = (error: unknown): void => crash(world, error);
  process.on('unhandledRejection', onRejection);
  try {
    await turn();
    for (const step of steps) {
      await act(world, step);
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
      const all = world.targets.map((_, index) => world.agent?.status(index).notInSync?.message);
      const why = all.find((message) => message !== undefined) ?? 'in sync, but not idle';
      world.violations.push({ kind: 'never quiet', text: why });
    }
    if (world.violations.length > 0) return;
    if (world.plan.keepsMasses) await act(world, { kind: 'letGo', a: 0, b: 0, thenMs: 0 });
    await pass(world, lookEveryMs);
    coverage?.note(world);
  }
  for (const index of world.targets.keys()) {
    compare(world, index);
    const { heldDeletes: held, verification } = world.agent?.status(index) ?? {};
    if (held != null && !world.mayHold)
      world.violations.push({ kind: 'held', text: `${held.reason}: ${held.samples.join(' ')}` });
    if (verification !== undefined && verification.found > 0 && world.unseenUntil === 0)
      world.violations.push({ kind: 'found', text: `${verification.found} by a comparison` });
  }
}

function isQuiet({ agent, mayHold, isHealed, scheduler, changedAt, knownAfter, targets, plan }: World): boolean {
  if (agent === undefined || !isHealed || !agent.isIdle || scheduler.now - changedAt < useToldWithinMs) return false;
  return (
    scheduler.now >= knownAfter &&
    targets.every((_, index) => {
      const { inSync, notInSync, skipped } = agent.status(index);
      // What is held waits for a person, whom small masses have; what is refused or can't be read is tried again by itself.
      return (
        inSync ||
        (mayHold &&
          plan.keepsMasses !== true &&
          notInSync?.reason === 'DeletesHeld' &&
          skipped.count === (skipped.special ?? 0))
      );
    })
  );
}

/** At any moment: no mixtures; and who says in sync has all that is older than the lag. */
function look(world: World): void {
  const { violations, agent, targets } = world;
  const { now } = world.scheduler;
  const isDue = now - world.changedAt >= maxLagMs + slackMs && now >= world.knownAfter;
  for (const [index, target] of targets.entries()) {
    violations.push(...findMixtures(target.receiver.data).map((text) => ({ kind: 'mixture' as const, text })));
    checkGuarded(violations, target);
    const { lostCheckpoints, kept } = target.receiver;
    kept.whole.check();
    violations.push(...kept.whole.found.map((text) => ({ kind: 'kept' as const, text })));
    if (lostCheckpoints > 0) violations.push({ kind: 'past', text: `${lostCheckpoints} checkpoints are gone` });
    const { inUse } = target;
    if (inUse !== undefined && inUse !== target.describe())
      violations.push({ kind: 'stale writer', text: `${target.settings.name} was changed while it was in use` });
    if (isDue && agent?.status(index).inSync === true) compare(world, index);
  }
}

function compare({ source, agent, violations, targets }: World, index: number): void {
  const { receiver, filter, settings } = targets[index] as ModelTarget;
  // What is held stays, and so does a directory that holds it.
  const isHeld = agent?.status(index).inSync !== true;
  const isAtWork = agent?.isIdle !== true;
  for (const text of compareVolumes(source, receiver.data, filter, { isAtWork }))
    if (
      !isLimit(targets[index] as ModelTarget, source, text) &&
      (!isHeld || !/: (extra|is a .*, target has a directory)$/.test(text))
    )
      violations.push({ kind: 'not equal', text: `${settings.name}: ${text}` });
}

/** What has the name of a file that is excluded, and is content as a directory, a plain daemon keeps: docs/proof.md. */
function isLimit({ isDaemon, filter }: ModelTarget, source: Volume, text: string): boolean {
  const names = /^(.*): extra$/.exec(text)?.[1]?.split('/') ?? [];
  const isExcludedFile = (path: string): boolean =>
    source.get(path) !== undefined && source.directory(path) === undefined && filter.excludes(path, false);
  return isDaemon && names.some((_, at) => isExcludedFile(names.slice(0, at + 1).join('/')));
}

function checkGuarded(violations: Violation[], { guarded, receiver }: ModelTarget): void {
  if (guarded === undefined) return;
  const there = new Map(receiver.data.walk());
  const kept = new Set(there.values());
  for (const [path, inode] of guarded)
    if (!there.has(path) && !kept.has(inode)) violations.push({ kind: 'lost', text: path });
}
