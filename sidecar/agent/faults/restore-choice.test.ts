import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { ReplicationSettings } from '../../../src/api/settings/replication-settings.ts';
import { silentLogger } from '../../../src/process/log/logger.ts';
import type { FailureReason } from '../../protocol/agent-status.ts';
import { readingEpoch } from '../../protocol/control.ts';
import { receiverDestination, receiverTransferArgs } from '../../protocol/receiver-layout.ts';
import { type Fixture, lease, openTunnel, runRsync, startFixture } from '../../receiver/testing/receiver-fixture.ts';
import { type AgentHandle, runAgent } from '../main.ts';
import { restore } from '../restore/restore.ts';
import { receiverTarget, testSettings, waitFor, waitUntilSettled } from '../testing/agent-fixture.ts';

interface Scene {
  readonly base: string;
  readonly dr: Fixture;
  readonly far: Fixture;
  /** An agent of a machine of its own, with a source of that name. */
  start(name: string, more?: Partial<ReplicationSettings>): Promise<AgentHandle>;
  pathOf(name: string, path: string): string;
}

const stage = async (t: TestContext): Promise<Scene> => {
  const base = mkdtempSync(join(tmpdir(), 'restore-choice-'));
  const dr = await startFixture();
  const far = await startFixture();
  const agents = new Set<AgentHandle>();
  t.after(async () => {
    for (const agent of agents) await agent.stop(0);
    for (const receiver of [dr, far]) await receiver.close();
    rmSync(base, { recursive: true });
  });
  return {
    base,
    dr,
    far,
    pathOf: (name, path) => join(base, name, path),
    async start(name, more = {}) {
      mkdirSync(join(base, name), { recursive: true });
      const agent = await runAgent({
        settings: {
          ...testSettings,
          source: join(base, name),
          lineage: `claim-${name}`,
          restore: 'IfEmpty',
          targets: [receiverTarget(dr), receiverTarget(far, 'far')],
          ...more,
        },
        holder: `pod-of-${name}`,
        stateDir: join(base, `state-of-${name}`),
        logger: silentLogger,
      });
      agents.add(agent);
      const stop = (graceMs?: number): Promise<void> => {
        agents.delete(agent);
        return agent.stop(graceMs);
      };
      return { ...agent, stop };
    },
  };
};

/** Whether every replica says so, and there are any. */
const allSay = (agent: AgentHandle, reason: FailureReason): boolean => {
  const { replicas } = agent.status();
  return replicas.length > 0 && replicas.every(({ lastError }) => lastError?.reason === reason);
};

test('a restore takes the fresh target though the stale one is first, and both then follow the new source', {
  timeout: 600_000,
}, async (t) => {
  const scene = await stage(t);
  const first = await scene.start('old');
  await first.ready;
  writeFileSync(scene.pathOf('old', 'file'), 'stale');
  await waitUntilSettled(first);
  await first.stop();
  const second = await scene.start('old', { targets: [receiverTarget(scene.far, 'far')] });
  await second.ready;
  writeFileSync(scene.pathOf('old', 'file'), 'fresh');
  await waitUntilSettled(second);
  await second.stop();
  const successor = await scene.start('new');
  await successor.ready;
  assert.equal(readFileSync(scene.pathOf('new', 'file'), 'utf8'), 'fresh');
  await waitUntilSettled(successor);
  for (const { directory } of [scene.dr, scene.far])
    assert.equal(readFileSync(join(directory, 'data/file'), 'utf8'), 'fresh');
  await successor.stop();
  // The old side comes back: it is refused, and so is what it would delete.
  writeFileSync(scene.pathOf('old', 'file'), 'outdated');
  const back = await scene.start('old');
  await waitFor('both to refuse it', () => allSay(back, 'OtherSource'));
  for (const { directory } of [scene.dr, scene.far])
    assert.equal(readFileSync(join(directory, 'data/file'), 'utf8'), 'fresh');
  await back.stop(0);
  // Until a person says that it counts.
  const adopting = await scene.start('old', { requests: { adopt: 'any' } });
  await adopting.ready;
  await waitUntilSettled(adopting);
  assert.equal(readFileSync(join(scene.far.directory, 'data/file'), 'utf8'), 'outdated');
  const { lineage } = await scene.far.client().status();
  assert.deepEqual(lineage?.adopted, { by: 'pod-of-old', from: 'claim-new' });
});

