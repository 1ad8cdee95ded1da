import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NamedInodes } from './named-inodes.ts';

test('names are found at and below a directory, as long as they are kept', () => {
  const names = new NamedInodes();
  for (const [path, inode] of [
    ['d/one', '1:1'],
    ['d/e/two', '1:1'],
    ['dd/three', '1:2'],
    ['top', '1:3'],
  ] as const)
    names.set(path, inode);
  names.set('d/one', '1:4');
  assert.deepEqual([names.size, names.get('d/one')], [4, '1:4']);
  assert.deepEqual(names.atOrBelow('d', true), ['d/one', 'd/e/two']);
  assert.deepEqual(names.atOrBelow('d', false), []);
  assert.deepEqual(names.atOrBelow('top', true), ['top']);
  names.delete('d/e/two');
  names.delete('never/there');
  assert.deepEqual([names.atOrBelow('d/e', true), names.atOrBelow('d', true)], [[], ['d/one']]);
  names.forgetOldest();
  assert.deepEqual([names.atOrBelow('d', true), names.atOrBelow('', true)], [[], ['dd/three', 'top']]);
});

test('a directory that has none costs little, however many there are elsewhere', () => {
  const names = new NamedInodes();
  for (let n = 0; n < 20_000; n++) names.set(`farm/${n % 100}/file-${n}`, `1:${n}`);
  const usedMs = (work: () => void): number => {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1_000;
  };
  const one = usedMs(() => void names.atOrBelow('farm/7', true));
  const many = usedMs(() => {
    for (let n = 0; n < 1_000; n++) assert.deepEqual(names.atOrBelow(`gone/${n}`, true), []);
  });
  assert.ok(many < 100 * Math.max(one, 1), `${many} ms for 1,000 without, ${one} ms for one with`);
});
