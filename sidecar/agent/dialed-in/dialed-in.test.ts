import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { ReceiverTarget } from '../../../src/api/settings/replication-settings.ts';
import { silentLogger } from '../../../src/process/log/logger.ts';
import { Storm } from '../../../testing/storm/storm.ts';
import { dialLine } from '../../protocol/connection/dialed-in.ts';
import { makeClientTls, password, startFixture, username } from '../../receiver/testing/receiver-fixture.ts';
import { type AgentHandle, runAgent } from '../main.ts';
import { assertEqualTrees, testSettings, waitFor, waitUntilSettled } from '../testing/agent-fixture.ts';
import { DialedInTargets } from './dialed-in-targets.ts';

async function makeWorld(t: TestContext) {
  const base = mkdtempSync(join(tmpdir(), 'dialed-in-'));
  const source = join(base, 'source');
  mkdirSync(source);
  const here = { host: '127.0.0.1', port: 0 };
  const targets = await DialedInTargets.listen(here, silentLogger);
  // Nobody listens there: only what dials in can be it.
  const target: ReceiverTarget = {
    ...{ kind: 'receiver', name: 'dr', host: 'localhost', port: 1, volume: 'uploads', username, password },
    tls: await makeClientTls(),
  };
  const expected = await targets.expect(target);
  const ends: (() => Promise<unknown>)[] = [];
  t.after(async () => {
    for (const end of ends) await end();
    targets.close();
    rmSync(base, { recursive: true });
  });
  const startReceiver = async () => {
    const dial = { host: '127.0.0.1', port: targets.port, target: 'dr' };
    const receiver = await startFixture({ directory: join(base, 'target'), dial });
    ends.push(() => receiver.close());
    return receiver;
  };
  mkdirSync(join(base, 'target'));
  let running: AgentHandle | undefined;
  const stopAgent = async (): Promise<void> => {
    const agent = running;
    running = undefined;
    await agent?.stop(1_000);
  };
  ends.push(stopAgent);
  /** Ends an earlier one first. */
  const startAgent = async (more: object = {}) => {
    await stopAgent();
    const settings = { ...testSettings, source, targets: [expected], ...more };
    const agent = await runAgent({ settings, stateDir: join(base, `state${ends.length}`), logger: silentLogger });
    running = agent;
    return agent;
  };
  return { base, source, data: join(base, 'target/data'), targets, target, expected, startReceiver, startAgent };
}

test('a receiver that dials in is a target as any other: changes, moves, its end and its return', {
  timeout: 600_000,
}, async (t) => {
  const { source, data, startReceiver, startAgent } = await makeWorld(t);
  const storm = new Storm(source);
  t.diagnostic(`STORM_SEED=${storm.seed}`);
  await storm.run({ steps: 100 });
  const agent = await startAgent({ retry: { initialMs: 100, maxMs: 300_000 } });
  const link = () => agent.status().replicas[0]?.link;
  await waitFor('nobody there', () => agent.status().replicas[0]?.lastError?.reason === 'TargetUnreachable');
  const first = await startReceiver();
  await waitFor('the receiver', () => link() === 'Online');
  await storm.run({ steps: 150, pauseMs: 3 });
  const equal = async (): Promise<void> => {
    await waitUntilSettled(agent);
    await assertEqualTrees(source, data);
  };
  await equal();
  mkdirSync(join(source, 'from/deep'), { recursive: true });
  writeFileSync(join(source, 'from/deep/a'), 'x');
  await equal();
  renameSync(join(source, 'from'), join(source, 'to'));
  await equal();
  assert.ok((agent.status().replicas[0]?.renames ?? 0) > 0, 'the control channel comes the same way');
  await first.close();
  await waitFor('its end', () => link() === 'Offline');
  writeFileSync(join(source, 'meanwhile'), 'x');
  await startReceiver();
  await equal();
  assert.equal(agent.status().replicas[0]?.inSync, true);
});

test('a source is filled again from a receiver that dials in', { timeout: 600_000 }, async (t) => {
  const { base, source, startReceiver, startAgent } = await makeWorld(t);
  await startReceiver();
  writeFileSync(join(source, 'a'), 'kept');
  const agent = await startAgent();
  await waitUntilSettled(agent);
  const filled = join(base, 'filled');
  mkdirSync(filled);
  const back = await startAgent({ source: filled, restore: 'IfEmpty' });
  await back.ready;
  assert.equal(readFileSync(join(filled, 'a'), 'utf8'), 'kept');
});

test('strangers get no place, whatever they say, and take none from those that wait', {
  timeout: 600_000,
}, async (t) => {
  const { source, data, targets, expected, startReceiver, startAgent } = await makeWorld(t);
  const say = async (answer: (nonce: string) => string): Promise<net.Socket> => {
    const socket = net.connect({ host: '127.0.0.1', port: targets.port });
    t.after(() => socket.destroy());
    socket.on('error', () => {});
    const [nonce] = await once(socket.setEncoding('latin1'), 'data');
    socket.write(answer(nonce.trim()));
    return socket;
  };
  const rows: readonly ((nonce: string) => string)[] = [
    (nonce) => dialLine('another password', nonce, 'dr'),
    (nonce) => dialLine(password, nonce, 'another'),
    () => dialLine(password, '00', 'dr'),
    (nonce) => `${dialLine(password, nonce, 'dr')}and more`,
    () => 'GET / HTTP/1.1\r\n',
    () => 'x'.repeat(1_000),
  ];
  for (const answer of rows) {
    const socket = await say(answer);
    if (!socket.closed) await once(socket, 'close');
  }
  const probe = net.connect({ host: '127.0.0.1', port: expected.port });
  const [error] = await once(probe, 'error');
  assert.equal(error.code, 'ECONNREFUSED', 'nobody is there yet');
  await startReceiver();
  await waitFor('the receiver', () => isOpen(expected.port));
  // Who knows the password but has no certificate gets a place, and nothing by it.
  await say((nonce) => dialLine(password, nonce, 'dr'));
  writeFileSync(join(source, 'a'), 'x');
  const agent = await startAgent();
  await waitUntilSettled(agent);
  await assertEqualTrees(source, data);
});

const isOpen = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = net.connect({ host: '127.0.0.1', port });
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
