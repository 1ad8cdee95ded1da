import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { parentOf } from '../changes/paths.ts';
import type { Look } from '../source/source-view.ts';
import { testSettings } from '../testing/agent-fixture.ts';
import { bigFileBytes, type PlanContext, planRuns, type RunPlan, type Work } from './plan-runs.ts';

const nothing: Work = { content: [], attributes: [], deletes: [] };
const symlink = (links = 1, inode = '1:9'): Look => ({ kind: 'symlink', links, inode });
const file = (size = 1, links = 1, inode = '1:1'): Look => ({
  kind: 'file',
  size,
  allocated: size,
  links,
  inode,
  modifiedAt: 0,
  changedAt: 0,
});
const directory: Look = { kind: 'directory' };

const planOf = (
  tree: Readonly<Record<string, Look>>,
  work: Partial<Work>,
  change: Partial<PlanContext> & { sync?: PlanContext['sync'] } = {},
): RunPlan =>
  planRuns(
    { ...nothing, ...work },
    {
      sync: testSettings.sync,
      isClear: () => false,
      excludes: () => false,
      look: (path) => tree[path] ?? { kind: 'gone' },
      linkNames: (_, path) => ({ names: [path] }),
      lastSent: () => undefined,
      ...change,
    },
  );

const summary = ({ runs, deletions }: RunPlan): Record<string, readonly string[]> =>
  Object.fromEntries([
    ...runs.map(({ flavor, paths }) => [flavor, [...paths].sort()] as const),
    ...(deletions.length > 0 ? [['gone', [...deletions].sort()] as const] : []),
  ]);

test('what is there now decides, not what was said of it', () => {
  const tree = { d: directory, 'd/f': file(), l: symlink(), big: file(300_000) };
  const table: readonly (readonly [work: Partial<Work>, planned: Record<string, string[]>])[] = [
    [{ content: ['d/f'] }, { content: ['d/f'] }],
    [{ deletes: ['d/f'] }, { content: ['d/f'] }],
    [{ content: ['d/x'] }, { gone: ['d/x'] }],
    [{ content: ['x/y/z'], deletes: ['x/y'] }, { gone: ['x'] }],
    [{ content: ['d/f/below'] }, { content: ['d/f'] }],
    [{ content: ['l/below', 'l'] }, { content: ['l'] }],
    [{ attributes: ['d', 'd/f'] }, { content: ['d', 'd/f'] }],
    [{ attributes: ['big'] }, { attributes: ['big'] }],
    [{ attributes: ['big'], content: ['big'] }, { content: ['big'] }],
    [{ attributes: [''] }, { content: [''] }],
  ];
  for (const [work, planned] of table) assert.deepEqual(summary(planOf(tree, work)), planned, JSON.stringify(work));
});

test('what is excluded as what it is now is not sent: what had its name is gone', () => {
  const tree = { d: directory, 'd/cache': directory, 'd/log': file(), 'd/f': file() };
  const excludes: PlanContext['excludes'] = (path, isDirectory) => path === (isDirectory ? 'd/cache' : 'd/log');
  const plan = planOf(tree, { deletes: ['d/cache', 'd/log', 'd/f'], content: ['d/log/below'] }, { excludes });
  assert.deepEqual(summary(plan), { content: ['d/f'], gone: ['d/cache', 'd/log'] });
  assert.deepEqual([...plan.parents], ['d']);
});

test('what is larger than the limit is left out under each of its names, and goes when it is gone', () => {
  const tree = { huge: file(11), 'other name': file(11), just: file(10) };
  const plan = planOf(tree, { content: ['huge', 'just', 'was huge'], attributes: ['other name'] }, { maxFileSize: 10 });
  assert.deepEqual(summary(plan), { content: ['', 'just'], gone: ['was huge'] });
  assert.deepEqual(
    plan.skipped.map(({ path, why }) => `${path} ${why}`),
    ['huge too-large', 'other name too-large'],
  );
});

