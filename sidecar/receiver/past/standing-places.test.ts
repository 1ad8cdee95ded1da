import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HistoryRecord } from '../history/journal/history-record.ts';
import { StandingPlaces } from './standing-places.ts';

const made = (place: string): HistoryRecord => ({ kind: 'write', place, before: { kind: 'absent' } });
const moved = (from: string, to: string): HistoryRecord => ({ kind: 'move', from, to });
const attributes = { mode: 0o40755, uid: 0, gid: 0, mtimeNs: 1n, size: 0 };

/** What happens in the replica while `docs`, which stood at `data/d` then, is copied as it was. */
const table: readonly [string, HistoryRecord, readonly string[], readonly string[]][] = [
  ['a name is made in a directory that is copied', made('data/d/new'), ['docs/new'], []],
  ['something is renamed into it', moved('data/x', 'data/d/new'), ['docs/new'], []],
  ['something is renamed out of it', moved('data/d/old', 'data/x'), ['docs/old'], []],
  ['something is renamed to deep below it', moved('data/x', 'data/d/a/b/c'), ['docs/a'], []],
  ['the directory itself is renamed', moved('data/d', 'data/e'), ['docs'], []],
  [
    'its own attributes are set',
    { kind: 'write', place: 'data/d', before: { kind: 'directory', ...attributes } },
    [],
    ['docs'],
  ],
  ['something is renamed elsewhere', moved('data/x', 'data/y'), [], []],
];

for (const [what, record, stale, touched] of table)
  test(`a copy of the past while ${what}`, () => {
    const places = new StandingPlaces();
    places.addDirectory('data/d', 'docs');
    assert.deepEqual(places.findStale([record]), { stale, touched });
  });
