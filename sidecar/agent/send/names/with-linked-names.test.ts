import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Look } from '../../source/source-view.ts';
import type { Work } from '../plan-runs.ts';
import { linkGroups, withLinkedNames } from './with-linked-names.ts';

const looks: Record<string, Look> = { 'd.log': { kind: 'directory' } };
const wash = (content: string[], attributes: string[], names: Record<string, string[]> = {}) =>
  withLinkedNames(
    { content, attributes, deletes: ['z.log'] },
    {
      names: new Map(Object.entries(names)),
      excludes: (path, isDirectory) => !isDirectory && path.endsWith('.log'),
      look: (path) => looks[path] ?? { kind: 'gone' },
    },
  );

test('an excluded name stands for the others of its file, and is nothing to send or delete itself', () => {
  const deletes = ['z.log'];
  assert.deepEqual(wash(['a', 'b.log'], ['c.log']), { content: ['a'], attributes: [], deletes });
  assert.deepEqual(wash(['b.log'], [], { '1:1': ['b.log', 'b'] }), { content: ['b'], attributes: [], deletes });
  assert.deepEqual(wash([], ['c.log'], { '1:1': ['c.log', 'c'] }), { content: ['c'], attributes: [], deletes });
  // A pattern may mean files alone.
  assert.deepEqual(wash(['d.log'], []), { content: ['d.log'], attributes: [], deletes });
});

test('a file is known by new names alone as long as nothing else was told of any of its names', () => {
  const names = new Map([['1:1', ['a', 'b', 'left-out']]]);
  const groupOf = (work: Partial<Work>, owed = '') =>
    linkGroups(
      { content: [], attributes: [], deletes: [], ...work },
      { names, excludes: (path) => path === 'left-out', isOwed: (path) => path === owed },
    )('1:1', 'b');
  const both = ['b', 'a'];
  const fresh = new Set(['b']);
  assert.deepEqual(groupOf({ content: ['b'], fresh }), { names: both, fresh });
  assert.deepEqual(groupOf({ content: ['b'] }), { names: both });
  assert.deepEqual(groupOf({ content: ['a', 'b'], fresh }), { names: both });
  assert.deepEqual(groupOf({ content: ['b'], attributes: ['a'], fresh }), { names: both, fresh });
  assert.deepEqual(groupOf({ content: ['b'], deletes: ['a'], fresh }), { names: both });
  assert.deepEqual(groupOf({ content: ['b'], fresh }, 'a'), { names: both });
});
