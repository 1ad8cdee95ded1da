import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OpenFiles } from './open-files.ts';

test('a file that is renamed over another open one is the only one there, and is followed on', () => {
  const times = new Map([
    ['a', 1],
    ['b', 2],
  ]);
  const open = new OpenFiles((path) => times.get(path));
  for (const path of ['a', 'b']) open.add(path, 0);
  times.delete('a');
  times.set('b', 5);
  open.move('a', 'b');
  assert.equal(open.size, 1);
  assert.deepEqual(open.takeChanged(1), ['b']);
  times.delete('b');
  times.set('c', 6);
  open.move('b', 'c');
  assert.deepEqual(open.takeChanged(2), ['c']);
});
