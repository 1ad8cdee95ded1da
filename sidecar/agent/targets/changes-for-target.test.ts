import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileFilter } from '../../filter/filter.ts';
import type { Change } from '../changes/change.ts';
import type { Look } from '../source/source-view.ts';
import { changesForTarget } from './changes-for-target.ts';

const filter = compileFilter({ exclude: ['*.log', 'cache/', '/only/here'], include: ['keep.log'] });
const content = (path: string): Change => ({ kind: 'content', path });
const gone = (path: string): Change => ({ kind: 'delete', path });
const time = (path: string): Change => ({ kind: 'attributes', path });
const move = (from: string, path: string, isDirectory = false): Change => ({ kind: 'move', from, path, isDirectory });
const compare = (path: string): Change => ({ kind: 'subtree', path, reason: 'moved-in' });
const subtree = (path: string): Change => ({ kind: 'subtree', path, reason: 'overflow' });

const file = { size: 1, allocated: 512, inode: '1:1', modifiedAt: 1, changedAt: 1 };
const lookOf = (kind: Look['kind'], links = 1): Look => {
  if (kind === 'file') return { kind, links, ...file };
  if (kind === 'symlink') return { kind, links, inode: '1:1' };
  return kind === 'unreachable' ? { kind, why: 'denied' } : { kind };
};

const rows: readonly [what: string, change: Change, meaning: readonly Change[], kind?: Look['kind']][] = [
  ['content', content('a'), [content('a')]],
  ['excluded content', content('d/a.log'), []],
  ['excluded content that is new', { ...content('d/a.log'), created: true } as Change, [time('d')]],
  ['new below what is excluded', { ...content('cache/a'), created: true } as Change, []],
  ['included content', content('d/keep.log'), [content('d/keep.log')]],
  ['below what is excluded', content('cache/a'), []],
  ['a directory of a pattern for directories', content('cache'), [], 'directory'],
  ['a file of that name', content('cache'), [content('cache')], 'file'],
  ['what can’t be told', content('d/cache'), [compare('d')], 'gone'],
  ['the same out of reach', content('cache'), [compare('')], 'unreachable'],
  ['attributes', { kind: 'attributes', path: 'a.log' }, []],
  ['a deletion', gone('a'), [gone('a')]],
  ['of what is excluded', gone('a.log'), [time('')]],
  ['of what may be excluded, whatever stands there now', gone('d/cache'), [compare('d')], 'file'],
  ['a move', move('a', 'b'), [move('a', 'b')]],
  ['a move within what is excluded', move('a.log', 'd/b.log'), [time(''), time('d')]],
  ['a move out of it', move('e/a.log', 'd/a'), [content('d/a'), time('e')]],
  ['a move into it', move('d/a', 'e/a.log'), [gone('d/a'), time('e')]],
  ['a directory', move('a', 'b', true), [move('a', 'b', true), compare('b')]],
  ['a directory out of it', move('cache', 'b', true), [content('b'), compare('b'), time('')]],
  ['a directory into it', move('b', 'cache', true), [gone('b'), time('')]],
  ['a comparison', subtree('d'), [subtree('d')]],
  ['of what is excluded', subtree('d/cache/e'), []],
  ['of all', subtree(''), [subtree('')]],
];

test('a change means to a target what its filter leaves of it', () => {
  for (const [what, change, meaning, kind = 'gone'] of rows)
    assert.deepEqual(
      changesForTarget(change, filter, () => lookOf(kind)),
      meaning,
      what,
    );
});

test('what is written through an excluded name counts where the file has other names', () => {
  for (const change of [content('d/a.log'), time('d/a.log')])
    assert.deepEqual(
      changesForTarget(change, filter, () => lookOf('file', 2)),
      [change],
    );
});

test('where a pattern looks at names alone, a directory moves as it is', () => {
  const byName = compileFilter({ exclude: ['*.log'], include: [] });
  assert.deepEqual(
    changesForTarget(move('a', 'b', true), byName, () => lookOf('directory')),
    [move('a', 'b', true)],
  );
});
