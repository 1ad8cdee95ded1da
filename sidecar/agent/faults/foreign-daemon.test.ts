import assert from 'node:assert/strict';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Storm } from '../../../testing/storm/storm.ts';
import { assertEqualTrees, testSettings, waitFor, waitUntilSettled } from '../testing/agent-fixture.ts';
import { AgentProcess } from '../testing/agent-process.ts';
import { killRsyncs } from '../testing/descendants.ts';
import { filesOfOurs, waitForReplica } from '../testing/process-world.ts';
import { RsyncDaemon } from '../testing/rsync-daemon.ts';

interface World extends AsyncDisposable {
  readonly source: string;
  readonly daemon: RsyncDaemon;
  readonly settings: typeof testSettings & { source: string; targets: ReturnType<RsyncDaemon['target']>[] };
  startAgent(): Promise<AgentProcess>;
}

async function startWorld(uid?: number): Promise<World> {
  const base = mkdtempSync(join(tmpdir(), 'agent-foreign-'));
  const source = join(base, 'source');
  mkdirSync(source);
  const daemon = await RsyncDaemon.start(join(base, 'daemon'), uid);
  const settings = { ...testSettings, source, targets: [daemon.target()] };
  const agents: AgentProcess[] = [];
  return {
    source,
    daemon,
    settings,
    async startAgent() {
      const agent = await AgentProcess.start({ settings, stateDir: join(base, 'state') });
      agents.push(agent);
      return agent;
    },
    async [Symbol.asyncDispose]() {
      for (const agent of agents) await agent.end('SIGKILL');
      await daemon.stop();
      rmSync(base, { recursive: true });
    },
  };
}

test('a plain rsync daemon is a target too, through moves, deletions and restarts', { timeout: 600_000 }, async (t) => {
  await using world = await startWorld();
  const { source, daemon } = world;
  const storm = new Storm(source);
  t.diagnostic(`STORM_SEED=${storm.seed}`);
  const equal = async (agent: AgentProcess): Promise<void> => {
    await waitUntilSettled(agent);
    await assertEqualTrees(source, daemon.module);
  };
  await storm.run({ steps: 150 });
  let agent = await world.startAgent();
  await storm.run({ steps: 150, pauseMs: 5 });
  await equal(agent);
  mkdirSync(join(source, 'from/deep'), { recursive: true });
  for (let n = 0; n < 50; n++) writeFileSync(join(source, `from/deep/${n}`), `${n}`);
  renameSync(join(source, 'from'), join(source, 'to'));
  rmSync(join(source, 'to/deep/7'));
  await equal(agent);

  await daemon.stop();
  killRsyncs([agent.pid]);
  await storm.run({ steps: 100 });
  await waitForReplica(agent, 'the loss', ({ link }) => link === 'Offline');
  await daemon.start();
  await equal(agent);

  await agent.end('SIGKILL');
  await storm.run({ steps: 60 });
  agent = await world.startAgent();
  await equal(agent);
  assert.deepEqual(filesOfOurs(daemon.module), []);
});

test('what is deleted is no mass at a plain daemon where it is a small share of all', {
  timeout: 600_000,
}, async () => {
  await using world = await startWorld();
  const { source, daemon } = world;
  const names = Array.from({ length: 400 }, (_, n) => join(source, `file-${n}`));
  for (const name of names) writeFileSync(name, 'x');
  const agent = await world.startAgent();
  await waitUntilSettled(agent);
  for (const name of names.slice(0, 150)) rmSync(name);
  await waitFor('them to be gone', () => readdirSync(daemon.module).length === 250);
  assert.equal((await agent.status()).replicas[0]?.heldDeletes, null);
});

test('a hold at a plain daemon survives a restart, whatever came to the source since', {
  timeout: 600_000,
}, async () => {
  await using world = await startWorld();
  for (let n = 0; n < 150; n++) writeFileSync(join(world.source, `${n}`), `${n}`);
  let agent = await world.startAgent();
  await waitUntilSettled(agent);
  // All in one: of a mass that is slow to begin the first names go before it is known as one.
  agent.signal('SIGSTOP');
  for (let n = 0; n < 150; n++) rmSync(join(world.source, `${n}`));
  agent.signal('SIGCONT');
  const { heldDeletes } = await waitForReplica(agent, 'the hold', (replica) => replica.heldDeletes?.count === 150);
  writeFileSync(join(world.source, 'new'), 'new');
  await waitFor('new content', () => readdirSync(world.daemon.module).includes('new'));
  await waitForReplica(agent, 'calm', ({ pending }) => pending === 0);
  await agent.end('SIGKILL');
  agent = await world.startAgent();
  const again = await waitForReplica(agent, 'the first pass', (replica) => replica.initialPassDone);
  assert.equal(again.heldDeletes?.id, heldDeletes?.id);
  assert.equal(readdirSync(world.daemon.module).length, 151);
  const requests = { releaseDeletes: heldDeletes?.id ?? '' };
  await agent.update({ ...world.settings, generation: 2, requests });
  await waitForReplica(agent, 'the release', (replica) => replica.heldDeletes === null);
  await waitUntilSettled(agent);
  await assertEqualTrees(world.source, world.daemon.module);
});

test('a rewrite that keeps size and time is found after a kill, at a plain daemon too', {
  timeout: 600_000,
}, async () => {
  await using world = await startWorld();
  const path = join(world.source, 'file');
  writeFileSync(path, 'before');
  utimesSync(path, 1_600_000_000, 1_600_000_000);
  let agent = await world.startAgent();
  await waitUntilSettled(agent);
  await agent.end('SIGKILL');
  writeFileSync(path, 'after.');
  utimesSync(path, 1_600_000_000, 1_600_000_000);
  agent = await world.startAgent();
  await waitUntilSettled(agent);
  assert.equal(readFileSync(join(world.daemon.module, 'file'), 'utf8'), 'after.');
});

test('what a target’s daemon may not list is compared once it may', { timeout: 600_000 }, async () => {
  await using world = await startWorld(65_534);
  const { source, daemon } = world;
  mkdirSync(join(source, 'closed'));
  for (const name of ['file', 'goes']) writeFileSync(join(source, 'closed', name), 'before');
  chmodSync(join(source, 'closed'), 0o000);
  const agent = await world.startAgent();
  await waitUntilSettled(agent);
  await agent.end('SIGKILL');
  chmodSync(join(source, 'closed'), 0o755);
  writeFileSync(join(source, 'closed/file'), 'after');
  rmSync(join(source, 'closed/goes'));
  const next = await world.startAgent();
  await waitForReplica(next, 'in sync', ({ inSync }) => inSync);
  await waitUntilSettled(next);
  await assertEqualTrees(source, daemon.module);
});
