import { plainPlan } from '../world/world-plan.ts';
import type { FoundHistory } from './found-histories.ts';

/** The same of histories since the models have small files, copies and what an agent keeps for a restart. */
export const foundSinceRestarts: readonly FoundHistory[] = [
  [
    'what a target has lost with its power is sent again although it was in use in between',
    20_092_388,
    [
      { kind: 'big', a: 23, b: 45, thenMs: 2 },
      { kind: 'link', a: 1, b: 39, thenMs: 415 },
      { kind: 'burst', a: 54, b: 59, thenMs: 29 },
      { kind: 'truncate', a: 10, b: 51, thenMs: 8 },
      { kind: 'promote', a: 49, b: 28, thenMs: 1_396 },
      { kind: 'cutPower', a: 31, b: 11, thenMs: 24 },
    ],
    { ...plainPlan, filter: { include: [], exclude: ['a/'] }, makesCopies: true },
  ],
  [
    'a file that was renamed is not taken for the one that had its old name right after',
    20_061_453,
    [
      { kind: 'writeMapped', a: 39, b: 27, thenMs: 35 },
      { kind: 'big', a: 15, b: 50, thenMs: 49 },
      { kind: 'save', a: 14, b: 14, thenMs: 2 },
      { kind: 'save', a: 20, b: 53, thenMs: 1_307 },
    ],
    { ...plainPlan, takesSmallFiles: true, makesCopies: true, remembers: true },
  ],
  [
    'a target that had another root for a while is not known to have what the former one was',
    20_026_404,
    [
      { kind: 'pass', a: 50, b: 3, thenMs: 18_254 },
      { kind: 'unmount', a: 29, b: 21, thenMs: 6 },
      { kind: 'grow', a: 8, b: 2, thenMs: 5_558 },
      { kind: 'save', a: 16, b: 41, thenMs: 1 },
      { kind: 'setXattrs', a: 47, b: 4, thenMs: 1 },
      { kind: 'leaveAgent', a: 12, b: 13, thenMs: 1 },
      { kind: 'pass', a: 50, b: 3, thenMs: 18_254 },
    ],
    {
      targets: [{ kind: 'receiver' }, { kind: 'rsyncd' }],
      filter: { include: [], exclude: ['a/'] },
      verifies: false,
      remembers: true,
    },
  ],
  [
    'what the agent of a plain daemon had not sent when its pod was replaced is sent by the next, which knows nothing of it',
    20_014_764,
    [
      { kind: 'write', a: 0, b: 58, thenMs: 29_369 },
      { kind: 'burst', a: 39, b: 0, thenMs: 1 },
      { kind: 'secondAgent', a: 5, b: 57, thenMs: 0 },
    ],
    { ...plainPlan, targets: [{ kind: 'rsyncd' }] },
  ],
  [
    'attributes that are taken from a directory are taken from its copy, however small files are sent',
    1,
    [
      { kind: 'mkdir', a: 0, b: 0, thenMs: 100 },
      { kind: 'setXattrs', a: 0, b: 1, thenMs: 3_000 },
      { kind: 'setXattrs', a: 0, b: 3, thenMs: 3_000 },
    ],
    { ...plainPlan, takesSmallFiles: true },
  ],
  [
    'what is mounted over the source while names are compared is not what the target differs from',
    4_354,
    [
      { kind: 'copy', a: 56, b: 46, thenMs: 32 },
      { kind: 'burst', a: 22, b: 31, thenMs: 2 },
      { kind: 'verify', a: 26, b: 57, thenMs: 31 },
      { kind: 'unmount', a: 33, b: 26, thenMs: 1 },
    ],
    { ...plainPlan, filter: { include: [], exclude: ['/b/'] }, takesSmallFiles: true },
  ],
  [
    'what can not be read is no difference of a plain daemon’s',
    4_047,
    [
      { kind: 'grow', a: 27, b: 51, thenMs: 27 },
      { kind: 'mkdir', a: 51, b: 28, thenMs: 476 },
      { kind: 'unreadable', a: 63, b: 38, thenMs: 0 },
      { kind: 'verify', a: 24, b: 11, thenMs: 0 },
      { kind: 'wait', a: 0, b: 33, thenMs: 56 },
    ],
    { ...plainPlan, targets: [{ kind: 'rsyncd' }] },
  ],
  [
    'what another did to a target is no younger than when the target was known to be ours',
    41_137_650,
    [
      { kind: 'symlink', a: 10, b: 18, thenMs: 1_600 },
      { kind: 'big', a: 5, b: 51, thenMs: 16 },
      { kind: 'touch', a: 34, b: 37, thenMs: 15_987 },
      { kind: 'promote', a: 38, b: 63, thenMs: 16 },
      { kind: 'remove', a: 2, b: 55, thenMs: 1_401 },
    ],
    { ...plainPlan, takesSmallFiles: true, makesCopies: true },
  ],
  [
    'what is deleted because the source had something in the moment when another agent began is no loss',
    41_002_984,
    [
      { kind: 'promote', a: 30, b: 37, thenMs: 48 },
      { kind: 'writeMapped', a: 56, b: 26, thenMs: 24_362 },
      { kind: 'secondAgent', a: 33, b: 60, thenMs: 0 },
      { kind: 'big', a: 60, b: 27, thenMs: 44 },
    ],
    { ...plainPlan, targets: [{ kind: 'receiver' }, { kind: 'receiver' }], remembers: true },
  ],
  [
    'a file is gone whose name an excluded directory has, by an exchange of the two',
    41_156_195,
    [
      { kind: 'big', a: 63, b: 22, thenMs: 1 },
      { kind: 'symlink', a: 1, b: 27, thenMs: 1 },
      { kind: 'save', a: 51, b: 55, thenMs: 52 },
      { kind: 'exchange', a: 0, b: 25, thenMs: 12 },
    ],
    { ...plainPlan, filter: { include: [], exclude: ['/b/'] }, takesSmallFiles: true, makesCopies: true },
  ],
  [
    'what was written by a name that is gone at once is sent by another',
    41_041_946,
    [
      { kind: 'write', a: 37, b: 20, thenMs: 1_253 },
      { kind: 'link', a: 37, b: 38, thenMs: 27 },
      { kind: 'write', a: 62, b: 34, thenMs: 0 },
      { kind: 'remove', a: 38, b: 18, thenMs: 1_870 },
    ],
    { ...plainPlan, makesCopies: true, remembers: true },
  ],
  [
    'what is missing on another root is not deleted at a plain daemon because that root is taken for the source while it waits for calm',
    42_011_692,
    [
      { kind: 'touch', a: 12, b: 29, thenMs: 8_346 },
      { kind: 'chmod', a: 50, b: 14, thenMs: 1_356 },
      { kind: 'exchange', a: 11, b: 37, thenMs: 261 },
      { kind: 'setXattrs', a: 28, b: 24, thenMs: 1_919 },
      { kind: 'big', a: 5, b: 14, thenMs: 50 },
      { kind: 'unmount', a: 17, b: 33, thenMs: 3 },
    ],
    { ...plainPlan, targets: [{ kind: 'rsyncd' }], verifies: true, takesSmallFiles: true, makesCopies: true },
  ],
  [
    'events that are read because a name is gone come after those with it',
    42_038_127,
    [
      { kind: 'big', a: 34, b: 20, thenMs: 2 },
      { kind: 'rename', a: 53, b: 1, thenMs: 21 },
      { kind: 'write', a: 60, b: 13, thenMs: 11 },
      { kind: 'exchange', a: 6, b: 12, thenMs: 321 },
    ],
    { ...plainPlan, takesSmallFiles: true, makesCopies: true },
  ],
  [
    'what changed before a restart is looked for on the source, also where another directory stood in its place at first',
    64_009_234,
    [
      { kind: 'write', a: 48, b: 55, thenMs: 43 },
      { kind: 'burst', a: 48, b: 0, thenMs: 2 },
      { kind: 'killAgent', a: 3, b: 2, thenMs: 7 },
      { kind: 'unmount', a: 40, b: 36, thenMs: 180 },
      { kind: 'stepClock', a: 27, b: 32, thenMs: 2 },
    ],
    { ...plainPlan, takesSmallFiles: true, remembers: true },
  ],
];
