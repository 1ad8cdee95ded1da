import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Before, HistoryRecord } from '../journal/history-record.ts';
import { PastTree } from './past-tree.ts';

const attributes = { mode: 0o100644, uid: 0, gid: 0, mtimeNs: 0n, size: 1 };
const absent: Before = { kind: 'absent' };
const kept = (number: number): Before => ({ kind: 'kept', number, ...attributes });
const wrote = (path: string, before: Before): HistoryRecord => ({ kind: 'write', place: `data/${path}`, before });
const moved = (from: string, to: string): HistoryRecord => ({ kind: 'move', from, to });
const renamed = (from: string, to: string): HistoryRecord => moved(`data/${from}`, `data/${to}`);

/** Where what was at a path is now. */
const rows: readonly [string, readonly HistoryRecord[], readonly string[], Record<string, string | null>][] = [
  ['what was replaced', [wrote('a', kept(1))], ['past/S/1', 'data/a'], { a: 'past/S/1', b: 'data/b' }],
  ['what was made', [wrote('a', absent)], ['data/a'], { a: null }],
  [
    'the first of two versions',
    [wrote('a', kept(1)), wrote('a', kept(2))],
    ['past/S/1', 'past/S/2'],
    { a: 'past/S/1' },
  ],
  ['noted and not kept, so not changed', [wrote('a', kept(1))], ['data/a'], { a: 'data/a' }],
  ['what was deleted with all below it', [moved('data/d', 'past/S/1')], ['past/S/1'], { 'd/x': 'past/S/1/x' }],
  ['a deletion of what was not there', [moved('data/d', 'past/S/1')], ['data/d'], { d: 'data/d' }],
  [
    'deleted and made again',
    [moved('data/d', 'past/S/1'), wrote('d', absent)],
    ['past/S/1', 'data/d'],
    { d: 'past/S/1' },
  ],
  [
    'changed, then renamed',
    [wrote('a', kept(1)), renamed('a', 'b')],
    ['past/S/1', 'data/b'],
    { a: 'past/S/1', b: null },
  ],
  [
    'renamed, then changed',
    [renamed('a', 'b'), wrote('b', kept(1))],
    ['past/S/1', 'data/b'],
    { a: 'past/S/1', b: null },
  ],
  [
    'renamed over another',
    [wrote('b', kept(1)), renamed('a', 'b')],
    ['past/S/1', 'data/b'],
    { a: 'data/b', b: 'past/S/1' },
  ],
  [
    'changed below what was renamed',
    [wrote('d/x', kept(1)), renamed('d', 'e'), wrote('e/x', kept(2))],
    ['past/S/1', 'past/S/2', 'data/e'],
    { 'd/x': 'past/S/1', 'd/y': 'data/e/y', e: null },
  ],
  [
    'two that were exchanged',
    [renamed('a', 't'), renamed('b', 'a'), renamed('t', 'b')],
    ['data/a', 'data/b'],
    { a: 'data/b', b: 'data/a', t: null },
  ],
  [
    'deleted, kept, put back',
    [moved('data/a', 'kept/m/entries/1'), moved('kept/m/entries/1', 'data/a')],
    ['data/a'],
    { a: 'data/a' },
  ],
  [
    'a mass that was let go into history',
    [moved('data/a', 'kept/m/entries/1'), moved('kept/m', 'past/S/1')],
    ['past/S/1', 'past/S/1/entries/1'],
    { a: 'past/S/1/entries/1' },
  ],
  [
    'a file that became a directory',
    [wrote('a', kept(1)), wrote('a/x', absent)],
    ['past/S/1', 'data/a'],
    { a: 'past/S/1' },
  ],
];

for (const [name, records, there, expected] of rows) {
  test(`the past is found: ${name}`, () => {
    const tree = new PastTree((place) => there.includes(place));
    for (const record of records.toReversed()) tree.undo(record, 'S');
    for (const [path, base] of Object.entries(expected)) assert.equal(tree.find(`data/${path}`).base, base, path);
  });
}

test('attributes of a directory are those of the oldest record, and what could not be kept is told', () => {
  const tree = new PastTree(() => true);
  const directory = (mode: number): Before => ({ kind: 'directory', ...attributes, mode });
  const records = [wrote('d', directory(1)), wrote('d', directory(2)), { kind: 'lost', place: 'data/x' } as const];
  for (const record of records.toReversed()) tree.undo(record, 'S');
  assert.equal(tree.find('data/d').attributes?.mode, 1);
  assert.equal(tree.find('data/d').base, 'data/d');
  assert.equal(tree.find('data/x').isLost, true);
});
