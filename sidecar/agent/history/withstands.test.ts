import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRandom } from '../../../testing/storm/random.ts';
import { Storm } from '../../../testing/storm/storm.ts';
import { createHistoryClient, type HistoryClient } from '../../protocol/connection/history-client.ts';
import { makeClientTls, startFixture, testUser } from '../../receiver/testing/receiver-fixture.ts';
import { assertEqualTrees, receiverTarget, startReplica, waitFor } from '../testing/agent-fixture.ts';
import { ProcessWorld } from '../testing/process-world.ts';
import { waitForCheckpoint } from '../testing/wait-for-checkpoint.ts';
import { canRun } from '../watch/testing/watching-process.ts';

const history = { keepMs: 3_600_000, maxSize: { percent: 50 } } as const;
const seed = process.env.STORM_SEED === undefined ? undefined : Number(process.env.STORM_SEED);

const openHistory = async (port: number): Promise<HistoryClient> =>
  createHistoryClient({ host: '127.0.0.1', port, tls: await makeClientTls(), volume: 'uploads', user: testUser });

test('the tree of a checkpoint comes back although the receiver was killed again and again', {
  timeout: 600_000,
}, async (t) => {
  await using world = await ProcessWorld.start({ receiver: { history } });
  const storm = new Storm(world.source, { ...(seed === undefined ? {} : { seed }), entries: 100 });
  t.diagnostic(`STORM_SEED=${storm.seed}`);
  const random = createRandom(storm.seed + 1);
  const agent = await world.startAgent();
  const client = await openHistory(world.receiver.port);
  t.after(() => client.close());
  await storm.run({ steps: 150 });
  await world.assertEqual(agent);
  const at = await waitForCheckpoint(client);
  const saved = join(world.base, 'saved');
  execFileSync('cp', ['-a', world.data, saved]);
  for (let kill = 0; kill < 5; kill++) {
    const steps = storm.run({ steps: 60, pauseMs: 5 });
    await sleep(random.below(300));
    await world.receiver.end('SIGKILL');
    await world.restartReceiver();
    await steps;
  }
  await world.assertEqual(agent);
  const done = await client.rollBack({ at, checkpoint: true, by: 'test' });
  assert.deepEqual([done.failed, done.gaps], [[], []]);
  await assertEqualTrees(saved, world.data);
});

test('ten thousand files that were rewritten are rolled back within the time of the renames', {
  timeout: 600_000,
}, async (t) => {
  const replica = await startReplica({
    receiver: { history },
    prepare: (source) => {
      for (let n = 0; n < 10_000; n++) {
        if (n % 100 === 0) mkdirSync(join(source, `d${n / 100}`));
        writeFileSync(join(source, `d${Math.floor(n / 100)}`, `f${n}`), `precious ${n}`);
      }
    },
  });
  t.after(() => replica.close());
  const client = await openHistory(replica.receiver.port);
  t.after(() => client.close());
  await replica.assertEqual();
  const at = await waitForCheckpoint(client);
  const saved = join(replica.base, 'saved');
  execFileSync('cp', ['-a', replica.data, saved]);
  for (let n = 0; n < 10_000; n++)
    writeFileSync(join(replica.source, `d${Math.floor(n / 100)}`, `f${n}`), `encrypted ${n}, pay`);
  await replica.assertEqual();
  const since = performance.now();
  const done = await client.rollBack({ at, checkpoint: true, by: 'test' });
  t.diagnostic(`${done.changed} changed back in ${Math.round(performance.now() - since)} ms`);
  assert.equal(done.failedCount, 0);
  await assertEqualTrees(saved, replica.data);
});

const skip = !canRun('unshare', '-m', 'sh', '-c', 'mount -t tmpfs none /mnt') && 'needs to mount a small tmpfs';

test('history gives way where the volume runs full: replication goes on', { skip, timeout: 600_000 }, async (t) => {
  const volume = mkdtempSync(join(tmpdir(), 'history-full-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=32m', 'none', volume]);
  const receiver = await startFixture({ directory: volume, history });
  const replica = await startReplica({ settings: { targets: [receiverTarget(receiver)] } });
  const client = await openHistory(receiver.port);
  t.after(async () => {
    client.close();
    await replica.close();
    await receiver.close();
    execFileSync('umount', [volume]);
    rmSync(volume, { recursive: true });
  });
  // Four times what there is room for, each version over the one before.
  for (let version = 0; version < 16; version++) {
    const text = randomBytes(8 * 1024 * 1024 - 1);
    writeFileSync(join(replica.source, 'big'), text);
    const arrived = (): boolean => readFileSync(join(volume, 'data/big')).equals(text);
    await waitFor(`version ${version}`, () => {
      try {
        return arrived();
      } catch {
        return false;
      }
    });
  }
  await replica.assertEqualTo(join(volume, 'data'));
  assert.ok((await client.describe()).bytes < 32 * 1024 * 1024);
});
