import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BigFile, decideNext, type Next, type Situation } from './schedule.ts';

const file: BigFile = { notBefore: 0, bytes: 10_000_000, changedAt: 500, since: 900, isLow: false };
const low: BigFile = { ...file, bytes: 1e10, isLow: true };

const idle: Situation = {
  now: 1_000,
  workers: 4,
  minIntervalMs: 0,
  changesSince: [],
  bigFilesRunning: 0,
  lowRunning: 0,
  bulksRunning: 0,
  changesWaiting: 0,
  bigFilesWaiting: [],
  bulksWaiting: 0,
  lastBatchAt: Number.NEGATIVE_INFINITY,
  changesLately: 0,
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
  ['a change a while after some others', { changesWaiting: 1, changesLately: 30, lastBatchAt: 990 }, 'changes'],
  ['many that come one by one gather', { changesWaiting: 1, changesLately: 80, lastBatchAt: 990 }, 'wait 1050'],
  ['200 a second leave as they come', { changesWaiting: 1, changesLately: 65, lastBatchAt: 990 }, 'changes'],
  ['until they are many', { changesWaiting: 500, changesLately: 80, lastBatchAt: 990 }, 'changes'],
  ['and no longer than is asked', { changesWaiting: 1, changesLately: 80, lastBatchAt: 939 }, 'changes'],
  ['a spent budget gathers', { changesWaiting: 1, gatherUntil: 1_080 }, 'wait 1080'],
  ['changes go before all else', { changesWaiting: 1, bigFilesWaiting: [file], bulksWaiting: 1 }, 'changes'],
  ['a big file', { bigFilesWaiting: [file] }, 'bigFile 0'],
  [
    'a big file that was read lately waits',
    { bigFilesWaiting: [5_000, 3_000].map((notBefore) => ({ ...file, notBefore })) },
    'wait 3000',
  ],
  ['big files leave a place', { bigFilesWaiting: [file], bigFilesRunning: 3 }, 'wait Infinity'],
  ['which changes take', { changesWaiting: 1, bigFilesRunning: 3, bigFilesWaiting: [file] }, 'changes'],
  ['even with one worker', { changesWaiting: 1, workers: 1, bigFilesRunning: 1 }, 'changes'],
  ['with one worker a big file goes too', { workers: 1, bigFilesWaiting: [file] }, 'bigFile 0'],
  ['a pass’s find', { bulksWaiting: 3 }, 'bulk'],
  ['one at a time', { bulksWaiting: 3, bulksRunning: 1 }, 'wait Infinity'],
  [
    'a pass counts among the long ones',
    { bigFilesWaiting: [file], bigFilesRunning: 2, bulksRunning: 1 },
    'wait Infinity',
  ],
  ['changes beside a pass and big files', { changesWaiting: 1, bigFilesRunning: 2, bulksRunning: 1 }, 'changes'],
  ['of big files the small first', { bigFilesWaiting: [{ ...file, bytes: 1e9 }, file] }, 'bigFile 1'],
  ['of like size the new first', { bigFilesWaiting: [file, { ...file, bytes: 11e6, changedAt: 600 }] }, 'bigFile 1'],
  [
    'what may not be read yet holds up none',
    {
      bigFilesWaiting: [
        { ...file, notBefore: 9e9 },
        { ...file, bytes: 1e9 },
      ],
    },
    'bigFile 1',
  ],
  [
    'who waited a minute goes before smaller ones',
    { bigFilesWaiting: [file, { ...file, bytes: 1e9, since: -60_000 }] },
    'bigFile 1',
  ],
  [
    'of two that waited long the first',
    { bigFilesWaiting: [-60_000, -61_000].map((since) => ({ ...file, since })) },
    'bigFile 1',
  ],
  ['one of low priority goes when nothing else waits', { bigFilesWaiting: [low] }, 'bigFile 0'],
  ['not beside changes that wait', { bigFilesWaiting: [low], changesWaiting: 1, changesSince: [990] }, 'wait 1020'],
  ['nor before a pass’s find', { bigFilesWaiting: [low], bulksWaiting: 1 }, 'bulk'],
  ['nor while that waits for its place', { bigFilesWaiting: [low], bulksWaiting: 1, bulksRunning: 1 }, 'wait Infinity'],
  ['nor before another big file', { bigFilesWaiting: [low, { ...file, bytes: 2e10 }] }, 'bigFile 1'],
  ['but before one that may not be read yet', { bigFilesWaiting: [low, { ...file, notBefore: 5_000 }] }, 'bigFile 0'],
  ['and one at a time', { bigFilesWaiting: [low], bigFilesRunning: 1, lowRunning: 1 }, 'wait Infinity'],
];

for (const [name, given, next] of table) {
  test(`schedule: ${name}: ${next}`, () => {
    assert.equal(wordOf(decideNext({ ...idle, ...given })), next);
  });
}

const wordOf = (next: Next): string =>
  next.kind === 'wait' ? `wait ${next.at}` : next.job === 'bigFile' ? `bigFile ${next.index}` : next.job;
