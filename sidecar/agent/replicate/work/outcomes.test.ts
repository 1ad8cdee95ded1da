import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createManualClock } from '../../../../src/process/manual-clock.ts';
import type { Deleted } from '../../deletions/deleter.ts';
import { nothingSent } from '../../send/executor.ts';
import { OwedEntries } from '../../send/outcome/owed-entries.ts';
import { Outcomes } from './outcomes.ts';
import { Unacknowledged } from './unacknowledged.ts';

const age = { sequence: 1, at: 0 };
const special = [{ path: 'pipe', why: 'special-file' }] as const;
const nothing: Deleted = { deleted: [], back: [], refused: [], held: undefined, failed: undefined };

const setUp = () => {
  const owed = new OwedEntries();
  return { owed, outcomes: new Outcomes(owed, new Unacknowledged(), createManualClock()) };
};

test('what had the name of a FIFO is owed as long as the target refuses to take it away', () => {
  const { owed, outcomes } = setUp();
  outcomes.note({ ...nothingSent, special }, age);
  outcomes.noteDeleted({ ...nothing, refused: [{ path: 'pipe', why: 'refused', text: 'Denied' }] }, age, special);
  assert.equal(owed.lacks('pipe'), true);
  assert.equal(outcomes.isClear('pipe'), false);
  outcomes.note({ ...nothingSent, special }, age);
  outcomes.noteDeleted({ ...nothing, deleted: ['pipe'] }, age, special);
  assert.equal(owed.lacks('pipe'), false);
  assert.equal(owed.has('pipe'), true, 'it is still counted as left out');
  assert.equal(outcomes.isClear('pipe'), true);
});

test('a name is clear until something else is sent under it, or something is renamed', () => {
  const { outcomes } = setUp();
  const clear = (): void => outcomes.noteDeleted({ ...nothing, deleted: ['pipe'] }, age, special);
  clear();
  outcomes.note({ ...nothingSent, arrived: ['pipe'] }, age);
  assert.equal(outcomes.isClear('pipe'), false);
  clear();
  outcomes.renamed([{ from: 'a', path: 'b', isDirectory: true, sequence: 2 } as never]);
  assert.equal(outcomes.isClear('pipe'), false);
});

test('a name is clear no more once another thing is made under it: its directory has another time', () => {
  const { outcomes } = setUp();
  for (const kind of ['content', 'attributes', 'created', 'remade', 'delete']) {
    outcomes.noteDeleted({ ...nothing, deleted: ['pipe'] }, age, special);
    outcomes.begun({ entries: new Map([['pipe', { kind } as never]]) });
    assert.equal(outcomes.isClear('pipe'), kind === 'content' || kind === 'attributes', kind);
  }
});

test('what is only renamed, or only to be compared, is not settled by the batch that does it', () => {
  const { owed, outcomes } = setUp();
  const dirt = { moved: undefined, subtree: undefined, sequence: age, at: 0 };
  const entries = new Map([
    ['from', { ...dirt, kind: 'moved-away' } as never],
    ['to', { ...dirt, kind: 'none', moved: 'from' } as never],
    ['compared', { ...dirt, kind: 'none', subtree: 'log-collapsed' } as never],
    ['sent', { ...dirt, kind: 'content' } as never],
  ]);
  for (const path of entries.keys()) owed.owe(path, 'changing', 'it was changed while it was read', age, 0);
  outcomes.done({ entries }, []);
  assert.deepEqual(
    [...entries.keys()].filter((path) => owed.has(path)),
    ['from', 'to', 'compared'],
  );
});

test('what was owed below a name that was sent with all below it is settled with that, but for what failed', () => {
  const { owed, outcomes } = setUp();
  for (const path of ['d/file', 'd/failed', 'file', 'c/file']) owed.owe(path, 'unreadable', 'denied', age, 0);
  const dirt = { moved: undefined, subtree: undefined, sequence: age, at: 0 };
  const entries = new Map(['d', 'file'].map((path) => [path, { ...dirt, kind: 'remade' } as never]));
  outcomes.done({ entries }, [{ refused: [{ path: 'd/failed', why: 'unreadable', text: 'denied' }] }]);
  assert.deepEqual(owed.paths, ['d/failed', 'c/file']);
});

test('what went is owed no more, with all below it, nor what was sent beside what failed', () => {
  const { owed, outcomes } = setUp();
  for (const path of ['gone', 'directory/below', 'sent', 'other']) owed.owe(path, 'refused', 'no', age, 0);
  outcomes.noteDeleted({ ...nothing, deleted: ['gone', 'directory'] }, age);
  outcomes.note({ ...nothingSent, arrived: ['sent'], failed: {} as never }, age);
  assert.deepEqual(owed.paths, ['other']);
});
