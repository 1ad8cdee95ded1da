import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ReplicationSettings } from '../../../src/api/settings/replication-settings.ts';
import { silentLogger } from '../../../src/process/log/logger.ts';
import { Storm } from '../../../testing/storm/storm.ts';
import { type Fixture, startFixture } from '../../receiver/testing/receiver-fixture.ts';
import { runAgent } from '../main.ts';
import { assertEqualTrees, type Replica, receiverTarget, startReplica, waitFor } from '../testing/agent-fixture.ts';

const dataOf = ({ directory }: Fixture): string => join(directory, 'data');

async function together(
  t: { after(end: () => Promise<void>): void },
  options: Parameters<typeof startReplica>[0] = {},
) {
  const other = await startFixture();
  const replica = await startReplica(options);
  t.after(async () => {
    await replica.close();
    await other.close();
  });
  return { replica, other };
}

const both = ({ settings }: Replica, other: Fixture) => [...settings.targets, receiverTarget(other, 'other')];

test('a target that is down does not hold up another', async (t) => {
  const { replica, other } = await together(t);
  const { agent, settings, source, data } = replica;
  const targets = both(replica, { ...other, port: 1 });
  await agent.update({ ...settings, generation: 2, targets });
  for (let n = 0; n < 5; n++) {
    writeFileSync(join(source, `file-${n}`), `${n}`);
    await waitFor('it at the one that is up', () => existsSync(join(data, `file-${n}`)));
  }
  const [up, down] = agent.status().replicas;
  assert.equal(up?.link, 'Online');
  assert.equal(down?.link, 'Offline');
  assert.equal(down?.lastError?.reason, 'TargetUnreachable');
  assert.ok((down?.pending ?? 0) > 0);
  await agent.update({ ...settings, generation: 3, targets: both(replica, other) });
  await replica.assertEqual();
  await assertEqualTrees(source, dataOf(other));
});

test('targets come and go while a storm goes on', { timeout: 600_000 }, async (t) => {
  // While a target is away the storm may well rename or remove more than half of what it has.
  const { replica, other } = await together(t, { sync: { deleteGuard: { maxPercent: 50, minFiles: 100_000 } } });
  const storm = new Storm(replica.source);
  t.diagnostic(`STORM_SEED=${storm.seed}`);
  await storm.run({ steps: 100 });
  const end = new AbortController();
  const running = storm.run({ steps: 100_000, pauseMs: 20, signal: end.signal });
  let generation = 1;
  for (let round = 0; round < 3; round++) {
    await replica.agent.update({ ...replica.settings, generation: ++generation, targets: both(replica, other) });
    await sleep(300);
    // Two that meet: the newer counts.
    const none = replica.agent.update({ ...replica.settings, generation: ++generation, targets: [] });
    const one = replica.agent.update({ ...replica.settings, generation: ++generation });
    await Promise.all([none, one]);
    assert.deepEqual(
      replica.agent.status().replicas.map(({ target }) => target),
      ['dr'],
    );
    await sleep(200);
  }
  await replica.agent.update({ ...replica.settings, generation: ++generation, targets: both(replica, other) });
  end.abort();
  await running;
  await replica.settled();
  assert.deepEqual(
    replica.agent.status().replicas.map(({ heldDeletes }) => heldDeletes),
    [null, null],
  );
  await replica.assertEqual();
  await assertEqualTrees(replica.source, dataOf(other));
});

test('paused, or stopped, while its connection is being opened it does not go on when that is there', {
  timeout: 600_000,
}, async (t) => {
  const { replica, other } = await together(t);
  await replica.settled();
  const { agent, settings } = replica;
  let asked = Promise.withResolvers<void>();
  let open = Promise.withResolvers<void>();
  const door = net.createServer(async (client) => {
    asked.resolve();
    await open.promise;
    const way = net.connect({ host: '127.0.0.1', port: other.port });
    for (const socket of [client, way]) socket.on('error', () => {});
    client.pipe(way).pipe(client);
  });
  t.after(() => void door.close());
  await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve));
  const { port } = door.address() as net.AddressInfo;
  const targets = [receiverTarget({ ...other, port })];
  await agent.update({ ...settings, generation: 2, targets });
  await asked.promise;
  await agent.update({ ...settings, generation: 3, targets, paused: true });
  open.resolve();
  await waitFor('the pause', () => replica.status().link === 'Paused');
  [asked, open] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  await agent.update({ ...settings, generation: 4, targets });
  await asked.promise;
  const stopped = agent.update({ ...settings, generation: 5, targets: [] });
  open.resolve();
  await stopped;
});

