import assert from 'node:assert/strict';
import { test } from 'node:test';
import { issueClientCertificate, type KeyPair } from '../../certificates/authority.ts';
import { systemClock } from '../../process/clock.ts';
import { silentLogger } from '../../process/log/logger.ts';
import { agentOf, reportOf } from '../decide/observed.fixture.ts';
import { createConnections } from './connections.ts';
import { createPoller } from './poller.ts';
import { createReports, type Reporter, reporterKey } from './reports.ts';
import { authority, operator, settings, startAgent, startMute, startReceiver, untilHolds } from './served.fixture.ts';

const agentKey = (replica: string) => reporterKey({ kind: 'agent', namespace: 'shop', pod: 'web-a', replica });

/** Polls agents by SyncReplica name until `holds`. */
const poll = async (
  agents: Readonly<Record<string, number>>,
  pair: KeyPair,
  holds: (seen: { changed: string[]; silent: string[] }) => boolean,
  workers = 2,
) => {
  const seen = { changed: [] as string[], silent: [] as string[] };
  const reports = createReports();
  const poller = createPoller({
    clock: systemClock,
    random: () => 0,
    logger: silentLogger,
    reports,
    workers,
    identity: () => ({ pair, bundle: authority.cert }),
    endpoint: ({ replica }: Reporter) => {
      const port = agents[replica];
      return port === undefined ? undefined : { kind: 'agent', host: '127.0.0.1', port };
    },
    writerTls: () => undefined,
    generation: () => settings.generation,
    settings: () => settings,
    changed: ({ replica }) => seen.changed.push(replica),
    silent: ({ replica }) => seen.silent.push(replica),
  });
  const running = poller.run();
  for (const replica of Object.keys(agents)) poller.follow(agentKey(replica));
  const limit = performance.now() + 180_000;
  while (!holds(seen) && performance.now() < limit) await new Promise((resolve) => setTimeout(resolve, 20));
  poller.stop();
  await running;
  return { ...seen, reports, isMet: holds(seen) };
};

test('an agent is asked by mTLS, and given settings that are newer than its own', async () => {
  const agent = await startAgent('uploads', { generation: settings.generation - 1 });
  const { reports, isMet } = await poll({ uploads: agent.port }, operator, () => agent.state.pushed.length > 0);
  assert.ok(isMet);
  assert.deepEqual(agent.state.pushed, [settings]);
  assert.equal(reports.agent(agentKey('uploads'))?.status.replicas[0]?.target, 'dr');
  const upToDate = await startAgent('uploads', { generation: settings.generation });
  await poll({ uploads: upToDate.port }, operator, ({ changed }) => changed.length > 0);
  assert.deepEqual(upToDate.state.pushed, [], 'what it has is not sent again');
});

test('one that does not answer costs its own turn only, and is reported as silent', async () => {
  const [slow, well] = [
    await startAgent('slow', { generation: 0, hang: true }),
    await startAgent('well', { generation: settings.generation }),
  ];
  const { changed, silent, isMet, reports } = await poll(
    { slow: slow.port, well: well.port, gone: 1 },
    operator,
    (seen) => ['slow', 'gone'].every((name) => seen.silent.includes(name)) && seen.changed.includes('well'),
  );
  assert.ok(isMet, JSON.stringify({ changed, silent }));
  assert.ok(reports.wasAsked(agentKey('slow')));
  assert.equal(reports.agent(agentKey('slow')), undefined);
});

test('a server with another name, and a client without the operator’s certificate, are refused', async () => {
  const other = await startAgent('other', { generation: 0 });
  const wrongName = await poll({ uploads: other.port }, operator, ({ silent }) => silent.length > 0);
  assert.ok(wrongName.isMet);
  assert.deepEqual(other.state.pushed, []);
  const neighbour = await issueClientCertificate(authority, { volumes: ['shop.uploads-dr-0'] });
  const agent = await startAgent('uploads', { generation: 0 });
  const refused = await poll({ uploads: agent.port }, neighbour, ({ silent }) => silent.length > 0);
  assert.ok(refused.isMet);
  assert.deepEqual(agent.state.pushed, [], 'a neighbour can push nothing');
});

