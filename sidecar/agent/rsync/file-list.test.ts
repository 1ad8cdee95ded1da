import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { directoriesTouched, encodeFileList } from './file-list.ts';

const linesOf = (paths: readonly string[]): string[] =>
  encodeFileList(paths).toString('latin1').split('\0').slice(0, -1);

test('what rsync would read as something else is written so that it is a path', () => {
  const table: readonly (readonly [path: string, line: string])[] = [
    ['a', './a'],
    ['a/b', 'a/b'],
    ['#a', './#a'],
    ['#a/b', './#a/b'],
    [';a/b', './;a/b'],
    ['a/#b', 'a/#b'],
    ['-a', './-a'],
    ['a\nb', './a\nb'],
    ['\xe9\xff', './\xe9\xff'],
  ];
  for (const [path, line] of table) assert.deepEqual(linesOf([path]), [line]);
});

test('the root is never listed as itself, for that would be all that is in it', () => {
  const name = fc.string({ minLength: 1, maxLength: 4, unit: fc.constantFrom('.', 'a', '#', ';', ' ') });
  const component = name.filter((text) => text !== '.' && text !== '..');
  const path = fc.array(component, { maxLength: 3 }).map((parts) => parts.join('/'));
  fc.assert(
    fc.property(fc.array(path), (paths) => {
      const lines = linesOf(paths);
      assert.equal(lines.length, paths.length);
      for (const [n, line] of lines.entries()) {
        assert.doesNotMatch(line, /^(\.\/)*\.?$|\/$|\/\.$|^[#;]/);
        if (paths[n] !== '') assert.equal(line.replace(/^\.\//, ''), paths[n]?.replace(/^\.\//, ''));
      }
    }),
  );
});

test('names the directories whose attributes a run sets', () => {
  const table: readonly (readonly [paths: string[], touched: string[]])[] = [
    [[], []],
    [['a'], ['', 'a']],
    [['a/b/c'], ['a', 'a/b', 'a/b/c']],
    [
      ['a/b', 'a/c'],
      ['a', 'a/b', 'a/c'],
    ],
    [['#a/b'], ['', '#a', '#a/b']],
  ];
  for (const [paths, touched] of table) assert.deepEqual([...directoriesTouched(paths)].sort(), touched.sort());
});
