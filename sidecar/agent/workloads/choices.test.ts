import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Storm } from '../../../testing/storm/storm.ts';
import { compareTrees } from '../../../testing/trees/compare-trees.ts';
import { startReplica, testSettings, waitFor } from '../testing/agent-fixture.ts';

const seed = process.env.STORM_SEED === undefined ? {} : { seed: Number(process.env.STORM_SEED) };

for (const [name, sync] of [
  ['zstd', { compression: 'zstd' }],
  ['lz4 and one worker', { compression: 'lz4', workers: 1 }],
  ['an interval', { minIntervalMs: 300 }],
] as const) {
  test(`a storm with ${name} ends equal`, { timeout: 600_000 }, async (t) => {
    const replica = await startReplica({ sync });
    t.after(() => replica.close());
    const storm = new Storm(replica.source, seed);
    t.diagnostic(`STORM_SEED=${storm.seed}`);
    await storm.run({ steps: 250, pauseMs: 3 });
    await replica.assertEqual();
  });
}

test('what is written through one name of a file is in all, also where links are not kept', async (t) => {
  const replica = await startReplica({ sync: { preserve: { ...testSettings.sync.preserve, hardLinks: false } } });
  t.after(() => replica.close());
  const { source, data } = replica;
  writeFileSync(join(source, 'a'), 'before');
  linkSync(join(source, 'a'), join(source, 'b'));
  await replica.settled();
  writeFileSync(join(source, 'b'), 'afterwards');
  await replica.settled();
  for (const name of ['a', 'b']) assert.equal(readFileSync(join(data, name), 'utf8'), 'afterwards', name);
  assert.equal(statSync(join(data, 'a')).nlink, 1);
});

test('what is excluded is neither sent nor deleted, also with a directory around it', {
  timeout: 600_000,
}, async (t) => {
  const replica = await startReplica({
    settings: { filter: { exclude: ['*.log', '/cache/'], include: ['keep.log'] } },
    prepare: (source, target) => {
      for (const [root, text] of [
        [source, 'source'],
        [target, 'at the target'],
      ] as const) {
        mkdirSync(join(root, 'cache/deep'), { recursive: true });
        mkdirSync(join(root, 'd/deep'), { recursive: true });
        for (const path of ['a.txt', 'a.log', 'keep.log', 'cache/deep/x', 'd/deep/b.log', 'd/deep/b.txt', 'd/c.txt'])
          writeFileSync(join(root, path), text);
      }
      writeFileSync(join(target, 'only.log'), 'at the target');
      writeFileSync(join(target, 'only.txt'), 'at the target');
    },
  });
  t.after(() => replica.close());
  const { source, data } = replica;
  const told = (path: string): string => (existsSync(join(data, path)) ? readFileSync(join(data, path), 'utf8') : '-');
  await replica.settled();
  for (const path of ['a.txt', 'keep.log', 'd/deep/b.txt']) assert.equal(told(path), 'source', path);
  for (const path of ['a.log', 'cache/deep/x', 'only.log', 'd/deep/b.log'])
    assert.equal(told(path), 'at the target', path);
  assert.equal(told('only.txt'), '-');

  writeFileSync(join(source, 'a.log'), 'changed');
  writeFileSync(join(source, 'cache/new'), 'new');
  rmSync(join(source, 'd/deep'), { recursive: true });
  await waitFor('the deletion', () => told('d/deep/b.txt') === '-');
  await replica.settled();
  assert.equal(told('d/deep/b.log'), 'at the target', 'excluded, so its directory stays');
  assert.equal(told('cache/new'), '-');
  rmSync(join(source, 'd'), { recursive: true });
  writeFileSync(join(source, 'd'), 'a file in its place');
  await replica.settled();
  renameSync(join(source, 'a.txt'), join(source, 'a.log.txt'));
  renameSync(join(source, 'keep.log'), join(source, 'gone.log'));
  renameSync(join(source, 'a.log'), join(source, 'b.txt'));
  await waitFor('a name that is not excluded any more', () => told('b.txt') === 'changed');
  await replica.settled();
  assert.equal(told('keep.log'), '-');
  assert.equal(told('gone.log'), '-');
  assert.equal(told('a.log'), 'at the target');
  assert.equal(told('a.log.txt'), 'source');
});

test('with Keep nothing is ever deleted', { timeout: 600_000 }, async (t) => {
  const replica = await startReplica({
    sync: { delete: 'Keep' },
    prepare: (_, target) => mkdirSync(join(target, 'old'), { recursive: true }),
  });
  t.after(() => replica.close());
  const { source, data } = replica;
  writeFileSync(join(source, 'a'), 'a');
  mkdirSync(join(source, 'd'));
  writeFileSync(join(source, 'd/b'), 'b');
  await replica.settled();
  rmSync(join(source, 'a'));
  renameSync(join(source, 'd'), join(source, 'e'));
  writeFileSync(join(source, 'after'), 'x');
  await waitFor('what came after', () => existsSync(join(data, 'after')));
  await replica.settled();
  assert.deepEqual(readdirSync(data).sort(), ['a', 'after', 'd', 'e', 'old']);
  assert.equal(readFileSync(join(data, 'd/b'), 'utf8'), 'b');
  assert.equal(readFileSync(join(data, 'e/b'), 'utf8'), 'b');
});

