import { plainPlan } from '../world/world-plan.ts';
import type { RecordedHistory } from './recorded-history.ts';

/** Found by recorded histories that were changed a little, and joined. */
export const foundNearby: readonly RecordedHistory[] = [
  {
    what: 'nothing is held where nothing of a mass could be put back',
    seed: 500_008_058,
    steps: [
      { kind: 'save', a: 38, b: 36, thenMs: 1 },
      { kind: 'remove', a: 2, b: 15, thenMs: 4_630 },
      { kind: 'undelete', a: 1, b: 15, thenMs: 498 },
      { kind: 'pass', a: 1, b: 22, thenMs: 4 },
    ],
    plan: { ...plainPlan, keepsMasses: true },
    fault: [{ file: 'sidecar/agent/replicate/kept-deletes.ts', find: 'count === 0 ? null : ', replace: '' }],
  },
  {
    what: 'a rewrite that keeps size and time is found although the clock was set back before all was compared',
    seed: 500_019_146,
    steps: [
      { kind: 'unmount', a: 7, b: 21, thenMs: 7 },
      { kind: 'grow', a: 1, b: 2, thenMs: 5_558 },
      { kind: 'leaveAgent', a: 12, b: 13, thenMs: 30_738 },
      { kind: 'grow', a: 62, b: 13, thenMs: 45 },
      { kind: 'stepClock', a: 55, b: 33, thenMs: 40 },
      { kind: 'leaveAgent', a: 53, b: 51, thenMs: 5_389 },
      { kind: 'burst', a: 19, b: 2, thenMs: 2 },
    ],
    plan: { ...plainPlan, takesSmallFiles: true, makesCopies: true },
    fault: [
      {
        file: 'sidecar/agent/link/covered-since.ts',
        find: 'since + Math.min(0, wall.earliest(readAt) - now)',
        replace: 'since',
      },
    ],
  },
  {
    what: 'a comparison of which a mass is held is not the first of all: another directory may stand in the source’s place',
    seed: 500_017_304,
    steps: [
      { kind: 'wait', a: 36, b: 0, thenMs: 5 },
      { kind: 'write', a: 48, b: 55, thenMs: 43 },
      { kind: 'burst', a: 48, b: 0, thenMs: 2 },
      { kind: 'killAgent', a: 15, b: 2, thenMs: 13 },
      { kind: 'unmount', a: 42, b: 36, thenMs: 180 },
      { kind: 'stepClock', a: 27, b: 32, thenMs: 32 },
      { kind: 'big', a: 52, b: 37, thenMs: 1 },
    ],
    plan: { ...plainPlan, takesSmallFiles: true, keepsMasses: true },
    fault: [
      {
        file: 'sidecar/agent/replicate/replica-record.ts',
        find: 'this.#held === null',
        replace: `this.#held?.reason !== 'SourceEmpty' && this.#held?.reason !== 'SourceReplaced'`,
      },
    ],
  },
  {
    what: 'what is written through a mapping is found although the clock was set back for it, and forward again',
    seed: 500_011_058,
    steps: [
      { kind: 'save', a: 36, b: 38, thenMs: 1 },
      { kind: 'wait', a: 19, b: 1, thenMs: 959 },
      { kind: 'stepClock', a: 35, b: 53, thenMs: 18 },
      { kind: 'write', a: 1, b: 0, thenMs: 100 },
      { kind: 'writeMapped', a: 12, b: 11, thenMs: 1 },
      { kind: 'stepClock', a: 3, b: 28, thenMs: 9_362 },
    ],
    plan: { ...plainPlan, takesSmallFiles: true },
    fault: [
      {
        file: 'sidecar/agent/source/unseen-changes.ts',
        find: 'this.#roundBegan = Math.min(this.#roundBegan, offset + this.#roundBeganAt);',
        replace: '',
      },
    ],
  },
];
