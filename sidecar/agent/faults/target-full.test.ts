import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, statfsSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Fixture, startFixture } from '../../receiver/testing/receiver-fixture.ts';
import { type Replica, receiverTarget, startReplica, waitFor } from '../testing/agent-fixture.ts';
import { canRun } from '../watch/testing/watching-process.ts';

const mebibyte = 1024 * 1024;
const skip = !canRun('unshare', '-m', 'sh', '-c', 'mount -t tmpfs none /mnt') && 'needs to mount a small tmpfs';

interface Full {
  readonly volume: string;
  readonly receiver: Fixture;
  readonly replica: Replica;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A receiver on a file system of 16 MiB, that a replica of 12 MiB lies on. */
async function startSmall(): Promise<Full> {
  const volume = mkdtempSync(join(tmpdir(), 'agent-full-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'none', volume]);
  const receiver = await startFixture({ directory: volume });
  const replica = await startReplica({
    settings: { targets: [receiverTarget(receiver)] },
    prepare: (source) => {
      for (let n = 0; n < 12; n++) writeFileSync(join(source, `kept-${n}`), randomBytes(mebibyte));
    },
  });
  return {
    volume,
    receiver,
    replica,
    async [Symbol.asyncDispose]() {
      await replica.close();
      await receiver.close();
      execFileSync('umount', [volume]);
      rmSync(volume, { recursive: true });
    },
  };
}

async function fillUp({ replica, volume }: Full, mebibytes = 6): Promise<void> {
  await replica.assertEqualTo(join(volume, 'data'));
  writeFileSync(join(replica.source, 'too-much'), randomBytes(mebibytes * mebibyte));
  await waitFor('the reason', () => replica.status().lastError?.reason === 'TargetFull');
  assert.equal(replica.status().link, 'Offline');
}

test('a full target is said to be full, and gone on with when there is room', { skip, timeout: 600_000 }, async () => {
  await using full = await startSmall();
  await fillUp(full);
  writeFileSync(join(full.replica.source, 'small'), 'waits too');
  execFileSync('mount', ['-o', 'remount,size=64m', full.volume]);
  await full.replica.assertEqualTo(join(full.volume, 'data'));
  assert.equal(full.replica.status().lastError, null);
});

test('deletions at the source make room at a full target', { skip, timeout: 600_000 }, async () => {
  await using full = await startSmall();
  await fillUp(full);
  for (let n = 0; n < 10; n++) rmSync(join(full.replica.source, `kept-${n}`));
  await full.replica.assertEqualTo(join(full.volume, 'data'));
});

test('what is kept of a big file that did not fit takes no room from others', { skip, timeout: 600_000 }, async () => {
  await using full = await startSmall();
  // So big that rsync keeps what it got, to go on with it.
  await fillUp(full, 9);
  rmSync(join(full.replica.source, 'too-much'));
  for (let n = 0; n < 2; n++) rmSync(join(full.replica.source, `kept-${n}`));
  writeFileSync(join(full.replica.source, 'other'), randomBytes(5 * mebibyte));
  await full.replica.assertEqualTo(join(full.volume, 'data'));
});

test('a pass makes room by its deletions too', { skip, timeout: 600_000 }, async () => {
  await using full = await startSmall();
  await full.replica.assertEqualTo(join(full.volume, 'data'));
  const { agent, settings, source, status } = full.replica;
  await agent.update({ ...settings, generation: 2, paused: true });
  await waitFor('the pause', () => status().link === 'Paused');
  for (let n = 0; n < 10; n++) rmSync(join(source, `kept-${n}`));
  writeFileSync(join(source, 'too-much-at-first'), randomBytes(6 * mebibyte));
  await waitFor('all of it to be told, to one that sends nothing', () => status().pending >= 11);
  // Other settings make a new replicator, which knows nothing but what a pass finds.
  await agent.update({ ...settings, generation: 3, sync: { ...settings.sync, workers: 2 } });
  await full.replica.assertEqualTo(join(full.volume, 'data'));
  assert.equal(statSync(join(full.volume, 'data/too-much-at-first')).size, 6 * mebibyte);
});

test('of thousands of names that wait for room none is forgotten', { skip, timeout: 600_000 }, async () => {
  await using full = await startSmall();
  const names = Array.from({ length: 6_000 }, (_, n) => join(full.replica.source, `name-${n}`));
  // Size and time stay the same: only what is remembered of them tells that they were rewritten.
  const write = (name: string, text: string): void => {
    writeFileSync(name, text);
    utimesSync(name, 1_000_000_000, 1_000_000_000);
  };
  execFileSync('mount', ['-o', 'remount,size=64m', full.volume]);
  for (const name of names) write(name, 'before');
  await full.replica.assertEqualTo(join(full.volume, 'data'));
  writeFileSync(join(full.volume, 'ballast'), randomBytes(20 * mebibyte));
  const used = 64 - Math.floor(statfsSync(full.volume).bavail / (mebibyte / 4096));
  execFileSync('mount', ['-o', `remount,size=${used}m`, full.volume]);
  writeFileSync(join(full.replica.source, 'too-much'), randomBytes(6 * mebibyte));
  await waitFor('the reason', () => full.replica.status().lastError?.reason === 'TargetFull');
  for (const name of names) write(name, 'after.');
  for (const name of names.slice(0, 3_000)) writeFileSync(`${name}-new`, 'x'.repeat(100));
  await waitFor('them to wait', () => full.replica.status().pending >= 9_000);
  await waitFor('another try', () => full.replica.status().link === 'Offline');
  execFileSync('mount', ['-o', 'remount,size=128m', full.volume]);
  await full.replica.assertEqualTo(join(full.volume, 'data'));
  assert.equal(full.replica.status().skipped.count, 0);
});
