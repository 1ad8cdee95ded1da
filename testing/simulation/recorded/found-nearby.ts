import type { SourcePatch } from '../calibration/patch-sources.ts';
import { plainPlan } from '../world/world-plan.ts';
import type { RecordedHistory } from './recorded-history.ts';

/** What is owed late waits until something else changes. */
const byNobody: readonly SourcePatch[] = [
  {
    file: 'sidecar/agent/replicate/session.ts',
    find: 'if (this.isOver) options.events.onLeftOver();',
    replace: '',
  },
];

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
    fault: [
      { file: 'sidecar/agent/replicate/held/held-deletes.ts', find: 'count === 0 ? null : ', replace: '' },
      { file: 'sidecar/agent/replicate/held/kept-deletes.ts', find: 'onBack();', replace: '' },
    ],
  },
  {
    what: 'what is held is counted anew once a mass was put back, although it was let go, and compared for that, before',
    seed: 2_001_841,
    steps: [
      { kind: 'save', a: 38, b: 36, thenMs: 1 },
      { kind: 'big', a: 1, b: 1, thenMs: 3_000 },
      { kind: 'save', a: 38, b: 36, thenMs: 1 },
      { kind: 'remove', a: 2, b: 15, thenMs: 4_630 },
      { kind: 'undelete', a: 1, b: 15, thenMs: 498 },
      { kind: 'pass', a: 1, b: 22, thenMs: 4 },
    ],
    plan: { ...plainPlan, keepsMasses: true, keepsHistory: true },
    fault: [{ file: 'sidecar/agent/replicate/held/kept-deletes.ts', find: 'onBack();', replace: '' }],
  },
  {
    what: 'what is being put back may go where somebody lets it go meanwhile',
    seed: 1_004_916,
    steps: [
      { kind: 'save', a: 38, b: 36, thenMs: 1 },
      { kind: 'save', a: 36, b: 38, thenMs: 1_425 },
      { kind: 'burst', a: 22, b: 20, thenMs: 35 },
      { kind: 'removeAll', a: 37, b: 7, thenMs: 2 },
      { kind: 'big', a: 54, b: 34, thenMs: 35 },
      { kind: 'remove', a: 2, b: 15, thenMs: 4_630 },
      { kind: 'undelete', a: 1, b: 15, thenMs: 498 },
      { kind: 'pass', a: 1, b: 22, thenMs: 4 },
    ],
    plan: { ...plainPlan, keepsMasses: true },
    fault: [{ file: 'testing/simulation/models/kept/kept-whole.ts', find: 'this.staysBack = false;', replace: '' }],
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
        file: 'sidecar/agent/link/notes/covered-since.ts',
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
        file: 'sidecar/agent/replicate/status/replica-record.ts',
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
        file: 'sidecar/agent/source/times/unseen-changes.ts',
        find: 'this.#roundBegan = Math.min(this.#roundBegan, offset + this.#roundBeganAt);',
        replace: '',
      },
    ],
  },
  {
    what: 'a big file that was written by a name which went at once is sent although the clock was set back before',
    seed: 7,
    steps: [
      { kind: 'big', a: 0, b: 1, thenMs: 3_000 },
      { kind: 'stepClock', a: 34, b: 23, thenMs: 0 },
      { kind: 'link', a: 4, b: 5, thenMs: 1 },
      { kind: 'rewriteQuietly', a: 5, b: 0, thenMs: 0 },
      { kind: 'remove', a: 5, b: 0, thenMs: 2 },
      { kind: 'chmod', a: 4, b: 0, thenMs: 0 },
    ],
    fault: [
      {
        file: 'sidecar/agent/source/times/unseen-changes.ts',
        find: 'this.#since += offset - this.#offset;',
        replace: '',
      },
    ],
  },
  {
    what: 'what was not sent when another directory took the source’s place is sent by the agent that is started once it is back',
    seed: 67_028_954,
    steps: [
      { kind: 'secondAgent', a: 58, b: 14, thenMs: 43 },
      { kind: 'write', a: 48, b: 55, thenMs: 43 },
      { kind: 'burst', a: 48, b: 0, thenMs: 2 },
      { kind: 'killAgent', a: 3, b: 2, thenMs: 7 },
      { kind: 'unmount', a: 40, b: 36, thenMs: 180 },
      { kind: 'stepClock', a: 27, b: 32, thenMs: 2 },
      { kind: 'wait', a: 37, b: 3, thenMs: 6_000 },
    ],
    plan: {
      targets: [{ kind: 'receiver' }, { kind: 'receiver', filter: { include: [], exclude: ['a/'] } }],
      filter: { include: [], exclude: ['c'] },
      verifies: false,
      takesSmallFiles: true,
      remembers: true,
      keepsHistory: true,
      hasLittleRoom: true,
      keepsMasses: true,
    },
    fault: [
      {
        file: 'sidecar/agent/replicate/status/replica-record.ts',
        find: 'this.#coversAll = false;\n    return did;',
        replace: 'return false;',
      },
    ],
  },
  {
    what: 'what was sent of another directory that nobody had noticed is found by a restart that knows where to look',
    seed: 60_536_396,
    steps: [
      { kind: 'write', a: 0, b: 0, thenMs: 100 },
      { kind: 'link', a: 0, b: 1, thenMs: 1_000 },
      { kind: 'remove', a: 0, b: 0, thenMs: 50_000 },
      { kind: 'unmount', a: 22, b: 4, thenMs: 0 },
      { kind: 'write', a: 37, b: 37, thenMs: 1_764 },
      { kind: 'leaveAgent', a: 42, b: 17, thenMs: 26_320 },
    ],
    plan: { ...plainPlan, takesSmallFiles: true, remembers: true },
    fault: [
      {
        file: 'sidecar/agent/replicate/session.ts',
        find: `if (this.#options.source.check() !== 'same') this.#options.proof?.forget();`,
        replace: '',
      },
    ],
  },
  {
    what: 'what is held of a file’s names at the target parts none that the source has',
    seed: 592,
    steps: [
      { kind: 'symlink', a: 48, b: 46, thenMs: 0 },
      { kind: 'link', a: 0, b: 26, thenMs: 1_728 },
      { kind: 'hang', a: 19, b: 5, thenMs: 2 },
      { kind: 'removeAll', a: 6, b: 52, thenMs: 2 },
      { kind: 'symlink', a: 48, b: 46, thenMs: 0 },
      { kind: 'unmount', a: 3, b: 45, thenMs: 14 },
    ],
    fault: [
      {
        file: 'testing/simulation/oracle/compare-volumes.ts',
        find: 'here.has(path) ? [inode] : []',
        replace: '[inode]',
      },
    ],
  },
  {
    what: 'what a run owes that ends after its session is sent by the next: attributes that hang beside a deletion that failed',
    seed: 1_008_573,
    steps: [
      { kind: 'copy', a: 29, b: 1, thenMs: 46 },
      { kind: 'write', a: 37, b: 24, thenMs: 40 },
      { kind: 'write', a: 29, b: 10, thenMs: 19_152 },
      { kind: 'hang', a: 2, b: 12, thenMs: 2 },
      { kind: 'save', a: 42, b: 11, thenMs: 1 },
      { kind: 'removeAll', a: 31, b: 41, thenMs: 1 },
      { kind: 'big', a: 47, b: 9, thenMs: 635 },
    ],
    plan: {
      ...plainPlan,
      targets: [{ kind: 'receiver' }, { kind: 'receiver', filter: { include: [], exclude: ['/b/'] } }],
      takesSmallFiles: true,
      makesCopies: true,
    },
    fault: byNobody,
  },
  {
    what: 'what a run owes that ends after its session is sent by the next: those of the root too',
    seed: 60_787_548,
    steps: [
      { kind: 'symlink', a: 48, b: 46, thenMs: 0 },
      { kind: 'link', a: 0, b: 26, thenMs: 1_728 },
      { kind: 'burst', a: 24, b: 22, thenMs: 43 },
      { kind: 'mkdir', a: 49, b: 54, thenMs: 2 },
      { kind: 'hang', a: 19, b: 5, thenMs: 2 },
      { kind: 'removeAll', a: 6, b: 52, thenMs: 2 },
      { kind: 'grow', a: 1, b: 48, thenMs: 1 },
      { kind: 'touch', a: 38, b: 34, thenMs: 1_225 },
    ],
    plan: {
      ...plainPlan,
      filter: { include: [], exclude: ['c'] },
      takesSmallFiles: true,
      makesCopies: true,
    },
    fault: byNobody,
  },
  {
    what: 'what has the name of a directory whose rename a power cut may have taken is not taken for that directory',
    seed: 1,
    steps: [
      { kind: 'mkdir', a: 0, b: 0, thenMs: 3 },
      { kind: 'write', a: 4, b: 1, thenMs: 800 },
      { kind: 'rename', a: 0, b: 3, thenMs: 400 },
      { kind: 'save', a: 60, b: 15, thenMs: 2 },
      { kind: 'cutPower', a: 51, b: 0, thenMs: 3 },
    ],
    fault: [
      {
        file: 'sidecar/agent/pending/pending-set.ts',
        find: '(this.meets(change.from) || this.meets(change.path))',
        replace: 'false',
      },
    ],
  },
];
