import type { Random } from '../../storm/random.ts';
import type { Provocation } from '../world/world-plan.ts';
import type { Step } from './step.ts';

/** A checkpoint is made so long after all is sent. */
const checkpointMs = 6_000;
/** What was changed longer ago than this is not in doubt. */
const doubtMs = 61_000;
/** The source is written down within so long after a change. */
const writtenDownMs = 5_000;
/** Numbers of names: see `act.ts`. */
const [directory, other, inDirectory, free, alsoFree] = [0, 1, 4, 2, 3];

const scripts: Readonly<Record<Provocation, (random: Random, b: number) => Step[]>> = {
  root: (random, b) => [
    { kind: 'mkdir', a: directory, b, thenMs: 0 },
    { kind: 'mkdir', a: other, b, thenMs: 0 },
    { kind: 'write', a: inDirectory, b: 0, thenMs: 3_000 },
    { kind: 'exchange', a: directory, b: other, thenMs: 1 + random.below(10) },
    { kind: 'hang', a: 2, b, thenMs: random.below(500) },
    { kind: 'unmount', a: 2 + random.below(2), b, thenMs: 20_000 },
  ],
  away: (random) => {
    // Of the numbers of targets, and of names in the root.
    const b = 12 * random.below(5) + random.below(4);
    return [
      { kind: 'write', a: free, b: 0, thenMs: 5_000 },
      { kind: 'promote', a: 0, b, thenMs: 0 },
      { kind: 'hangOnceOpened', a: 1 + random.below(9), b, thenMs: 0 },
      { kind: 'cut', a: 3, b, thenMs: 100 },
      { kind: 'write', a: random.below(4), b: 0, thenMs: 24_000 + random.below(4_000) },
    ];
  },
  madeAgain: (random, b) => [
    { kind: 'mkdir', a: directory, b, thenMs: 0 },
    { kind: 'write', a: inDirectory, b: 0, thenMs: 8_000 },
    { kind: 'killAgent', a: 1, b, thenMs: 5 },
    { kind: 'remove', a: directory, b, thenMs: 880 + random.below(40) },
    { kind: 'mkdir', a: directory, b, thenMs: 3_000 },
  ],
  copied: (random, b) => [
    { kind: 'mkdir', a: directory, b, thenMs: 0 },
    { kind: 'big', a: 0, b: 3, thenMs: 8_000 },
    { kind: 'cut', a: 0, b, thenMs: 0 },
    { kind: 'write', a: inDirectory, b: 1, thenMs: random.below(20) },
    { kind: 'copy', a: inDirectory, b: free, thenMs: 3_000 },
  ],
  late: (random, b) => [
    { kind: 'write', a: free, b: 0, thenMs: 100 },
    { kind: 'wait', a: 0, b, thenMs: checkpointMs },
    { kind: 'rewriteQuietly', a: free, b: 0, thenMs: doubtMs + random.below(10_000) },
    { kind: 'rollBack', a: 2 * random.below(32), b, thenMs: 1_000 },
  ],
  killed: (random, b) => [
    { kind: 'write', a: free, b: 0, thenMs: 100 },
    { kind: 'write', a: alsoFree, b: 0, thenMs: 100 },
    { kind: 'wait', a: 0, b, thenMs: checkpointMs },
    { kind: 'killReceiverSoon', a: random.below(12), b, thenMs: 0 },
    { kind: 'rename', a: free, b: alsoFree, thenMs: 500 },
    { kind: 'wait', a: 0, b, thenMs: checkpointMs },
    { kind: 'rollBack', a: 2 * random.below(32), b, thenMs: 1_000 },
  ],
  mapped: (random, b) => [
    { kind: 'write', a: free, b: 0, thenMs: writtenDownMs },
    { kind: 'writeMapped', a: free, b, thenMs: random.below(1_000) },
    ...whileOthersAreSent(random, b),
  ],
  owed: (random, b) => [
    { kind: 'write', a: free, b: 0, thenMs: writtenDownMs },
    { kind: 'write', a: free, b: 0, thenMs: 0 },
    { kind: 'unreadable', a: free, b: 3, thenMs: random.below(1_000) },
    ...whileOthersAreSent(random, b),
  ],
  undeleted: (random, b) => [
    { kind: 'mkdir', a: directory, b, thenMs: 0 },
    ...[inDirectory, inDirectory + 1, other, free].map((a): Step => ({ kind: 'write', a, b: 0, thenMs: 0 })),
    { kind: 'wait', a: 0, b, thenMs: checkpointMs },
    { kind: 'remove', a: inDirectory, b, thenMs: random.below(500) },
    { kind: 'remove', a: directory, b, thenMs: random.below(300) },
    { kind: 'remove', a: free, b, thenMs: 3_000 },
    ...(random.below(3) > 0 ? [] : [{ kind: 'cutPower', a: 1, b, thenMs: 6_000 } as const]),
    {
      kind: 'undelete',
      a: random.below(2),
      b,
      thenMs: random.below(3) === 0 ? 498 + random.below(20) : random.below(1_200),
    },
    { kind: random.pick(['killAgent', 'killReceiver', 'cutPower', 'wait', 'pass']), a: 1, b, thenMs: 12_000 },
  ],
};

/** The source is written down, a position behind that becomes durable, and the agent ends. */
const whileOthersAreSent = (random: Random, b: number): Step[] => [
  { kind: 'write', a: alsoFree, b: 0, thenMs: writtenDownMs },
  { kind: 'write', a: alsoFree, b: 0, thenMs: 2_000 + random.below(3_000) },
  { kind: 'killAgent', a: random.below(2), b, thenMs: 3_000 },
];

/** A history with such steps somewhere among its own. */
export function provoke(steps: readonly Step[], provocation: Provocation, random: Random): Step[] {
  const at = random.below(steps.length + 1);
  return [...steps.slice(0, at), ...scripts[provocation](random, random.below(64)), ...steps.slice(at)];
}
