import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PathTimes } from './path-times.ts';

test('knows of each path what was noted of it last, however many there are', () => {
  const times = new PathTimes();
  const paths = Array.from({ length: 50_000 }, (_, n) => `directory-${n % 7}/file ${n}\xff`);
  for (const [n, path] of paths.entries()) times.set(path, n + 1);
  times.set(paths[3] as string, 77);
  assert.equal(times.size, paths.length);
  assert.equal(times.get(paths[3] as string), 77);
  const wrong = paths.filter((path, n) => n !== 3 && times.get(path) !== n + 1);
  assert.deepEqual(wrong, []);
  for (const other of ['', '/', 'directory-1', 'file 1']) assert.equal(times.get(other), undefined);
});
