import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PathTree, valuesBelow } from './path-tree.ts';

test('a name with 200,000 below it is walked like any other', () => {
  const tree = new PathTree<number>();
  for (let n = 0; n < 200_000; n++) tree.set(`top/${n}`, n);
  const top = tree.detach('top');
  assert.ok(top !== undefined);
  let count = 0;
  for (const { value } of valuesBelow(top)) count += value >= 0 ? 1 : 0;
  assert.equal(count, 200_000);
  assert.equal(tree.isEmpty, true);
});
