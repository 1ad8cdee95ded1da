import assert from 'node:assert/strict';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { createAuthority, issueOperatorCertificate, issueServerCertificate } from '../../certificates/authority.ts';
import { agentOf, reportOf } from '../decide/observed.fixture.ts';
import { agentServerName } from '../desired/material.ts';
import { judgeHearing } from '../hearing.ts';
import { reporterKey } from './reports.ts';
import { makeTestPoller, startAgent, startReceiver, untilHolds } from './served.fixture.ts';

const replicas = Array.from({ length: 20 }, (_, at) => `replica-${at}`);
const keyOf = (replica: string) => reporterKey({ kind: 'agent', namespace: 'shop', pod: 'web-a', replica });

test('when the operator was cut off, all are asked again as soon as one is heard', async (t) => {
  const authority = await createAuthority({ name: 'test' });
  const names = replicas.map((name) => agentServerName({ namespace: 'shop', name, uid: '' }));
  const pair = await issueServerCertificate(authority, { names });
  const server = createServer({ ...pair, ca: authority.cert, requestCert: true }, (_, response) => {
    response.end(JSON.stringify(agentOf([reportOf('dr')])));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const identity = { pair: await issueOperatorCertificate(authority, {}), bundle: authority.cert };
  let isCut = true;
  let failures = 0;
  const { clock, reports, poller } = makeTestPoller({
    identity: () => (isCut ? undefined : identity),
    endpoint: () => ({ kind: 'agent', host: '127.0.0.1', port: (server.address() as AddressInfo).port }),
    silent: () => {
      failures += 1;
    },
  });
  const running = poller.run();
  for (const replica of replicas) poller.follow(keyOf(replica));
  // Asked ever more rarely: the next time lies far ahead for everybody.
  for (let round = 1; round <= 6; round += 1) {
    await untilHolds(() => failures >= round * replicas.length);
    if (round < 6) await clock.advance(60_000);
  }
  isCut = false;
  poller.follow(keyOf('replica-0'));
  await untilHolds(() => replicas.every((replica) => reports.wasHeard(keyOf(replica))));
  poller.stop();
  await running;
});

test('when the operator was cut off, receivers are asked before the agents that they speak for', async () => {
  const pods = Array.from({ length: 20 }, (_, at) => `web-${at}`);
  const handed = pods.map((pod) => ({ ageMs: 0, status: agentOf([reportOf('dr')], { holder: `${pod}/uid` }) }));
  const [first, second] = [await startReceiver([]), await startReceiver(handed)];
  const of = (kind: 'agent' | 'receiver', pod: string) =>
    reporterKey({ kind, namespace: 'shop', pod, replica: 'uploads' });
  let asked = 0;
  const { clock, reports, poller } = makeTestPoller({
    endpoint({ kind, pod }) {
      if (kind === 'receiver') return (pod === 'dr-0' ? first : second).endpoint;
      return { kind, host: '127.0.0.1', port: 1 };
    },
    silent: () => {
      asked += 1;
    },
  });
  const running = poller.run();
  const isKnown = (key: string) => reports.agent(key)?.at === clock.monotonic();
  const receivers = ['dr-0', 'dr-1'].map((pod) => of('receiver', pod));
  const agents = pods.map((pod) => of('agent', pod));
  for (const key of receivers) poller.follow(key);
  await untilHolds(() => agents.every(isKnown));
  for (const key of agents) poller.follow(key);
  for (const { state } of [first, second]) state.isCut = true;
  await untilHolds(
    () => asked >= 3 * agents.length,
    () => clock.advance(1_000),
  );
  for (const { state } of [first, second]) state.isCut = false;
  // Those that are being asked come to their end.
  await new Promise((resolve) => setTimeout(resolve, 200));
  const before = asked;
  poller.follow(receivers[0] ?? '');
  await untilHolds(() => agents.every(isKnown));
  assert.equal(asked, before, 'no agent was asked');
  poller.stop();
  await running;
});

test('one that fell silent with its receiver, and came back with it, is known to be silent again as soon', async () => {
  const handed = { ageMs: 0, status: agentOf([reportOf('dr')], { holder: 'web-a/uid' }) };
  const receiver = await startReceiver([handed]);
  // Somebody is heard all the time: it is not the operator who is cut off.
  const well = await startAgent('well', { generation: 0 });
  const agent = keyOf('uploads');
  const ofReceiver = reporterKey({ kind: 'receiver', namespace: 'shop', pod: 'uploads-dr-0', replica: 'uploads' });
  const { clock, reports, poller } = makeTestPoller({
    workers: 2,
    endpoint: ({ kind, replica }) =>
      kind === 'receiver' ? receiver.endpoint : { kind, host: '127.0.0.1', port: replica === 'well' ? well.port : 1 },
  });
  const running = poller.run();
  /** Time goes by in small steps, and each question has its answer before the next. */
  const pass = async (seconds: number, until: () => boolean = () => false): Promise<void> => {
    for (let at = 0; at < seconds && !until(); at += 1) {
      clock.advance(1_000);
      await new Promise((resolve) => setTimeout(resolve, 15));
    }
  };
  const judge = () => {
    const report = reports.agent(agent);
    return report && judgeHearing({ hearingAt: Infinity }, report, { monotonicMs: clock.monotonic() });
  };
  poller.follow(ofReceiver);
  poller.follow(keyOf('well'));
  await pass(30, () => reports.wasHeard(agent));
  poller.follow(agent);
  await pass(10);
  for (let round = 0; round < 3; round += 1) {
    assert.equal(judge(), 'Heard');
    receiver.state.isCut = true;
    await pass(30);
    assert.equal(judge(), 'Silent', `round ${round}`);
    // It is asked ever more rarely by then, and the next time lies furthest ahead when it has just been.
    await pass(180);
    const askedAt = reports.agent(agent)?.lookedAt;
    await pass(90, () => reports.agent(agent)?.lookedAt !== askedAt);
    receiver.state.isCut = false;
    poller.follow(ofReceiver);
    await pass(90, () => judge() === 'Heard');
  }
  poller.stop();
  await running;
});
