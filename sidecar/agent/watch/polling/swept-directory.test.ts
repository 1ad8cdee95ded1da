import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SweptDirectory, type SweptEntry } from './swept-directory.ts';

const entries: readonly SweptEntry[] = [
  { name: 'a', kind: 'file', version: [1, 2.5, 1e12], isFresh: true },
  { name: 'new\nline\xff', kind: 'other', version: [0, 0, 0], isFresh: false },
  { name: 'd', kind: 'directory', version: [16_877, 0, 65_534], isFresh: false },
];

test('keeps what it is given, names as bytes', () => {
  const directory = new SweptDirectory(entries);
  assert.deepEqual([...directory], entries);
  assert.equal(directory.size, 3);
  assert.deepEqual([...new SweptDirectory([])], []);
});

test('finds by name, in the same order and in another', () => {
  const directory = new SweptDirectory(entries);
  for (const names of [entries.map(({ name }) => name), ['d', 'other', 'a', 'new\nline\xff']]) {
    const find = directory.finder(names);
    const found = names.map((name, at) => find(name, at)).filter((entry) => entry !== undefined);
    assert.deepEqual(
      found,
      names.flatMap((name) => entries.filter((entry) => entry.name === name)),
    );
  }
});