test('a source that was begun before it could be filled leaves the replica as it is, until a person chooses', {
  timeout: 600_000,
}, async (t) => {
  const scene = await stage(t);
  const first = await scene.start('old');
  await first.ready;
  writeFileSync(scene.pathOf('old', 'file'), 'years of work');
  await waitUntilSettled(first);
  await first.stop();
  // The cluster is made anew, and the application finds its volume empty.
  mkdirSync(join(scene.base, 'new'));
  writeFileSync(scene.pathOf('new', 'file'), 'a fresh start');
  const late = await scene.start('new');
  await waitFor('both to be left alone', () => allSay(late, 'RestoreMissed'));
  const [{ lastError } = { lastError: null }] = late.status().replicas;
  assert.match(lastError?.message ?? '', /empty the source and start.*--adopt/);
  for (const { directory } of [scene.dr, scene.far])
    assert.equal(readFileSync(join(directory, 'data/file'), 'utf8'), 'years of work');
  await late.stop(0);
  // One chooses the replica by emptying the source.
  rmSync(scene.pathOf('new', 'file'));
  const filled = await scene.start('new');
  await filled.ready;
  assert.equal(readFileSync(scene.pathOf('new', 'file'), 'utf8'), 'years of work');
  await waitUntilSettled(filled);
});

test('a restore refuses to choose between the data of different sources', { timeout: 600_000 }, async (t) => {
  const scene = await stage(t);
  for (const [name, receiver] of [
    ['a', scene.dr],
    ['b', scene.far],
  ] as const) {
    const agent = await scene.start(name, { targets: [receiverTarget(receiver)] });
    await agent.ready;
    writeFileSync(scene.pathOf(name, 'file'), name);
    await waitUntilSettled(agent);
    await agent.stop();
  }
  const agent = await scene.start('c');
  await waitFor('the refusal', () => allSay(agent, 'RestoreAmbiguous'));
  assert.equal(agent.status().phase, 'Restoring');
  await agent.update({
    ...testSettings,
    source: join(scene.base, 'c'),
    lineage: 'claim-c',
    restore: 'IfEmpty',
    generation: 2,
    targets: [receiverTarget(scene.far, 'far')],
  });
  await agent.ready;
  assert.equal(readFileSync(scene.pathOf('c', 'file'), 'utf8'), 'b');
});

test('a restore reads while another holds the lease, and takes it from nobody', { timeout: 600_000 }, async (t) => {
  const scene = await stage(t);
  const settings = { targets: [receiverTarget(scene.dr)] };
  const first = await scene.start('old', settings);
  await first.ready;
  writeFileSync(scene.pathOf('old', 'file'), 'x');
  await waitUntilSettled(first);
  await first.stop();
  const client = scene.dr.client();
  const { epoch } = await client.takeLease(lease('another pod'));
  const agent = await scene.start('new', settings);
  await agent.ready;
  assert.equal(readFileSync(scene.pathOf('new', 'file'), 'utf8'), 'x');
  assert.equal((await client.takeLease(lease('another pod', epoch))).epoch, epoch);
});

test('what reads without a lease can’t write', { timeout: 600_000 }, async (t) => {
  const { base, dr } = await stage(t);
  const { root } = await dr.client().takeLease(lease('writer'));
  writeFileSync(join(dr.directory, 'data/there'), 'there');
  mkdirSync(join(base, 'from'));
  writeFileSync(join(base, 'from/planted'), 'x');
  const tunnel = await openTunnel({ ...dr, epoch: readingEpoch });
  t.after(() => tunnel.close());
  const place = `{daemon}${receiverDestination('uploads', root)}`;
  const pushed = await runRsync(tunnel.port, [
    '-rt',
    '--delete',
    ...receiverTransferArgs(root),
    `${base}/from/`,
    place,
  ]);
  assert.notEqual(pushed.code, 0);
  assert.match(pushed.output, /read.only/);
  assert.deepEqual(await runRsync(tunnel.port, ['-rt', place, `${base}/to/`]), { code: 0, output: '' });
  assert.equal(readFileSync(join(base, 'to/there'), 'utf8'), 'there');
});

test('a source that was filled before its first agent goes on with the replica, unless that holds another’s data since', {
  timeout: 600_000,
}, async (t) => {
  const scene = await stage(t);
  const targets = [receiverTarget(scene.dr)];
  const first = await scene.start('old', { targets });
  await first.ready;
  writeFileSync(scene.pathOf('old', 'file'), 'work');
  await waitUntilSettled(first);
  await first.stop();
  mkdirSync(join(scene.base, 'new'));
  let restoredFrom: Readonly<Record<string, number>> = {};
  await restore({
    settings: () => ({ ...testSettings, source: join(scene.base, 'new'), targets }),
    rsync: 'rsync',
    signal: AbortSignal.timeout(60_000),
    logger: silentLogger,
    onError: (_, error) => assert.fail(error.message),
    onProgress: () => {},
    onRestored({ from }) {
      restoredFrom = from;
    },
  });
  assert.equal(readFileSync(scene.pathOf('new', 'file'), 'utf8'), 'work');
  const wrong = await scene.start('new', { targets, restoredFrom: { dr: 1 } });
  await waitFor('the refusal', () => allSay(wrong, 'RestoreMissed'));
  await wrong.stop();
  const right = await scene.start('new', { targets, restoredFrom });
  await right.ready;
  writeFileSync(scene.pathOf('new', 'more'), 'after it');
  await waitUntilSettled(right);
  assert.equal(readFileSync(join(scene.dr.directory, 'data', 'more'), 'utf8'), 'after it');
});
