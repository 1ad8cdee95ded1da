import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileFilter } from '../../filter/filter.ts';
import { ChangeBatch } from './change-batch.ts';

const make = (): ChangeBatch =>
  new ChangeBatch(compileFilter({ exclude: ['*.tmp', '/cache/'], include: [] }), [
    'Write',
    'Create',
    'Delete',
    'Move',
    'Attributes',
  ]);

test('an excluded name that comes or goes changes the time of its directory, told once', () => {
  const batch = make();
  batch.created('d/a.tmp', false);
  batch.modified('d/a.tmp');
  batch.written('d/a.tmp');
  batch.deleted('d/a.tmp', false);
  batch.moved('d/b.tmp', 'e/c.tmp', false);
  const time = (path: string) => ({ kind: 'attributes', path, isDirectory: true });
  assert.deepEqual(batch.take(), [time('d'), time('e')]);
  batch.deleted('d/b.tmp', false);
  batch.created('top.tmp', false);
  assert.deepEqual(batch.take(), [time('d'), time('')]);
});

test('of names that were exchanged what is excluded as one type is gone as the other', () => {
  const batch = make();
  batch.replaced('cache', true, false);
  batch.replaced('cache', false, true);
  const [time] = batch.take().filter(({ kind }) => kind === 'attributes');
  assert.deepEqual(time, { kind: 'attributes', path: '', isDirectory: true });
  batch.replaced('cache', true, false);
  batch.replaced('a', false, true);
  assert.deepEqual(
    batch.take().map(({ kind, path }) => `${kind} ${path}`),
    ['delete cache', 'attributes ', 'delete a', 'create a', 'write a'],
  );
});

test('what happens below an excluded directory is nobody’s', () => {
  const batch = make();
  batch.created('cache/a.tmp', false);
  batch.created('cache/b', false);
  assert.deepEqual(batch.take(), []);
});

test('what leaves or enters by a move is told as gone or new, and so is the time of the directory', () => {
  const batch = make();
  batch.moved('d/a', 'e/a.tmp', false);
  batch.moved('d/b.tmp', 'f/b', false);
  assert.deepEqual(batch.take(), [
    { kind: 'attributes', path: 'e', isDirectory: true },
    { kind: 'delete', path: 'd/a', isDirectory: false },
    { kind: 'attributes', path: 'd', isDirectory: true },
    { kind: 'create', path: 'f/b', isDirectory: false },
    { kind: 'write', path: 'f/b' },
  ]);
});