test('a limit of bandwidth is kept', { timeout: 600_000 }, async (t) => {
  const replica = await startReplica({ sync: { bandwidthLimit: 1024 * 1024 } });
  t.after(() => replica.close());
  await replica.settled();
  const before = performance.now();
  writeFileSync(join(replica.source, 'big'), randomBytes(3 * 1024 * 1024));
  await sleep(100);
  await replica.assertEqual();
  assert.ok(performance.now() - before > 2_000, 'three MiB at one MiB a second');
});

test('a low limit is slow, but no stall', { timeout: 600_000 }, async (t) => {
  // 32 KiB, which are one piece to Node, take longer than a run may stand still.
  const replica = await startReplica({ sync: { bandwidthLimit: 4 * 1024 }, stallMs: 3_000 });
  t.after(() => replica.close());
  await replica.settled();
  writeFileSync(join(replica.source, 'file'), randomBytes(32 * 1024));
  const reasons = new Set<string | undefined>();
  await waitFor('the file', () => {
    reasons.add(replica.status().lastError?.reason);
    return existsSync(join(replica.data, 'file'));
  });
  await replica.assertEqual();
  assert.deepEqual([...reasons], [undefined]);
});

test('what is not to be preserved is not', { timeout: 600_000 }, async (t) => {
  const preserve = { ...testSettings.sync.preserve, permissions: false, times: false, hardLinks: false, xattrs: false };
  const replica = await startReplica({ sync: { preserve: { ...preserve, sparse: false } } });
  t.after(() => replica.close());
  const path = join(replica.source, 'file');
  writeFileSync(path, 'content', { mode: 0o600 });
  utimesSync(path, 1_500_000_000, 1_500_000_000);
  await replica.settled();
  const target = statSync(join(replica.data, 'file'));
  assert.notEqual(target.mtimeMs, 1_500_000_000_000);
  chmodSync(path, 0o640);
  appendFileSync(path, ', more');
  await waitFor('the content', () => readFileSync(join(replica.data, 'file'), 'utf8') === 'content, more');
  assert.equal(statSync(join(replica.data, 'file')).mode & 0o777, 0o600);
  mkdirSync(join(replica.source, 'd'));
  renameSync(path, join(replica.source, 'd/file'));
  await waitFor('the move', () => existsSync(join(replica.data, 'd/file')));
  await replica.settled();
  const kinds = (await compareTrees(replica.source, replica.data)).map(({ what }) => what);
  assert.deepEqual(
    kinds.filter((what) => what !== 'mtime' && what !== 'mode'),
    [],
  );
});

test('events that are not asked for wait for a pass', { timeout: 600_000 }, async (t) => {
  const replica = await startReplica({ settings: { events: ['Write', 'Create'] } });
  t.after(() => replica.close());
  const { source, data, agent, settings } = replica;
  for (const name of ['a', 'b', 'c']) writeFileSync(join(source, name), name);
  await replica.assertEqual();
  rmSync(join(source, 'a'));
  chmodSync(join(source, 'b'), 0o600);
  writeFileSync(join(source, 'd'), 'd');
  await waitFor('what is asked for', () => existsSync(join(data, 'd')));
  await replica.settled();
  assert.ok(existsSync(join(data, 'a')));
  assert.notEqual(statSync(join(data, 'b')).mode & 0o777, 0o600);
  await agent.update({ ...settings, generation: 2, requests: { sync: 'now' } });
  await waitFor('the pass', () => !existsSync(join(data, 'a')));
  await replica.assertEqual();
});

test('a scheduled pass mends what was changed behind our back', { timeout: 600_000 }, async (t) => {
  const replica = await startReplica({
    sync: { fullPass: { schedule: '*/2 * * * * *', jitterMs: 100 } },
    prepare: (source) => {
      mkdirSync(join(source, 'd'));
      for (const path of ['a', 'b', 'd/c', 'd/e']) writeFileSync(join(source, path), path);
    },
  });
  t.after(() => replica.close());
  const { data } = replica;
  await replica.assertEqual();
  writeFileSync(join(data, 'a'), 'somebody was here');
  rmSync(join(data, 'b'));
  rmSync(join(data, 'd'), { recursive: true });
  writeFileSync(join(data, 'extra'), 'x');
  chmodSync(join(data, 'a'), 0o777);
  const broken = Date.now();
  await waitFor('a pass after it', () => (replica.status().lastFullPassAt ?? 0) > broken + 2_500);
  await replica.assertEqual();
});
