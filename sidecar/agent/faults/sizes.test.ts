import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { startReplica, waitFor } from '../testing/agent-fixture.ts';
import { RsyncDaemon } from '../testing/rsync-daemon.ts';

const mebibyte = 1024 * 1024;

test('what is larger than the limit is not sent, is counted, and is no difference; at a receiver and at a plain daemon', {
  timeout: 600_000,
}, async (t) => {
  const filter = { exclude: [], include: [], maxFileSize: 10_000 };
  const replica = await startReplica({
    settings: { filter, journal: true },
    prepare: (source) => {
      writeFileSync(join(source, 'from before'), Buffer.alloc(10_001));
      writeFileSync(join(source, 'small'), 'x');
    },
  });
  t.after(() => replica.close());
  const daemon = await RsyncDaemon.start(join(replica.base, 'daemon'));
  t.after(() => daemon.stop());
  const { agent, settings, source } = replica;
  const targets = [...settings.targets, daemon.target()];
  await agent.update({ ...settings, generation: 2, targets });
  await replica.settled();
  const at = (name: string): string => join(source, name);
  const everywhere = (name: string, is: (path: string) => boolean): boolean =>
    [replica.data, daemon.module].every((root) => is(join(root, name)));
  writeFileSync(at('grows'), 'first');
  await waitFor('what is small', () => everywhere('grows', existsSync));
  writeFileSync(at('grows'), Buffer.alloc(20_000));
  writeFileSync(at('huge'), Buffer.alloc(9 * mebibyte));
  writeFileSync(at('just'), Buffer.alloc(10_000));
  renameSync(at('from before'), at('renamed'));
  await waitFor('what is just small enough', () => everywhere('just', existsSync));
  await replica.settled();
  const held = (): boolean =>
    ['huge', 'from before', 'renamed'].every((name) => everywhere(name, (path) => !existsSync(path))) &&
    everywhere('grows', (path) => readFileSync(path, 'utf8') === 'first');
  assert.ok(held());
  // All that looks at both sides leaves it as it is.
  const verify = { metadata: 'Continuous', mode: 'Checksum', repair: true } as const;
  await agent.update({ ...settings, targets, generation: 3, verify, requests: { sync: 'now', verify: 'now' } });
  await waitFor('a verification of each', () =>
    agent.status().replicas.every(({ verification }) => verification?.answered === 'now'),
  );
  await replica.settled();
  assert.ok(held());
  for (const { inSync, skipped, verification } of agent.status().replicas) {
    assert.deepEqual([inSync, verification?.differences, skipped.count, skipped.special], [true, 0, 3, 3]);
    assert.ok(skipped.samples.includes('huge (too-large)'), skipped.samples.join());
  }
  const told = agent.journal(0)?.entries.map(({ operation, path }) => `${operation} ${path}`) ?? [];
  assert.ok(told.includes('Create just'), 'the journal tells what arrived');
  assert.ok(!told.some((words) => /huge|renamed/.test(words)), told.join());
  rmSync(at('grows'));
  truncateSync(at('huge'), 100);
  await waitFor('what is small by now', () =>
    everywhere('huge', (path) => existsSync(path) && statSync(path).size === 100),
  );
  await waitFor('what is gone', () => everywhere('grows', (path) => !existsSync(path)));
  await agent.update({ ...settings, targets, generation: 4, filter: { exclude: [], include: [] } });
  await waitFor('all, without a limit', () => everywhere('renamed', existsSync));
  await replica.assertEqual();
  await replica.assertEqualTo(daemon.module);
});

test('of big files the small go first, and those of low priority last', { timeout: 600_000 }, async (t) => {
  const replica = await startReplica({ sync: { workers: 2, lowPriorityAbove: 12 * mebibyte } });
  t.after(() => replica.close());
  await replica.settled();
  const { agent, settings, source, data } = replica;
  await agent.update({ ...settings, generation: 2, paused: true });
  const sizes = { a: 16, b: 11, c: 9 };
  for (const [name, size] of Object.entries(sizes))
    writeFileSync(join(source, name), Buffer.alloc(size * mebibyte, 'x'));
  await agent.update({ ...settings, generation: 3 });
  await replica.assertEqual();
  const arrived = Object.keys(sizes).sort((a, b) => statSync(join(data, a)).ctimeMs - statSync(join(data, b)).ctimeMs);
  assert.deepEqual(arrived, ['c', 'b', 'a']);
});

test('what is left out for its size keeps no replica from being in sync, however much it is', {
  timeout: 600_000,
}, async (t) => {
  const replica = await startReplica({ settings: { filter: { exclude: [], include: [], maxFileSize: 1 } } });
  t.after(() => replica.close());
  mkdirSync(join(replica.source, 'large'));
  await replica.assertEqual();
  for (let n = 0; n < 12_000; n++) writeFileSync(join(replica.source, 'large', `${n}`), 'xx');
  writeFileSync(join(replica.source, 'small'), 'x');
  await waitFor('what is small', () => existsSync(join(replica.data, 'small')));
  await replica.settled();
  assert.equal(replica.status().notInSync, null);
});

test('what is larger than the limit is counted at a receiver from the first comparison on', async (t) => {
  const replica = await startReplica({
    settings: { filter: { exclude: [], include: [], maxFileSize: 1 } },
    prepare: (source) => {
      mkdirSync(join(source, 'd'));
      for (const name of ['large', 'd/large']) writeFileSync(join(source, name), 'xx');
      writeFileSync(join(source, 'd/small'), 'x');
    },
  });
  t.after(() => replica.close());
  await replica.settled();
  const { skipped, inSync } = replica.status();
  assert.deepEqual([skipped.count, skipped.special, inSync], [2, 2, true]);
});
