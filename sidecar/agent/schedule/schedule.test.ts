import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decideNext, type Next, type Situation } from './schedule.ts';

const idle: Situation = {
  now: 1_000,
  workers: 4,
  minIntervalMs: 0,
  changesSince: [],
  bigFilesRunning: 0,
  bulksRunning: 0,
  changesWaiting: 0,
  bigFilesWaiting: [],
  bulksWaiting: 0,
  lastBatchAt: Number.NEGATIVE_INFINITY,
  gatherUntil: 1_000,
  typicalMs: 15,
};

const table: readonly (readonly [name: string, given: Partial<Situation>, next: string])[] = [
  ['nothing waits', {}, 'wait Infinity'],
  ['a lone change leaves at once', { changesWaiting: 1 }, 'changes'],
  ['a change gathers while a batch is young', { changesWaiting: 1, changesSince: [990] }, 'wait 1020'],
  ['and leaves when that takes long', { changesWaiting: 1, changesSince: [970] }, 'changes'],
  ['on a slow machine that is later', { changesWaiting: 1, changesSince: [900], typicalMs: 100 }, 'wait 1100'],
  ['but half a second at most', { changesWaiting: 1, changesSince: [400], typicalMs: 1_000 }, 'changes'],
  ['many don’t wait for a young batch', { changesWaiting: 500, changesSince: [999] }, 'changes'],
  ['no more batches than workers', { changesWaiting: 500, changesSince: [1, 2, 3, 4] }, 'wait Infinity'],
  ['the interval is kept', { changesWaiting: 900, lastBatchAt: 900, minIntervalMs: 500 }, 'wait 1400'],
  ['a spent budget gathers', { changesWaiting: 1, gatherUntil: 1_080 }, 'wait 1080'],
  ['changes go before all else', { changesWaiting: 1, bigFilesWaiting: [0], bulksWaiting: 1 }, 'changes'],
  ['a big file', { bigFilesWaiting: [0] }, 'bigFile'],
  ['a big file that was read lately waits', { bigFilesWaiting: [5_000, 3_000] }, 'wait 3000'],
  ['big files leave a place', { bigFilesWaiting: [0], bigFilesRunning: 3 }, 'wait Infinity'],
  ['which changes take', { changesWaiting: 1, bigFilesRunning: 3, bigFilesWaiting: [0] }, 'changes'],
  ['even with one worker', { changesWaiting: 1, workers: 1, bigFilesRunning: 1 }, 'changes'],
  ['with one worker a big file goes too', { workers: 1, bigFilesWaiting: [0] }, 'bigFile'],
  ['a pass’s find', { bulksWaiting: 3 }, 'bulk'],
  ['one at a time', { bulksWaiting: 3, bulksRunning: 1 }, 'wait Infinity'],
  ['a pass counts among the long ones', { bigFilesWaiting: [0], bigFilesRunning: 2, bulksRunning: 1 }, 'wait Infinity'],
  ['changes beside a pass and big files', { changesWaiting: 1, bigFilesRunning: 2, bulksRunning: 1 }, 'changes'],
];

for (const [name, given, next] of table) {
  test(`schedule: ${name}: ${next}`, () => {
    assert.equal(wordOf(decideNext({ ...idle, ...given })), next);
  });
}

const wordOf = (next: Next): string => (next.kind === 'start' ? next.job : `wait ${next.at}`);
