import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countEntries, pathsOf, sortMissing } from './sort-missing.ts';

const found = ['a', 'a.d', 'd/x', 'm', 'm/below', 'waits'].map((path, at) => ({ path, entries: at + 1 }));

test('sorts what is missing by what is known of it', () => {
  const table = [
    [{ announced: [], mountsLost: [] }, ['a', 'a.d', 'd/x', 'm', 'm/below'], []],
    [{ announced: ['d'], mountsLost: [] }, ['a', 'a.d', 'm', 'm/below'], ['d/x']],
    [{ announced: ['a'], mountsLost: ['m'] }, ['a.d', 'd/x', 'm'], ['a']],
    [{ announced: [''], mountsLost: ['m'] }, [], ['a', 'a.d', 'd/x', 'm']],
  ] as const;
  for (const [known, unexplained, announced] of table) {
    const missing = sortMissing(found, { ...known, explains: (path) => path === 'waits' });
    assert.deepEqual(pathsOf(missing.unexplained), unexplained);
    assert.deepEqual(pathsOf(missing.announced), announced);
    assert.deepEqual(pathsOf(missing.explained), ['waits']);
  }
});

test('counts entries, not paths', () => {
  assert.equal(countEntries(found), 21);
});