test('while paused nothing is sent, and afterwards everything', async (t) => {
  const replica = await startReplica();
  t.after(() => replica.close());
  await replica.settled();
  const { agent, settings, source, data } = replica;
  await agent.update({ ...settings, generation: 2, paused: true });
  await waitFor('the pause', () => replica.status().link === 'Paused');
  writeFileSync(join(source, 'waits'), 'x');
  await waitFor('it to be pending', () => replica.status().pending > 0);
  await sleep(500);
  assert.equal(existsSync(join(data, 'waits')), false);
  await agent.update({ ...settings, generation: 3 });
  await replica.assertEqual();
});

test('an edited filter counts at once, and what it excludes stays as it is', async (t) => {
  const replica = await startReplica();
  t.after(() => replica.close());
  const { agent, settings, source, data } = replica;
  mkdirSync(join(source, 'logs'));
  for (const name of ['keep.txt', 'old.log', 'logs/deep.log']) writeFileSync(join(source, name), 'before');
  await replica.assertEqual();
  await agent.update({ ...settings, generation: 2, filter: { exclude: ['*.log'], include: [] } });
  for (const name of ['keep.txt', 'old.log', 'new.log', 'logs/deep.log']) writeFileSync(join(source, name), 'after.');
  await waitFor('what is not excluded', () => readFileSync(join(data, 'keep.txt'), 'utf8') === 'after.');
  await replica.settled();
  assert.equal(readFileSync(join(data, 'old.log'), 'utf8'), 'before');
  assert.equal(existsSync(join(data, 'new.log')), false);
  await agent.update({ ...settings, generation: 3 });
  await replica.assertEqual();
});

test('what was rewritten and not yet sent before the filter was edited is sent, whatever its size and time say', async (t) => {
  const replica = await startReplica();
  t.after(() => replica.close());
  const { agent, settings, source } = replica;
  const write = (text: string): void => {
    writeFileSync(join(source, 'file'), text);
    utimesSync(join(source, 'file'), 1_000_000_000, 1_000_000_000);
  };
  write('before');
  await replica.assertEqual();
  await agent.update({ ...settings, generation: 2, paused: true });
  write('after.');
  await waitFor('it to be told of', () => replica.status().pending > 0);
  await agent.update({ ...settings, generation: 3, filter: { exclude: ['*.log'], include: [] } });
  await replica.assertEqual();
});

test('settings that come while the first are being put to work are the ones that count', async (t) => {
  const replica = await startReplica();
  t.after(() => replica.close());
  const source = mkdtempSync(join(replica.base, 'later-'));
  // Paused, nothing is connected: only who is there is looked at.
  const settings = { ...replica.settings, source, paused: true };
  for (let turns = 0; turns < 30; turns++) {
    const agent = await runAgent({ settings, stateDir: `${source}-state`, logger: silentLogger });
    for (let turn = 0; turn < turns; turn++) await new Promise<void>((resolve) => process.nextTick(resolve));
    await agent.update({ ...settings, generation: 2, targets: [] });
    await agent.ready;
    const left = agent.status().replicas.map(({ target }) => target);
    await agent.stop(0);
    assert.deepEqual(left, [], `${turns} turns after the start`);
  }
});

test('a settings file that changed after it was read for the start is read again', async (t) => {
  const replica = await startReplica();
  t.after(() => replica.close());
  const { settings, base } = replica;
  const directory = mkdtempSync(join(base, 'config-'));
  const newer: ReplicationSettings = { ...settings, source: directory, generation: 2, targets: [], paused: true };
  writeFileSync(join(base, 'settings.json'), JSON.stringify(newer));
  const agent = await runAgent({
    settings: { ...newer, generation: 1, paused: false },
    configFile: join(base, 'settings.json'),
    stateDir: `${directory}-state`,
    logger: silentLogger,
  });
  t.after(() => agent.stop(1_000));
  await waitFor('the newer settings', () => agent.status().generation === 2);
  assert.equal(agent.status().paused, true);
});

test('older settings are ignored', async (t) => {
  const replica = await startReplica();
  t.after(() => replica.close());
  const { agent, settings } = replica;
  await agent.update({ ...settings, generation: 5 });
  await agent.update({ ...settings, generation: 4, targets: [] });
  assert.equal(agent.status().generation, 5);
  assert.equal(agent.status().replicas.length, 1);
  await agent.update({ ...settings, generation: 6, controllerEpoch: 3 });
  await agent.update({ ...settings, generation: 7, controllerEpoch: 2, targets: [] });
  assert.equal(agent.status().generation, 6);
  writeFileSync(join(replica.source, 'goes on'), 'x');
  await replica.assertEqual();
});
