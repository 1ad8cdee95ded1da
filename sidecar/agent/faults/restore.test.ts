import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { ReplicationSettings } from '../../../src/api/settings/replication-settings.ts';
import { silentLogger } from '../../../src/process/log/logger.ts';
import { Storm } from '../../../testing/storm/storm.ts';
import { type AgentHandle, runAgent } from '../main.ts';
import { restoreMarker } from '../restore/restore.ts';
import { assertEqualTrees, testSettings, waitFor, waitUntilSettled } from '../testing/agent-fixture.ts';
import { killRsyncs } from '../testing/descendants.ts';
import { ProcessWorld, waitForReplica } from '../testing/process-world.ts';
import { RsyncDaemon } from '../testing/rsync-daemon.ts';
import { TcpProxy } from '../testing/tcp-proxy.ts';
import { canRun } from '../watch/testing/watching-process.ts';

const nobody = 65_534;
const otherUser = ['setpriv', `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups'];
const skip = !canRun('setpriv', ...otherUser.slice(1), process.execPath, '--version') && 'needs to become another user';

const empty = (source: string): void => {
  rmSync(source, { recursive: true });
  mkdirSync(source);
};

test('an empty source is filled from its replica before it is watched', { timeout: 600_000 }, async (t) => {
  await using world = await ProcessWorld.start({ settings: { restore: 'IfEmpty' } });
  const storm = new Storm(world.source);
  t.diagnostic(`STORM_SEED=${storm.seed}`);
  await storm.run({ steps: 200 });
  const first = await world.startAgent();
  await world.assertEqual(first);
  await first.end('SIGTERM');
  empty(world.source);
  mkdirSync(join(world.source, 'lost+found'));
  const agent = await world.startAgent();
  await waitFor('the watch', async () => (await agent.status()).phase === 'Watching');
  assert.equal(existsSync(join(world.source, restoreMarker)), false);
  await world.assertEqual(agent);
  assert.equal((await agent.status()).replicas[0]?.heldDeletes, null);
  writeFileSync(join(world.source, 'later'), 'x');
  await world.assertEqual(agent);
});

test('a source that holds something is left as it is', { timeout: 600_000 }, async () => {
  await using world = await ProcessWorld.start({ settings: { restore: 'IfEmpty' } });
  for (const name of ['a', 'b']) writeFileSync(join(world.source, name), name);
  const first = await world.startAgent();
  await world.assertEqual(first);
  await first.end('SIGTERM');
  rmSync(join(world.source, 'a'));
  const agent = await world.startAgent();
  await world.assertEqual(agent);
  assert.deepEqual(readdirSync(world.data), ['b']);
});

test('a source whose root belongs to another user is filled all the same', { timeout: 600_000, skip }, async () => {
  await using world = await ProcessWorld.start({ settings: { restore: 'IfEmpty' } });
  mkdirSync(join(world.source, 'directory'));
  for (const name of ['a', 'directory/b', '.hidden']) writeFileSync(join(world.source, name), name);
  const first = await world.startAgent();
  await world.assertEqual(first);
  await first.end('SIGTERM');
  empty(world.source);
  // As a volume with an fsGroup: root owns its root, and a group may write.
  chmodSync(world.base, 0o755);
  chownSync(world.source, 0, nobody);
  chmodSync(world.source, 0o2775);
  const stateDir = join(world.base, 'state-of-nobody');
  mkdirSync(stateDir);
  chownSync(stateDir, nobody, nobody);
  const agent = await world.startAgent({ stateDir }, otherUser);
  await waitFor('the watch', async () => (await agent.status()).phase === 'Watching');
  assert.deepEqual(readdirSync(world.source).sort(), ['.hidden', 'a', 'directory']);
  assert.equal(readFileSync(join(world.source, 'directory/b'), 'utf8'), 'directory/b');
  await waitUntilSettled(agent);
  assert.deepEqual(readdirSync(world.data).sort(), ['.hidden', 'a', 'directory']);
});

test('a restore that waits says why, and goes on by an edit', { timeout: 600_000 }, async () => {
  await using world = await ProcessWorld.start({ settings: { restore: 'IfEmpty' } });
  writeFileSync(join(world.source, 'a'), 'a');
  const first = await world.startAgent();
  await world.assertEqual(first);
  await first.end('SIGTERM');
  empty(world.source);
  const right = world.settings();
  const targets = right.targets.map((target) => ({ ...target, port: 1 }));
  const agent = await world.startAgent({ settings: { ...right, targets } });
  const waiting = await waitForReplica(agent, 'the reason', ({ lastError }) => lastError !== null);
  assert.deepEqual([waiting.link, waiting.lastError?.reason], ['Offline', 'TargetUnreachable']);
  assert.equal((await agent.status()).phase, 'Restoring');
  await agent.update({ ...right, generation: right.generation + 1 });
  await waitFor('the watch', async () => (await agent.status()).phase === 'Watching');
  assert.equal(readFileSync(join(world.source, 'a'), 'utf8'), 'a');
  writeFileSync(join(world.source, 'b'), 'b');
  await world.assertEqual(agent);
});

/** What a restore that was killed leaves. */
const cutOff = (source: string): void => {
  empty(source);
  mkdirSync(join(source, restoreMarker));
  writeFileSync(join(source, 'part'), 'of it');
};

test('a restore that was cut off says so when nothing is left to go on with', { timeout: 600_000 }, async () => {
  await using world = await ProcessWorld.start({ settings: { restore: 'IfEmpty' } });
  cutOff(world.source);
  let agent = await world.startAgent();
  const waiting = await waitForReplica(agent, 'the reason', ({ lastError }) => lastError !== null);
  assert.deepEqual([waiting.link, waiting.lastError?.reason], ['Offline', 'TargetEmpty']);
  assert.match(waiting.lastError?.message ?? '', /remove .*source\/\.syncreplica-restoring/);
  assert.equal((await agent.status()).phase, 'Restoring');
  // It may be filled again …
  writeFileSync(join(world.data, 'all'), 'of it');
  await waitFor('the watch', async () => (await agent.status()).phase === 'Watching');
  assert.deepEqual(readdirSync(world.source).sort(), ['all', 'part']);
  await world.assertEqual(agent);
  await agent.end('SIGTERM');
  // … or what is there is said to be all.
  for (const name of ['all', 'part']) rmSync(join(world.data, name));
  cutOff(world.source);
  agent = await world.startAgent();
  await waitForReplica(agent, 'the reason', ({ lastError }) => lastError?.reason === 'TargetEmpty');
  rmSync(join(world.source, restoreMarker), { recursive: true });
  await waitFor('the watch', async () => (await agent.status()).phase === 'Watching');
  await world.assertEqual(agent);
  assert.deepEqual(readdirSync(world.data), ['part']);
});

test('a plain daemon that holds data is left as it is by a source that was begun before it could be filled', {
  timeout: 600_000,
}, async () => {
  const base = mkdtempSync(join(tmpdir(), 'restore-missed-'));
  const source = join(base, 'source');
  mkdirSync(source);
  const daemon = await RsyncDaemon.start(join(base, 'daemon'));
  writeFileSync(join(source, 'file'), 'a fresh start');
  writeFileSync(join(daemon.module, 'file'), 'many years of work');
  const settings: ReplicationSettings = {
    ...testSettings,
    restore: 'IfEmpty',
    begun: [],
    source,
    targets: [daemon.target()],
  };
  const agents = new Set<AgentHandle>();
  const end = (agent: AgentHandle): Promise<void> => {
    agents.delete(agent);
    return agent.stop();
  };
  const start = async (more: Partial<ReplicationSettings>, state: string): Promise<AgentHandle> => {
    const options = { settings: { ...settings, ...more }, stateDir: join(base, state), logger: silentLogger };
    const agent = await runAgent(options);
    agents.add(agent);
    return agent;
  };
  const kept = () => readFileSync(join(daemon.module, 'file'), 'utf8');
  try {
    const late = await start({}, 'state');
    await waitFor('the reason', () => late.status().replicas[0]?.lastError?.reason === 'RestoreMissed');
    assert.equal(kept(), 'many years of work');
    await end(late);
    // Known to the operator, or chosen by a person, it is mirrored.
    const [name = ''] = settings.targets.map((target) => target.name);
    const known = await start({ begun: [name] }, 'other-state');
    await known.ready;
    await waitUntilSettled(known);
    assert.equal(kept(), 'a fresh start');
    await end(known);
    writeFileSync(join(daemon.module, 'file'), 'many years of work');
    const adopting = await start({ requests: { adopt: 'any' } }, 'third-state');
    await adopting.ready;
    await waitUntilSettled(adopting);
    assert.equal(kept(), 'a fresh start');
    await end(adopting);
    // An empty module is nobody's, and one that a source was filled from is its own.
    rmSync(join(daemon.module, 'file'));
    const first = await start({}, 'fourth-state');
    await first.ready;
    await waitUntilSettled(first);
    assert.equal(kept(), 'a fresh start');
    await end(first);
    rmSync(join(source, 'file'));
    const restored = await start({}, 'fifth-state');
    await waitFor('the restore', () => existsSync(join(source, 'file')));
    await restored.ready;
    writeFileSync(join(source, 'more'), 'after it');
    await waitUntilSettled(restored);
    assert.ok(existsSync(join(daemon.module, 'more')));
    await end(restored);
  } finally {
    await Promise.all([...agents].map((agent) => agent.stop(0)));
    await daemon.stop();
    rmSync(base, { recursive: true, force: true });
  }
});

test('a plain daemon that has become empty does not make a whole of a part', { timeout: 600_000 }, async () => {
  const base = mkdtempSync(join(tmpdir(), 'restore-plain-'));
  const source = join(base, 'source');
  mkdirSync(source);
  const daemon = await RsyncDaemon.start(join(base, 'daemon'));
  cutOff(source);
  const settings: ReplicationSettings = { ...testSettings, restore: 'IfEmpty', source, targets: [daemon.target()] };
  const agent = await runAgent({ settings, stateDir: join(base, 'state'), logger: silentLogger });
  try {
    await waitFor('the reason', () => agent.status().replicas[0]?.lastError?.reason === 'TargetEmpty');
    assert.equal(agent.status().phase, 'Restoring');
    assert.ok(existsSync(join(source, restoreMarker)));
    writeFileSync(join(daemon.module, 'all'), 'of it');
    await waitFor('the watch', () => agent.status().phase === 'Watching');
    assert.deepEqual(readdirSync(source).sort(), ['all', 'part']);
  } finally {
    await agent.stop(0);
    await daemon.stop();
    rmSync(base, { recursive: true, force: true });
  }
});

test('two empty sides are a beginning', { timeout: 600_000 }, async () => {
  await using world = await ProcessWorld.start({ settings: { restore: 'IfEmpty' } });
  const agent = await world.startAgent();
  await waitFor('the watch', async () => (await agent.status()).phase === 'Watching');
  writeFileSync(join(world.source, 'first'), '1');
  await world.assertEqual(agent);
});

test('a restore that is cut off by anything goes on where it was', { timeout: 600_000 }, async (t) => {
  let proxy: TcpProxy | undefined;
  await using world = await ProcessWorld.start({
    settings: { restore: 'IfEmpty' },
    port: (receiver) => proxy?.port ?? receiver,
  });
  for (let n = 0; n < 40; n++) writeFileSync(join(world.source, `file-${n}`), randomBytes(128 * 1024));
  const first = await world.startAgent();
  await world.assertEqual(first);
  await first.end('SIGTERM');
  const lost = readFileSync(join(world.source, 'file-39'));
  empty(world.source);
  proxy = await TcpProxy.start(world.receiver.port, { slowAnswers: 1024 * 1024 });
  t.after(() => proxy?.close());
  const partly = (): Promise<void> =>
    waitFor(
      'a part of it',
      () => existsSync(join(world.source, restoreMarker)) && readdirSync(world.source).length > 3,
    );

  let agent = await world.startAgent();
  await partly();
  await agent.end('SIGKILL');
  assert.ok(readdirSync(world.source).length < 41, 'the restore was cut off');
  agent = await world.startAgent();
  await partly();
  killRsyncs([agent.pid]);
  await partly();
  proxy.cut();
  await waitFor('phase Restoring', async () => (await agent.status()).phase === 'Restoring');
  proxy.unlimit();
  await waitFor('the watch', async () => (await agent.status()).phase === 'Watching');
  await waitUntilSettled(agent);
  await assertEqualTrees(world.source, world.data);
  assert.equal(readdirSync(world.source).length, 40);
  assert.ok(readFileSync(join(world.source, 'file-39')).equals(lost));
});
