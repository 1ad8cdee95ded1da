import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLogger, type Logger } from '../../../src/process/log/logger.ts';
import { createRandom } from '../../../testing/storm/random.ts';
import { Storm } from '../../../testing/storm/storm.ts';
import { makeClientTls, password, startFixture } from '../../receiver/testing/receiver-fixture.ts';
import { receiverTarget, startReplica, waitFor, waitUntilSettled } from '../testing/agent-fixture.ts';
import { ProcessWorld, waitForReplica } from '../testing/process-world.ts';
import { TcpProxy } from '../testing/tcp-proxy.ts';

const seed = process.env.STORM_SEED === undefined ? {} : { seed: Number(process.env.STORM_SEED) };

test('a receiver that is gone for a while is caught up with', { timeout: 600_000 }, async (t) => {
  await using world = await ProcessWorld.start();
  const storm = new Storm(world.source, seed);
  t.diagnostic(`STORM_SEED=${storm.seed}`);
  await storm.run({ steps: 200 });
  const agent = await world.startAgent();
  await waitUntilSettled(agent);
  await world.receiver.end('SIGTERM');
  await storm.run({ steps: 300, pauseMs: 5 });
  const away = await waitForReplica(agent, 'being offline', ({ link }) => link === 'Offline');
  assert.equal(away.lastError?.reason, 'TargetUnreachable');
  await storm.run({ steps: 100 });
  const behind = await waitForReplica(agent, 'the lag', ({ lagSeconds }) => lagSeconds > 0);
  assert.ok(behind.pending > 0);
  assert.equal(behind.inSync && behind.lagSeconds > 10, false);
  await world.restartReceiver();
  await world.assertEqual(agent);
  await world.assertNoLeftovers();
});

test('a receiver that is stopped and goes on loses nothing', { timeout: 600_000 }, async (t) => {
  await using world = await ProcessWorld.start();
  const storm = new Storm(world.source, seed);
  t.diagnostic(`STORM_SEED=${storm.seed}`);
  const agent = await world.startAgent();
  await storm.run({ steps: 200, pauseMs: 5 });
  process.kill(world.receiver.pid, 'SIGSTOP');
  await storm.run({ steps: 300, pauseMs: 10 });
  await sleep(2_000);
  process.kill(world.receiver.pid, 'SIGCONT');
  await storm.run({ steps: 100, pauseMs: 5 });
  await world.assertEqual(agent);
});

test('an agent ends in time although its receiver hangs', { timeout: 600_000 }, async () => {
  await using world = await ProcessWorld.start();
  const agent = await world.startAgent();
  writeFileSync(join(world.source, 'one'), '1');
  await waitUntilSettled(agent);
  writeFileSync(join(world.source, 'two'), '2');
  await waitFor('it', () => existsSync(join(world.data, 'two')));
  // It is not said to be durable before another two seconds: the agent that ends asks for that.
  await waitForReplica(agent, 'nothing to be pending', ({ pending }) => pending === 0);
  process.kill(world.receiver.pid, 'SIGSTOP');
  const before = performance.now();
  assert.equal(await agent.end('SIGTERM'), 0);
  assert.ok(performance.now() - before < 12_000, 'nothing is pending, so there is nothing to wait for');
  process.kill(world.receiver.pid, 'SIGCONT');
});

const silentTargets: readonly [string, (socket: net.Socket) => void, boolean][] = [
  ['is refused', (socket) => socket.destroy(), true],
  ['is accepted and never answered', () => {}, false],
];
for (const [what, answer, close] of silentTargets)
  test(`an agent whose target ${what} ends without waiting for its grace`, { timeout: 600_000 }, async (t) => {
    const server = net.createServer(answer);
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const { port } = server.address() as net.AddressInfo;
    if (close) server.close();
    t.after(() => server.close());
    await using world = await ProcessWorld.start({ port: () => port });
    const agent = await world.startAgent();
    writeFileSync(join(world.source, 'one'), '1');
    await waitForReplica(agent, 'the lag', ({ lagSeconds }) => lagSeconds > 0);
    const before = performance.now();
    assert.equal(await agent.end('SIGTERM'), 0);
    assert.ok(performance.now() - before < 20_000, `it took ${performance.now() - before} ms`);
  });

test('a connection that is cut again and again carries everything', { timeout: 600_000 }, async (t) => {
  const receiver = await startFixture();
  const proxy = await TcpProxy.start(receiver.port);
  const replica = await startReplica({ settings: { targets: [receiverTarget({ ...receiver, port: proxy.port })] } });
  t.after(async () => {
    await replica.close();
    proxy.close();
    await receiver.close();
  });
  const storm = new Storm(replica.source, { ...seed, maxFileBytes: 512 * 1024 });
  t.diagnostic(`STORM_SEED=${storm.seed}`);
  const random = createRandom(storm.seed);
  for (let round = 0; round < 10; round++) {
    await storm.run({ steps: 40, pauseMs: 8 });
    await sleep(random.below(200));
    proxy.cut();
  }
  proxy.refuses = true;
  proxy.cut();
  await storm.run({ steps: 50 });
  await waitFor('the loss to be seen', () => replica.status().link === 'Offline');
  proxy.refuses = false;
  await replica.assertEqualTo(join(receiver.directory, 'data'));
});

