import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runHistory } from './history/run-history.ts';
import { simulate, writeFailure } from './history/simulate.ts';
import type { Step } from './history/step.ts';

const histories = Number(process.env.SIMULATED_HISTORIES ?? 20_000);

test(`${histories} random histories end in sync, and equal`, async () => {
  const result = await simulate({ from: 1, count: histories, steps: 20, shrinks: true, workers: 2 });
  assert.equal(result.failed === undefined ? '' : writeFailure(result.failed), '');
  assert.equal(result.histories, histories);
});

test('the same seed and steps give the same history', async () => {
  const steps: Step[] = [
    { kind: 'save', a: 0, b: 2, thenMs: 20 },
    { kind: 'killAgent', a: 1, b: 0, thenMs: 300 },
    { kind: 'grow', a: 1, b: 7, thenMs: 4 },
    { kind: 'cutPower', a: 2, b: 0, thenMs: 9_000 },
  ];
  const first = await runHistory(7, steps);
  assert.deepEqual(await runHistory(7, steps), first);
  assert.ok(first.turns > 50);
});

/** Histories that failed once, shrunk; each is a row of docs/defects.md. */
const found: readonly (readonly [what: string, seed: number, steps: readonly Step[]])[] = [
  [
    'what was deleted and not acknowledged is deleted again after a power cut, also where another directory has its name',
    8_611_094,
    [
      { kind: 'big', a: 47, b: 39, thenMs: 39 },
      { kind: 'removeAll', a: 12, b: 46, thenMs: 2 },
      { kind: 'wait', a: 22, b: 25, thenMs: 31 },
      { kind: 'cutPower', a: 3, b: 25, thenMs: 0 },
      { kind: 'mkdir', a: 39, b: 0, thenMs: 21 },
    ],
  ],
  [
    'what is below a directory that was renamed is there after a power cut',
    1,
    [
      { kind: 'mkdir', a: 0, b: 0, thenMs: 3 },
      { kind: 'write', a: 4, b: 1, thenMs: 800 },
      { kind: 'rename', a: 0, b: 3, thenMs: 400 },
      { kind: 'cutPower', a: 1, b: 0, thenMs: 3 },
    ],
  ],
  [
    'a comparison is done when the directories that it has deleted in have their times',
    8_400_189,
    [
      { kind: 'link', a: 48, b: 19, thenMs: 7_521 },
      { kind: 'big', a: 53, b: 58, thenMs: 55 },
      { kind: 'killReceiver', a: 50, b: 11, thenMs: 822 },
      { kind: 'big', a: 8, b: 52, thenMs: 11 },
      { kind: 'rename', a: 35, b: 13, thenMs: 1_442 },
      { kind: 'secondAgent', a: 52, b: 63, thenMs: 2 },
    ],
  ],
  [
    'what became of a big file counts, although the directory that it came with is done after it',
    8_236_450,
    [
      { kind: 'big', a: 10, b: 8, thenMs: 56 },
      { kind: 'big', a: 10, b: 8, thenMs: 56 },
      { kind: 'big', a: 41, b: 61, thenMs: 58 },
      { kind: 'unreadable', a: 35, b: 6, thenMs: 0 },
      { kind: 'exchange', a: 54, b: 39, thenMs: 1 },
      { kind: 'save', a: 24, b: 40, thenMs: 21 },
    ],
  ],
  [
    'what is found after the root was replaced is no change of the former one',
    5_059_973,
    [
      { kind: 'write', a: 39, b: 11, thenMs: 2 },
      { kind: 'big', a: 30, b: 50, thenMs: 33 },
      { kind: 'grow', a: 26, b: 18, thenMs: 4 },
      { kind: 'link', a: 39, b: 29, thenMs: 13 },
      { kind: 'unmount', a: 5, b: 61, thenMs: 50 },
      { kind: 'grow', a: 26, b: 18, thenMs: 4 },
      { kind: 'stepClock', a: 35, b: 37, thenMs: 2_580 },
    ],
  ],
  [
    'of two directories that were exchanged while events were lost both are watched',
    3_024_238,
    [
      { kind: 'big', a: 29, b: 32, thenMs: 2 },
      { kind: 'mkdir', a: 37, b: 6, thenMs: 29 },
      { kind: 'burst', a: 9, b: 45, thenMs: 0 },
      { kind: 'exchange', a: 39, b: 25, thenMs: 2 },
      { kind: 'mkdir', a: 56, b: 16, thenMs: 1_747 },
      { kind: 'grow', a: 7, b: 30, thenMs: 0 },
    ],
  ],
  [
    'a clock that is set back makes nothing younger than it is',
    910_073,
    [
      { kind: 'burst', a: 5, b: 8, thenMs: 2 },
      { kind: 'symlink', a: 32, b: 25, thenMs: 566 },
      { kind: 'save', a: 60, b: 29, thenMs: 1 },
      { kind: 'mkdir', a: 29, b: 50, thenMs: 25_332 },
      { kind: 'symlink', a: 61, b: 9, thenMs: 1 },
      { kind: 'burst', a: 12, b: 18, thenMs: 246 },
      { kind: 'save', a: 36, b: 19, thenMs: 408 },
      { kind: 'stepClock', a: 35, b: 13, thenMs: 5 },
    ],
  ],
  [
    'what changes quietly after an agent that had not yet compared is found',
    11_670,
    [
      { kind: 'burst', a: 8, b: 25, thenMs: 1 },
      { kind: 'save', a: 37, b: 24, thenMs: 54 },
      { kind: 'leaveAgent', a: 40, b: 36, thenMs: 2 },
      { kind: 'rewriteQuietly', a: 1, b: 4, thenMs: 28 },
    ],
  ],
  [
    'what changes after the clock was set back, without an agent, is found',
    903_095,
    [
      { kind: 'grow', a: 62, b: 13, thenMs: 45 },
      { kind: 'wait', a: 6, b: 37, thenMs: 625 },
      { kind: 'stepClock', a: 55, b: 33, thenMs: 40 },
      { kind: 'cutPower', a: 32, b: 14, thenMs: 1 },
      { kind: 'leaveAgent', a: 53, b: 51, thenMs: 5_389 },
      { kind: 'burst', a: 19, b: 2, thenMs: 2 },
    ],
  ],
  [
    'a rename during the first comparison is no replaced source',
    1_007_467,
    [
      { kind: 'big', a: 57, b: 50, thenMs: 26 },
      { kind: 'rename', a: 48, b: 49, thenMs: 2 },
    ],
  ],
  [
    'a big file that is made again is not appended to the old one',
    1_090_428,
    [
      { kind: 'grow', a: 50, b: 0, thenMs: 1 },
      { kind: 'big', a: 2, b: 5, thenMs: 4_949 },
      { kind: 'remove', a: 59, b: 48, thenMs: 0 },
      { kind: 'big', a: 29, b: 42, thenMs: 59 },
    ],
  ],
  [
    'a deletion that hangs until a new session has begun is made by that one',
    148,
    [
      { kind: 'write', a: 37, b: 24, thenMs: 40 },
      { kind: 'write', a: 29, b: 10, thenMs: 19_152 },
      { kind: 'hang', a: 2, b: 12, thenMs: 2 },
      { kind: 'unreadable', a: 26, b: 42, thenMs: 1_214 },
      { kind: 'removeAll', a: 31, b: 41, thenMs: 1 },
    ],
  ],
  [
    'what was written under a name that goes at once is sent under the other name of the file',
    1_118,
    [
      { kind: 'save', a: 14, b: 28, thenMs: 2 },
      { kind: 'link', a: 2, b: 1, thenMs: 2 },
      { kind: 'exchange', a: 50, b: 48, thenMs: 1_032 },
      { kind: 'truncate', a: 25, b: 16, thenMs: 7 },
      { kind: 'remove', a: 61, b: 41, thenMs: 2 },
    ],
  ],
  [
    'what was announced on a root that was replaced explains no deletion of a comparison',
    2,
    [
      { kind: 'burst', a: 16, b: 3, thenMs: 0 },
      { kind: 'big', a: 61, b: 13, thenMs: 14 },
      { kind: 'unmount', a: 10, b: 0, thenMs: 603 },
    ],
  ],
  [
    'what was pending when the root was replaced is not announced as gone on the new one',
    592,
    [
      { kind: 'write', a: 42, b: 15, thenMs: 29 },
      { kind: 'secondAgent', a: 35, b: 59, thenMs: 1 },
      { kind: 'burst', a: 36, b: 43, thenMs: 42 },
      { kind: 'unmount', a: 3, b: 45, thenMs: 14 },
    ],
  ],
  [
    'a rewrite among lost events is found although the clock was set back before',
    7_524,
    [
      { kind: 'big', a: 15, b: 11, thenMs: 30 },
      { kind: 'stepClock', a: 46, b: 45, thenMs: 0 },
      { kind: 'unreadable', a: 32, b: 33, thenMs: 19_915 },
      { kind: 'burst', a: 48, b: 52, thenMs: 1_926 },
    ],
  ],
];

for (const [what, seed, steps] of found) {
  test(what, async () => {
    assert.deepEqual((await runHistory(seed, steps)).violations, []);
  });
}
