import type { RecordedHistory } from './recorded-history.ts';

/** Of the first histories that were run. */
export const foundHistories: readonly RecordedHistory[] = [
  {
    what: 'a directory that stays for what is held in it is no difference',
    seed: 5_158,
    steps: [
      { kind: 'verify', a: 46, b: 36, thenMs: 0 },
      { kind: 'burst', a: 8, b: 5, thenMs: 26 },
      { kind: 'big', a: 43, b: 14, thenMs: 1 },
      { kind: 'write', a: 9, b: 22, thenMs: 1_035 },
      { kind: 'unmount', a: 59, b: 48, thenMs: 11 },
      { kind: 'symlink', a: 61, b: 29, thenMs: 2 },
    ],
    plan: { targets: [{ kind: 'receiver' }], filter: { include: [], exclude: [] }, verifies: true },
  },
  {
    what: 'a directory has its time where a rename gives it a name that is excluded there',
    seed: 7_601,
    steps: [
      { kind: 'big', a: 54, b: 9, thenMs: 2 },
      { kind: 'readOnlyTarget', a: 30, b: 0, thenMs: 9_768 },
      { kind: 'save', a: 5, b: 29, thenMs: 22 },
    ],
    plan: {
      targets: [{ kind: 'rsyncd' }, { kind: 'rsyncd', filter: { include: ['/a/b/', '/a/b/**'], exclude: ['/a/*'] } }],
      filter: { include: [], exclude: [] },
      verifies: false,
    },
  },
  {
    what: 'what is written through a mapping after the clock was set back is found',
    seed: 8_700_390,
    steps: [
      { kind: 'save', a: 36, b: 38, thenMs: 1 },
      { kind: 'link', a: 19, b: 1, thenMs: 959 },
      { kind: 'stepClock', a: 35, b: 53, thenMs: 18 },
      { kind: 'writeMapped', a: 12, b: 11, thenMs: 1 },
    ],
  },
  {
    what: 'what was deleted and not acknowledged is deleted again after a power cut, also where another directory has its name',
    seed: 8_611_094,
    steps: [
      { kind: 'big', a: 47, b: 39, thenMs: 39 },
      { kind: 'removeAll', a: 12, b: 46, thenMs: 2 },
      { kind: 'wait', a: 22, b: 25, thenMs: 31 },
      { kind: 'cutPower', a: 3, b: 25, thenMs: 0 },
      { kind: 'mkdir', a: 39, b: 0, thenMs: 21 },
    ],
  },
  {
    what: 'what is below a directory that was renamed is there after a power cut',
    seed: 1,
    steps: [
      { kind: 'mkdir', a: 0, b: 0, thenMs: 3 },
      { kind: 'write', a: 4, b: 1, thenMs: 800 },
      { kind: 'rename', a: 0, b: 3, thenMs: 400 },
      { kind: 'cutPower', a: 1, b: 0, thenMs: 3 },
    ],
  },
  {
    what: 'what is told of a directory says nothing of what is written through a mapping in it',
    seed: 6_490,
    steps: [
      { kind: 'save', a: 51, b: 11, thenMs: 44 },
      { kind: 'mkdir', a: 24, b: 33, thenMs: 1 },
      { kind: 'writeMapped', a: 51, b: 26, thenMs: 36 },
    ],
    plan: {
      targets: [{ kind: 'rsyncd' }, { kind: 'receiver' }],
      filter: { include: [], exclude: ['a/'] },
      verifies: false,
    },
  },
  {
    what: 'a comparison is done when the directories that it has deleted in have their times',
    seed: 8_400_189,
    steps: [
      { kind: 'link', a: 48, b: 19, thenMs: 7_521 },
      { kind: 'big', a: 53, b: 58, thenMs: 55 },
      { kind: 'killReceiver', a: 50, b: 11, thenMs: 822 },
      { kind: 'big', a: 8, b: 52, thenMs: 11 },
      { kind: 'rename', a: 35, b: 13, thenMs: 1_442 },
      { kind: 'secondAgent', a: 52, b: 63, thenMs: 2 },
    ],
  },
  {
    what: 'what became of a big file counts, although the directory that it came with is done after it',
    seed: 8_236_450,
    steps: [
      { kind: 'big', a: 10, b: 8, thenMs: 56 },
      { kind: 'big', a: 10, b: 8, thenMs: 56 },
      { kind: 'big', a: 41, b: 61, thenMs: 58 },
      { kind: 'unreadable', a: 35, b: 6, thenMs: 0 },
      { kind: 'exchange', a: 54, b: 39, thenMs: 1 },
      { kind: 'save', a: 24, b: 40, thenMs: 21 },
    ],
  },
  {
    what: 'what is found after the root was replaced is no change of the former one',
    seed: 5_059_973,
    steps: [
      { kind: 'write', a: 39, b: 11, thenMs: 2 },
      { kind: 'big', a: 30, b: 50, thenMs: 33 },
      { kind: 'grow', a: 26, b: 18, thenMs: 4 },
      { kind: 'link', a: 39, b: 29, thenMs: 13 },
      { kind: 'unmount', a: 5, b: 61, thenMs: 50 },
      { kind: 'grow', a: 26, b: 18, thenMs: 4 },
      { kind: 'stepClock', a: 35, b: 37, thenMs: 2_580 },
    ],
  },
  {
    what: 'of two directories that were exchanged while events were lost both are watched',
    seed: 3_024_238,
    steps: [
      { kind: 'big', a: 29, b: 32, thenMs: 2 },
      { kind: 'mkdir', a: 37, b: 6, thenMs: 29 },
      { kind: 'burst', a: 9, b: 45, thenMs: 0 },
      { kind: 'exchange', a: 39, b: 25, thenMs: 2 },
      { kind: 'mkdir', a: 56, b: 16, thenMs: 1_747 },
      { kind: 'grow', a: 7, b: 30, thenMs: 0 },
    ],
  },
  {
    what: 'a clock that is set back makes nothing younger than it is',
    seed: 910_073,
    steps: [
      { kind: 'burst', a: 5, b: 8, thenMs: 2 },
      { kind: 'symlink', a: 32, b: 25, thenMs: 566 },
      { kind: 'save', a: 60, b: 29, thenMs: 1 },
      { kind: 'mkdir', a: 29, b: 50, thenMs: 25_332 },
      { kind: 'symlink', a: 61, b: 9, thenMs: 1 },
      { kind: 'burst', a: 12, b: 18, thenMs: 246 },
      { kind: 'save', a: 36, b: 19, thenMs: 408 },
      { kind: 'stepClock', a: 35, b: 13, thenMs: 5 },
    ],
  },
  {
    what: 'what changes quietly after an agent that had not yet compared is found',
    seed: 11_670,
    steps: [
      { kind: 'burst', a: 8, b: 25, thenMs: 1 },
      { kind: 'save', a: 37, b: 24, thenMs: 54 },
      { kind: 'leaveAgent', a: 40, b: 36, thenMs: 2 },
      { kind: 'rewriteQuietly', a: 1, b: 4, thenMs: 28 },
    ],
  },
  {
    what: 'what changes after the clock was set back, without an agent, is found',
    seed: 903_095,
    steps: [
      { kind: 'grow', a: 62, b: 13, thenMs: 45 },
      { kind: 'wait', a: 6, b: 37, thenMs: 625 },
      { kind: 'stepClock', a: 55, b: 33, thenMs: 40 },
      { kind: 'cutPower', a: 32, b: 14, thenMs: 1 },
      { kind: 'leaveAgent', a: 53, b: 51, thenMs: 5_389 },
      { kind: 'burst', a: 19, b: 2, thenMs: 2 },
    ],
  },
  {
    what: 'a rename during the first comparison is no replaced source',
    seed: 1_007_467,
    steps: [
      { kind: 'big', a: 57, b: 50, thenMs: 26 },
      { kind: 'rename', a: 48, b: 49, thenMs: 2 },
    ],
  },
  {
    what: 'a big file that is made again is not appended to the old one',
    seed: 1_090_428,
    steps: [
      { kind: 'grow', a: 50, b: 0, thenMs: 1 },
      { kind: 'big', a: 2, b: 5, thenMs: 4_949 },
      { kind: 'remove', a: 59, b: 48, thenMs: 0 },
      { kind: 'big', a: 29, b: 42, thenMs: 59 },
    ],
  },
  {
    what: 'a deletion that hangs until a new session has begun is made by that one',
    seed: 148,
    steps: [
      { kind: 'write', a: 37, b: 24, thenMs: 40 },
      { kind: 'write', a: 29, b: 10, thenMs: 19_152 },
      { kind: 'hang', a: 2, b: 12, thenMs: 2 },
      { kind: 'unreadable', a: 26, b: 42, thenMs: 1_214 },
      { kind: 'removeAll', a: 31, b: 41, thenMs: 1 },
    ],
  },
  {
    what: 'what was written under a name that goes at once is sent under the other name of the file',
    seed: 1_118,
    steps: [
      { kind: 'save', a: 14, b: 28, thenMs: 2 },
      { kind: 'link', a: 2, b: 1, thenMs: 2 },
      { kind: 'exchange', a: 50, b: 48, thenMs: 1_032 },
      { kind: 'truncate', a: 25, b: 16, thenMs: 7 },
      { kind: 'remove', a: 61, b: 41, thenMs: 2 },
    ],
  },
  {
    what: 'what was announced on a root that was replaced explains no deletion of a comparison',
    seed: 2,
    steps: [
      { kind: 'burst', a: 16, b: 3, thenMs: 0 },
      { kind: 'big', a: 61, b: 13, thenMs: 14 },
      { kind: 'unmount', a: 10, b: 0, thenMs: 603 },
    ],
  },
  {
    what: 'what was pending when the root was replaced is not announced as gone on the new one',
    seed: 592,
    steps: [
      { kind: 'write', a: 42, b: 15, thenMs: 29 },
      { kind: 'secondAgent', a: 35, b: 59, thenMs: 1 },
      { kind: 'burst', a: 36, b: 43, thenMs: 42 },
      { kind: 'unmount', a: 3, b: 45, thenMs: 14 },
    ],
  },
  {
    what: 'a rewrite among lost events is found although the clock was set back before',
    seed: 7_524,
    steps: [
      { kind: 'big', a: 15, b: 11, thenMs: 30 },
      { kind: 'stepClock', a: 46, b: 45, thenMs: 0 },
      { kind: 'unreadable', a: 32, b: 33, thenMs: 19_915 },
      { kind: 'burst', a: 48, b: 52, thenMs: 1_926 },
    ],
  },
];