test('what agents handed to their receiver is theirs, over one connection, and then nobody asks them', async () => {
  const young = agentOf([reportOf('dr', { initialPassDone: false })], {
    holder: 'web-a/uid-1',
    generation: settings.generation,
    startedAt: Date.now(),
  });
  const receiver = await startReceiver([{ ageMs: 100, status: young }]);
  const reports = createReports();
  let agentsAsked = 0;
  const poller = createPoller({
    clock: systemClock,
    random: () => 0,
    logger: silentLogger,
    reports,
    workers: 2,
    identity: () => ({ pair: operator, bundle: authority.cert }),
    endpoint({ kind }) {
      if (kind === 'receiver') return receiver.endpoint;
      return { kind: 'agent', host: '192.0.2.1', port: 1 };
    },
    writerTls: () => undefined,
    generation: () => settings.generation,
    settings: () => settings,
    changed: () => {},
    silent: () => {
      agentsAsked += 1;
    },
  });
  const running = poller.run();
  poller.follow(reporterKey({ kind: 'receiver', namespace: 'shop', pod: 'uploads-dr-0', replica: 'uploads' }));
  await untilHolds(() => reports.agent(agentKey('uploads')) !== undefined);
  poller.follow(agentKey('uploads'));
  await untilHolds(() => receiver.figures().asked >= 3);
  assert.equal(receiver.figures().handshakes, 1);
  assert.equal(agentsAsked, 0);
  poller.stop();
  await running;
});

const identity = { pair: operator, bundle: authority.cert };

test('beyond so many receivers connections are not kept, and each question resumes a session', async () => {
  const [kept, other] = [await startReceiver([]), await startReceiver([])];
  const connections = createConnections(1);
  const ask = (key: string, { endpoint }: typeof kept) =>
    connections.askReceiver(key, endpoint, identity, () => undefined);
  for (let round = 0; round < 3; round += 1) {
    await ask('kept', kept);
    assert.equal((await ask('other', other)).volume, 'shop.uploads-dr-0');
  }
  assert.deepEqual(kept.figures(), { handshakes: 1, resumed: 0, asked: 3 });
  assert.deepEqual(other.figures(), { handshakes: 3, resumed: 2, asked: 3 });
  connections.close();
});

test('a receiver that doesn’t know the operator’s certificate is asked by its volume’s writer', async () => {
  const old = await startReceiver([], true);
  const writer = await issueClientCertificate(authority, { volumes: ['shop.uploads-dr-0'] });
  const connections = createConnections();
  const ask = () => connections.askReceiver('old', old.endpoint, identity, () => ({ ca: authority.cert, ...writer }));
  assert.equal((await ask()).volume, 'shop.uploads-dr-0');
  assert.equal((await ask()).volume, 'shop.uploads-dr-0');
  assert.equal(old.figures().asked, 3, 'it is refused once');
  connections.close();
});

test('500 that never answer keep nobody from being asked in time', async () => {
  const well = await startAgent('well', { generation: settings.generation });
  const hangingPort = await startMute();
  const agents: Record<string, number> = { well: well.port };
  for (let i = 0; i < 500; i += 1) agents[`silent-${i}`] = hangingPort;
  const reports = createReports();
  const heard: number[] = [];
  const poller = createPoller({
    clock: systemClock,
    random: () => 0,
    logger: silentLogger,
    reports,
    workers: 32,
    identity: () => ({ pair: operator, bundle: authority.cert }),
    endpoint: ({ replica }: Reporter) => ({ kind: 'agent', host: '127.0.0.1', port: agents[replica] ?? 1 }),
    writerTls: () => undefined,
    generation: () => settings.generation,
    settings: () => settings,
    changed: ({ replica }) => void (replica === 'well' && heard.push(Date.now())),
    silent: () => {},
  });
  const running = poller.run();
  for (const replica of Object.keys(agents)) poller.follow(agentKey(replica));
  const at = () => reports.agent(agentKey('well'))?.at ?? 0;
  await untilHolds(() => at() !== 0);
  for (let round = 0; round < 3; round += 1) {
    const before = at();
    await untilHolds(() => at() !== before);
    // In turn with those that hang it would be more than a minute.
    assert.ok(at() - before < 40_000, `${at() - before} ms between two reports`);
  }
  poller.stop();
  await running;
});
