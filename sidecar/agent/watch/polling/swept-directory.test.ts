import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
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

test('an entry costs some 27 bytes and its name', () => {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  const used = (): number => {
    gc();
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
  const make = (n: number): SweptEntry => ({
    name: `file-${n}`,
    kind: 'file',
    version: [n, n + 0.5, n],
    isFresh: false,
  });
  const before = used();
  const directories = Array.from(
    { length: 20 },
    (_, d) => new SweptDirectory(Array.from({ length: 10_000 }, (_, n) => make(10_000 * d + n))),
  );
  const bytes = (used() - before) / 200_000;
  assert.equal(directories.length, 20);
  assert.ok(bytes < 60, `${bytes.toFixed(1)} bytes each`);
});