test('what can not be copied is left out with a reason', () => {
  const tree: Record<string, Look> = {
    pipe: { kind: 'special' },
    long: { kind: 'unreachable', why: 'too-long' },
    closed: { kind: 'unreachable', why: 'denied' },
  };
  const plan = planOf(tree, { content: ['pipe', 'long', 'closed'] });
  // Whatever had a pipe's name goes, and its directory has another time.
  assert.deepEqual(summary(plan), { content: [''], gone: ['pipe'] });
  assert.deepEqual(plan.skipped.map(({ path, why }) => `${path} ${why}`).sort(), [
    'closed denied',
    'long too-long',
    'pipe special-file',
  ]);
  const again = planOf(tree, { content: ['pipe'] }, { isClear: (path) => path === 'pipe' });
  assert.deepEqual(summary(again), {});
  assert.equal(again.skipped.length, 1);
  const { sync } = testSettings;
  const asked = planOf(
    tree,
    { content: ['pipe'] },
    { sync: { ...sync, preserve: { ...sync.preserve, devices: true } } },
  );
  assert.deepEqual(summary(asked), { content: ['pipe'] });
});

test('nothing that can not be read is taken for gone', () => {
  const tree: Record<string, Look> = { closed: { kind: 'unreachable', why: 'denied' } };
  const plan = planOf(tree, { deletes: ['closed', 'closed/below'] });
  assert.deepEqual(plan.deletions, []);
  const skipped = ['closed', 'closed/below'].map((path) => ({ path, why: 'denied' }));
  assert.deepEqual(plan.skipped, skipped, 'each is owed by its own name');
});

test('with Keep nothing is deleted', () => {
  const plan = planOf({}, { deletes: ['a'], content: ['b/c'] }, { sync: { ...testSettings.sync, delete: 'Keep' } });
  assert.deepEqual(plan.deletions, []);
});

test('all names of a linked file go together, unless links are not kept', () => {
  const tree = { a: file(1, 2), 'd/b': file(1, 2), d: directory };
  const linkNames = () => ({ names: ['a', 'd/b'] });
  assert.deepEqual(summary(planOf(tree, { content: ['a'] }, { linkNames })), { links: ['a', 'd/b'] });
  assert.deepEqual(summary(planOf(tree, { attributes: ['d/b'], content: ['a'] }, { linkNames })), {
    links: ['a', 'd/b'],
  });
  const { sync } = testSettings;
  const without = { ...sync, preserve: { ...sync.preserve, hardLinks: false } };
  assert.deepEqual(summary(planOf(tree, { content: ['a'] }, { linkNames, sync: without })), { content: ['a'] });
});

test('a small file that got new names alone is sent by these and some that it had, of which the target has one', () => {
  const linked = (inode: string, size = 1): Look => file(size, 2, inode);
  const groups: Record<string, readonly string[]> = {
    small: ['a', 'a.0', 'a.1'],
    written: ['b', 'b.0'],
    big: ['c', 'c.0'],
    allNew: ['d', 'd.0'],
    symlink: ['e', 'e.0'],
  };
  const tree: Record<string, Look> = {};
  for (const [inode, names] of Object.entries(groups))
    for (const name of names)
      tree[name] = inode === 'symlink' ? symlink(2, inode) : linked(inode, inode === 'big' ? 1_000_000 : 1);
  const fresh = new Set(['a', 'b', 'c', 'd', 'd.0', 'e']);
  const linkNames = (inode: string) => ({ names: groups[inode] ?? [], ...(inode === 'written' ? {} : { fresh }) });
  const plan = planOf(tree, { content: [...fresh] }, { linkNames });
  assert.deepEqual(summary(plan), {
    newLinks: ['a', 'a.0', 'a.1'],
    links: ['b', 'b.0', 'c', 'c.0', 'd', 'd.0', 'e', 'e.0'],
  });
  assert.deepEqual([...(plan.runs.find(({ flavor }) => flavor === 'newLinks')?.names ?? [])], groups.small);
});

test('of many names that a file had eight are listed', () => {
  const names = Array.from({ length: 30 }, (_, n) => `a.${n}`);
  const tree = Object.fromEntries(names.map((name) => [name, file(1, 30, 'a')]));
  const fresh = new Set(['a.29']);
  const plan = planOf(tree, { content: [...fresh] }, { linkNames: () => ({ names, fresh }) });
  assert.deepEqual(summary(plan), { newLinks: [...names.slice(0, 8), 'a.29'].sort() });
});

