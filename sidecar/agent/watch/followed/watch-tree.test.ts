import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WatchTree } from './watch-tree.ts';

const build = () => {
  const tree = new WatchTree();
  const a = tree.attach(tree.root, 'a');
  const b = tree.attach(a, 'b');
  const c = tree.attach(b, 'c');
  tree.bind(tree.root, 1);
  tree.bind(a, 2);
  tree.bind(b, 3);
  return { tree, a, b, c };
};

test('builds paths on demand', () => {
  const { tree, c } = build();
  assert.equal(tree.pathOf(tree.root), '');
  assert.equal(tree.pathOf(c), 'a/b/c');
  assert.equal(tree.pathIn(c, 'file'), 'a/b/c/file');
  assert.equal(tree.pathIn(tree.root, 'file'), 'file');
});

test('a moved directory takes all below it along', () => {
  const { tree, b, c } = build();
  tree.pathOf(c);
  tree.move(b, tree.root, 'z');
  assert.equal(tree.pathOf(c), 'z/c');
  assert.equal(tree.nodeOf(3), b);
  assert.equal(tree.root.children?.get('a')?.children, undefined);
});

test('a detached directory leaves with all below it', () => {
  const { tree, a, b, c } = build();
  const released: [string, number][] = [];
  tree.detach(a, (node, wd) => released.push([node.name, wd]));
  assert.deepEqual(released, [
    ['a', 2],
    ['b', 3],
    ['c', -1],
  ]);
  assert.deepEqual([a.attached, b.attached, c.attached], [false, false, false]);
  assert.equal(tree.watched, 1);
  assert.equal(tree.nodeOf(3), undefined);
});

test('knows what is below what', () => {
  const { tree, a, c } = build();
  assert.equal(tree.isWithin(c, a), true);
  assert.equal(tree.isWithin(a, c), false);
  assert.equal(tree.isWithin(a, a), true);
});

test('a directory of 200,000 leaves like any other', () => {
  const tree = new WatchTree();
  const top = tree.attach(tree.root, 'top');
  for (let n = 0; n < 200_000; n++) tree.bind(tree.attach(top, `d${n}`), n);
  let released = 0;
  tree.detach(top, () => {
    released += 1;
  });
  assert.equal(released, 200_001);
  assert.equal(tree.watched, 0);
});