test('a slow connection is waited for and a frozen one given up', { timeout: 600_000 }, async (t) => {
  const receiver = await startFixture();
  const proxy = await TcpProxy.start(receiver.port);
  const replica = await startReplica({
    settings: { targets: [receiverTarget({ ...receiver, port: proxy.port })] },
    // What is in buffers on the way takes 6 s.
    stallMs: 10_000,
  });
  t.after(async () => {
    await replica.close();
    proxy.close();
    await receiver.close();
  });
  await replica.settled();
  proxy.bytesPerSecond = 512 * 1024;
  const big = join(replica.source, 'big');
  writeFileSync(big, randomBytes(3 * 1024 * 1024));
  await sleep(1_000);
  assert.notEqual(replica.status().pending, 0, 'the link is slow');
  writeFileSync(join(replica.source, 'small'), 'x');
  await replica.assertEqualTo(join(receiver.directory, 'data'));
  writeFileSync(big, randomBytes(2 * 1024 * 1024));
  await sleep(300);
  proxy.freeze();
  proxy.bytesPerSecond = undefined;
  // The lease's renewal may be the first to hear nothing.
  const ways: ReadonlySet<unknown> = new Set(['Stalled', 'TargetUnreachable']);
  await waitFor('the stall to be seen', () => ways.has(replica.status().lastError?.reason));
  rmSync(join(replica.source, 'small'));
  await replica.assertEqualTo(join(receiver.directory, 'data'));
});

/** A logger, and why the target was offline by what it was told. */
function collectOffline(): { logger: Logger; whyOffline: string[] } {
  const whyOffline: string[] = [];
  const write = (line: string): void => {
    const { message, detail } = JSON.parse(line) as { message: string; detail: string };
    if (message === 'replica is offline') whyOffline.push(detail);
  };
  return { logger: createLogger({ out: { write } }), whyOffline };
}

/** A replica whose connections go through a proxy, and why it was offline. */
async function startBehindProxy(t: TestContext) {
  const receiver = await startFixture();
  const proxy = await TcpProxy.start(receiver.port);
  const { logger, whyOffline } = collectOffline();
  const settings = { targets: [receiverTarget({ ...receiver, port: proxy.port })] };
  const replica = await startReplica({ settings, logger });
  t.after(async () => {
    await replica.close();
    proxy.close();
    await receiver.close();
  });
  return { receiver, proxy, replica, whyOffline };
}

test('connections that were forgotten on the way are made anew', { timeout: 600_000 }, async (t) => {
  const { receiver, proxy, replica, whyOffline } = await startBehindProxy(t);
  const file = join(replica.source, 'file');
  for (const content of ['first', 'second', 'third']) {
    writeFileSync(file, `before the ${content}`);
    await replica.assertEqualTo(join(receiver.directory, 'data'));
    proxy.freeze();
    const before = performance.now();
    writeFileSync(file, `after the ${content}`);
    await replica.assertEqualTo(join(receiver.directory, 'data'));
    t.diagnostic(`${Math.round(performance.now() - before)} ms until it was seen to be settled`);
  }
  assert.equal(whyOffline.length, 3);
  for (const detail of whyOffline) assert.match(detail, /forgotten/);
});

test('a way that is slow is not taken for a way that forgets', { timeout: 600_000 }, async (t) => {
  const { receiver, proxy, replica, whyOffline } = await startBehindProxy(t);
  await replica.settled();
  // Two seconds of bytes on each connection, new ones too.
  proxy.bytesPerSecond = 64 * 1024;
  writeFileSync(join(replica.source, 'file'), randomBytes(256 * 1024));
  await replica.assertEqualTo(join(receiver.directory, 'data'));
  assert.deepEqual(whyOffline, []);
});

test('says why it may not connect', { timeout: 600_000 }, async (t) => {
  const other = await makeClientTls(['another']);
  const cases = [
    ['AuthenticationFailed', { password: 'wrong' }],
    ['AuthenticationFailed', { tls: other }],
    ['UnknownModule', { volume: 'elsewhere', tls: await makeClientTls(['uploads', 'elsewhere']) }],
    ['CertificateInvalid', { host: 'localhost', tls: { ...(await makeClientTls()), servername: 'not.this.host' } }],
  ] as const;
  for (const [reason, change] of cases) {
    const receiver = await startFixture({ volume: 'uploads' });
    const replica = await startReplica({ settings: { targets: [{ ...receiverTarget(receiver), ...change }] } });
    try {
      writeFileSync(join(replica.source, 'file'), 'x');
      await waitFor(`${reason} for ${Object.keys(change)}`, () => replica.status().lastError?.reason === reason);
      assert.equal(replica.status().link, 'Offline');
      assert.equal(JSON.stringify(replica.agent.status()).includes(password), false);
    } finally {
      await replica.close();
      await receiver.close();
    }
  }
  t.diagnostic(`${cases.length} ways not to get in`);
});