test('names of one symlink are sent together too', () => {
  const tree = { a: symlink(2), b: symlink(2), c: symlink() };
  const linkNames = () => ({ names: ['a', 'b'] });
  const plan = planOf(tree, { content: ['c'], attributes: ['b'] }, { linkNames });
  assert.deepEqual(summary(plan), { content: ['c'], links: ['a', 'b'] });
});

test('a big file has a run of its own, which appends to what has only grown', () => {
  const big = bigFileBytes * 2;
  const tree = { small: file(), big: file(bigFileBytes), grown: file(big), 'made again': file(big, 1, '1:2') };
  const lastSent = (path: string) => (path === 'big' ? undefined : { inode: '1:1', bytes: bigFileBytes });
  const plan = planOf(tree, { content: ['small', 'big', 'grown', 'made again'] }, { lastSent });
  assert.deepEqual(
    plan.runs.map(({ flavor, paths }) => [flavor, paths]),
    [
      ['content', ['small']],
      ['content', ['big']],
      ['append', ['grown']],
      ['content', ['made again']],
    ],
  );
});

test('of very many small files whose attributes changed the content is left where it is', () => {
  const names = Array.from({ length: 100 }, (_, n) => `f${n}`);
  const tree: Record<string, Look> = Object.fromEntries(names.map((name) => [name, file(10)]));
  const attributes = names.toSorted();
  const few = attributes.slice(0, 10);
  const big = { ...tree, big: file(300_000) };
  assert.deepEqual(summary(planOf(tree, { attributes })), { attributes });
  assert.deepEqual(summary(planOf(tree, { attributes: few })), { content: few });
  // There is a run of attributes anyway.
  assert.deepEqual(summary(planOf(big, { attributes: [...few, 'big'] })), { attributes: ['big', ...few] });
  assert.deepEqual(summary(planOf(tree, { attributes, content: few })), {
    content: few,
    attributes: attributes.filter((name) => !few.includes(name)),
  });
  const preserve = { ...testSettings.sync.preserve, acls: true };
  const sync = { ...testSettings.sync, preserve };
  assert.deepEqual(summary(planOf(tree, { attributes }, { sync })), { attributes });
  assert.deepEqual(summary(planOf(tree, { attributes }, { sync, hasHistory: true })), { content: attributes });
});

test('every path asked for is sent, deleted by its topmost missing one, or left out; nothing twice', () => {
  const path = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
  const kinds = fc.constantFrom<Look>(directory, directory, file(), symlink(), { kind: 'special' }, { kind: 'gone' });
  const paths = fc.array(path, { maxLength: 12 });
  fc.assert(
    fc.property(fc.dictionary(path, kinds), paths, paths, paths, (raw, content, attributes, deletes) => {
      const look = (at: string): Look => {
        if (at === '') return directory;
        // As lstat does: below what is no directory there is nothing.
        const above = look(parentOf(at));
        return above.kind === 'directory' ? (raw[at] ?? { kind: 'gone' }) : { kind: 'gone' };
      };
      const plan = planOf({}, { content, attributes, deletes }, { look });
      const sent = plan.runs.flatMap((run) => run.paths);
      const skipped = plan.skipped.map(({ path }) => path);
      const all = [...sent, ...plan.deletions];
      assert.equal(new Set(all).size, all.length);
      // Of what is left out nothing else is to have the name.
      for (const path of skipped) assert.ok(plan.deletions.includes(path));
      for (const gone of plan.deletions) {
        assert.equal(look(gone).kind, skipped.includes(gone) ? 'special' : 'gone');
        assert.equal(look(parentOf(gone)).kind, 'directory');
        assert.ok(plan.parents.has(parentOf(gone)));
      }
      for (const there of sent) assert.notEqual(look(there).kind, 'gone');
      for (const asked of [...content, ...attributes, ...deletes]) {
        const chain = asked.split('/').map((_, n, parts) => parts.slice(0, n + 1).join('/'));
        assert.ok(
          chain.some((at) => all.includes(at)),
          asked,
        );
      }
    }),
  );
});
