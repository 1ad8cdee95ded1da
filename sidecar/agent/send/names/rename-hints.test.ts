import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../../../src/process/clock.ts';
import { PathLocks } from '../../locks/path-locks.ts';
import { makeBatch } from '../../pending/pending-batch.ts';
import { RecentNames } from './recent-names.ts';
import { type HintContext, tryRenames } from './rename-hints.ts';

const newest = { sequence: 1, at: 0 };
const batch = makeBatch(1, [{ from: 'a', path: 'b', isDirectory: true }], new Map(), newest);

/** A target that renames whatever it is asked to. */
const contextWith = (locks: PathLocks, onAsked: () => void) =>
  ({
    locks,
    epoch: 1,
    control: {
      rename: async ({ renames }: { renames: readonly unknown[] }) => {
        onAsked();
        return { results: renames.map(() => ({ renamed: true, matches: true })) };
      },
    },
    sentAs: new RecentNames(),
    source: { look: () => ({ kind: 'gone' }), fingerprint: async () => null, tickMs: 1 },
    filter: { excludes: () => false },
    preserve: { permissions: true, times: true, owners: false },
  }) as unknown as HintContext;

for (const below of ['a/x', 'b/x'])
  test(`a directory is renamed once no run sends ${below} any more, and nobody else works on either name meanwhile`, async () => {
    const locks = new PathLocks({ clock: systemClock });
    const order: string[] = [];
    const run = await locks.acquire([{ path: below, mode: 'X' }]);
    const renamed = tryRenames(
      batch,
      contextWith(locks, () => order.push('renamed')),
    );
    await sleep(20);
    const next = locks.acquire([{ path: below, mode: 'X' }]).then((held) => {
      order.push('next');
      held.release();
    });
    await sleep(20);
    order.push('run ended');
    run.release();
    assert.equal((await renamed).renamed, 1);
    await next;
    assert.deepEqual(order, ['run ended', 'renamed', 'next']);
  });

test('a rename that does not get its names in time is none: what has the new one is sent', async () => {
  const locks = new PathLocks({ clock: systemClock, timeoutMs: 20 });
  const run = await locks.acquire([{ path: 'b/x', mode: 'X' }]);
  const { renamed, deletes, replaced } = await tryRenames(batch, contextWith(locks, assert.fail));
  run.release();
  assert.deepEqual(
    { renamed, deletes, replaced },
    { renamed: 0, deletes: batch.movedAway, replaced: batch.moved.map(({ path }) => path) },
  );
});

const recent = (sent: Readonly<Record<string, string>>): RecentNames<string> => {
  const names = new RecentNames<string>();
  for (const [path, inode] of Object.entries(sent)) names.set(path, inode);
  return names;
};

test('what is renamed again and again, as logs and deployments are, is not sent for what had its names before', async () => {
  const sentAs = recent({ log: '1', 'log.1': '0', 'live/x': '10', 'new/x': '11' });
  const rename = async (files: Readonly<Record<string, string>>, ...pairs: [string, string, boolean][]) => {
    const context = {
      ...contextWith(new PathLocks({ clock: systemClock }), () => {}),
      source: {
        look: (path: string) =>
          files[path] ? { kind: 'file', inode: files[path] } : { kind: path === 'live' ? 'directory' : 'gone' },
        fingerprint: async () => null,
      },
      sentAs,
    } as unknown as HintContext;
    const renames = pairs.map(([from, path, isDirectory]) => ({ from, path, isDirectory }));
    return (await tryRenames(makeBatch(1, renames, new Map(), newest), context)).content;
  };
  const swap: [string, string, boolean][] = [
    ['live', 'old', true],
    ['new', 'live', true],
  ];
  const rotate: [string, string, boolean][] = [
    ['log.1', 'log.2', false],
    ['log', 'log.1', false],
  ];
  assert.deepEqual(await rename({ 'log.2': '0', 'log.1': '1' }, ...rotate), []);
  assert.deepEqual(await rename({ 'old/x': '10', 'live/x': '11' }, ...swap), []);
  sentAs.set('log', '2');
  sentAs.set('new/x', '12');
  assert.deepEqual(await rename({ 'log.2': '1', 'log.1': '2' }, ...rotate), []);
  assert.deepEqual(await rename({ 'old/x': '11', 'live/x': '12' }, ...swap), []);
  assert.deepEqual(await rename({ 'log.2': '7' }, ['log.1', 'log.2', false]), ['log.2']);
});

test('what was renamed is sent where another had its old name by when something was sent under that', async () => {
  const files: Record<string, string> = { 'b/same': '1', 'b/other': '2', file: '3' };
  const renames = [...batch.renames, { from: 'saving', path: 'file', isDirectory: false }];
  const context = {
    ...contextWith(new PathLocks({ clock: systemClock }), () => {}),
    source: {
      look: (path: string) =>
        files[path] ? { kind: 'file', inode: files[path] } : { kind: path === 'a' ? 'directory' : 'gone' },
      fingerprint: async () => null,
    },
    sentAs: recent({ 'a/same': '1', 'a/other': '20', 'a/gone': '4', saving: '30' }),
  } as unknown as HintContext;
  const { content } = await tryRenames(makeBatch(1, renames, new Map(), newest), context);
  assert.deepEqual(content, ['file', 'b/other']);
});
