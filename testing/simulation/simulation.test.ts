import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runHistory } from './history/run-history.ts';
import { simulate, writeFailure } from './history/simulate.ts';
import type { Step } from './history/step.ts';

const histories = Number(process.env.SIMULATED_HISTORIES ?? 6_000);

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
  assert.ok(first.turns > 100);
});

/** Histories that failed once, shrunk; each is a row of docs/defects.md. */
const found: readonly (readonly [what: string, seed: number, steps: readonly Step[]])[] = [
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
