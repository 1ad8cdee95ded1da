import type { Random } from '../../storm/random.ts';

/** What can be done to a world. Numbers choose names and ways; what can't be done just now is passed over. */
export const sourceKinds = [
  'write',
  'rewriteQuietly',
  'grow',
  'truncate',
  'remove',
  'removeAll',
  'mkdir',
  'rename',
  'exchange',
  'link',
  'symlink',
  'chmod',
  'touch',
  'setXattrs',
  'writeMapped',
  'save',
  'burst',
  'unreadable',
  'big',
  'copy',
  'unmount',
] as const;

export const faultKinds = [
  'cut',
  'hang',
  'breakConnections',
  'killAgent',
  'leaveAgent',
  'killReceiver',
  'cutPower',
  'fillTarget',
  'readOnlyTarget',
  'stepClock',
  'secondAgent',
  'pass',
  'promote',
  'verify',
  'rollBack',
  'killReceiverSoon',
  'undelete',
  'letGo',
] as const;

/** What needs a history. */
const historyKinds: readonly (typeof faultKinds)[number][] = [
  'rollBack',
  'rollBack',
  'killReceiverSoon',
  'cutPower',
  'killAgent',
];
/** What needs masses that are kept. */
const massKinds: readonly (typeof faultKinds)[number][] = [
  ...['undelete', 'undelete', 'letGo', 'fillTarget', 'cutPower'],
  ...['killAgent', 'killReceiver', 'rollBack', 'verify'],
] as const;
const special: ReadonlySet<StepKind> = new Set(['rollBack', 'killReceiverSoon', 'undelete', 'letGo']);
const withoutHistory = faultKinds.filter((kind) => !special.has(kind));
/** What is undone then: renames, and what a comparison does not see. */
const undoneKinds: readonly StepKind[] = [
  'rename',
  'rename',
  'exchange',
  'rewriteQuietly',
  'rewriteQuietly',
  'save',
  'remove',
];
/** A checkpoint is made so long after all is sent. */
const checkpointAfterMs = 6_000;

const restartKinds: readonly (typeof faultKinds)[number][] = [
  ...['killAgent', 'killAgent', 'leaveAgent', 'secondAgent', 'promote'],
  ...['cutPower', 'killReceiver', 'breakConnections', 'stepClock'],
] as const;
const knownAfterMs = 14_000;

/** `hangOnceOpened` is brought about alone: `provoke.ts`; `fifo` is what others are in a world that has such. */
export type StepKind = (typeof sourceKinds)[number] | (typeof faultKinds)[number] | 'hangOnceOpened' | 'fifo' | 'wait';
const fifoKinds: ReadonlySet<StepKind> = new Set(['symlink', 'setXattrs']);

export interface Step {
  readonly kind: StepKind;
  readonly a: number;
  readonly b: number;
  /** Time that passes afterwards, ms. */
  readonly thenMs: number;
}

/** A history of `length` steps: mostly work, close together, and now and then a fault or a pause. */
export function makeSteps(
  random: Random,
  length: number,
  { keepsHistory = false, keepsMasses = false, makesFifos = false } = {},
): Step[] {
  const withFaults = random.below(4) > 0;
  const withRestarts = random.below(4) === 0;
  return Array.from({ length }, () => {
    const isFault = withFaults && random.below(6) === 0;
    const usual = keepsHistory && random.below(3) > 0 ? historyKinds : withRestarts ? restartKinds : withoutHistory;
    const kinds = keepsMasses && random.below(2) > 0 ? massKinds : usual;
    const kind: StepKind = isFault ? random.pick(kinds) : random.below(20) === 0 ? 'wait' : random.pick(sourceKinds);
    const rare = kind === 'unmount' || kind === 'removeAll';
    const [a, b] = [random.below(64), random.below(64)];
    return { kind: rare && random.below(6) > 0 ? 'write' : kind, a, b, thenMs: thenMs(random) };
  }).flatMap((step): Step[] => {
    if (makesFifos && fifoKinds.has(step.kind)) return [{ ...step, kind: 'fifo' }];
    // What an agent knows of its targets when it ends is known some time after all is sent.
    if (step.kind === 'wait' && keepsHistory) return [{ ...step, thenMs: checkpointAfterMs }];
    if (step.kind === 'rollBack') {
      const undone = { ...step, kind: random.pick(undoneKinds), a: step.a >> 1, thenMs: 200 };
      return [{ ...step, kind: 'wait', thenMs: checkpointAfterMs }, undone, step];
    }
    const isRestart = step.kind === 'killAgent' || step.kind === 'leaveAgent';
    return withRestarts && isRestart ? [{ ...step, kind: 'wait', thenMs: knownAfterMs }, step] : [step];
  });
}

function thenMs(random: Random): number {
  const dice = random.below(20);
  if (dice < 9) return random.below(3);
  if (dice < 16) return random.below(60);
  return dice < 19 ? random.below(2_000) : random.below(30_000);
}

/** As it stands in a test. */
export const writeSteps = (steps: readonly Step[]): string =>
  steps.map(({ kind, a, b, thenMs: ms }) => `  { kind: '${kind}', a: ${a}, b: ${b}, thenMs: ${ms} },`).join('\n');
