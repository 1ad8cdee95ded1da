import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileFilter } from '../../../filter/filter.ts';
import { encodeName, type ListedEntry } from '../../../protocol/verify.ts';
import { testSettings } from '../../testing/agent-fixture.ts';
import { compareLists } from './compare-lists.ts';

const entry = (name: string, type: ListedEntry['type'], more: Partial<ListedEntry> = {}): ListedEntry => ({
  ...{ name: encodeName(name), type, size: type === 'file' ? 5 : 0, mtime: '1000', mode: 0o644, uid: 0, gid: 0 },
  ...more,
});
const rules = {
  preserve: testSettings.sync.preserve,
  timeGranularityNs: 1,
  deletes: true,
  filter: compileFilter({ exclude: ['cache/', '*.tmp'], include: [] }),
};

/** What differs in the directory `d`, and of which files only the content can tell. */
const table: readonly [string, ListedEntry[], ListedEntry[], string[], string[]?][] = [
  [
    'nothing differs',
    [entry('a', 'file'), entry('s', 'directory')],
    [entry('a', 'file'), entry('s', 'directory')],
    [],
    ['d/a'],
  ],
  ['one is missing', [entry('a', 'file')], [], ['missing d/a']],
  ['one is too much', [], [entry('a', 'file')], ['extra d/a']],
  ['one is a directory there', [entry('a', 'file')], [entry('a', 'directory')], ['type d/a']],
  [
    'one holds something else',
    [entry('a', 'file', { hash: 'x' })],
    [entry('a', 'file', { hash: 'y' })],
    ['content d/a'],
  ],
  ['both were read and are alike', [entry('a', 'file', { hash: 'x' })], [entry('a', 'file', { hash: 'x' })], []],
  ['what is excluded is missing', [entry('a.tmp', 'file'), entry('cache', 'directory')], [], []],
  ['what is excluded is too much', [], [entry('a.tmp', 'file'), entry('cache', 'directory')], []],
  [
    'a file has the name of a directory that is excluded',
    [entry('cache', 'directory')],
    [entry('cache', 'file')],
    ['extra d/cache'],
  ],
  [
    'a directory that is excluded has the name of a file',
    [entry('cache', 'file')],
    [entry('cache', 'directory')],
    ['type d/cache'],
  ],
];

for (const [what, source, target, expected, alike = []] of table)
  test(`lists of both sides where ${what}`, () => {
    const found = compareLists('d', source, target, rules);
    assert.deepEqual(
      found.differences.map(({ kind, path }) => `${kind} ${path}`),
      expected,
    );
    assert.deepEqual(
      found.alike.map(({ path }) => path),
      alike,
    );
  });
