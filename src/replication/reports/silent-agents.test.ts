import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agentOf, reportOf } from '../decide/observed.fixture.ts';
import { judgeHearing } from '../hearing.ts';
import { type Reporter, reporterKey } from './reports.ts';
import { makeTestPoller, settings, startAgent, startMute, startReceiver, untilHolds } from './served.fixture.ts';

test('500 agents that fall silent behind their receiver keep nobody from being asked, and are known by its word', async () => {
  const count = 500;
  const status = (at: number) =>
    agentOf([reportOf('dr')], { holder: `web-${at}/uid`, generation: settings.generation });
  const handed = Array.from({ length: count }, (_, at) => ({ ageMs: 0, status: status(at) }));
  const receiver = await startReceiver(handed);
  const well = await startAgent('well', { generation: settings.generation });
  const mutePort = await startMute();
  const { clock, reports, poller } = makeTestPoller({
    endpoint({ kind, pod }: Reporter) {
      if (kind === 'receiver') return receiver.endpoint;
      return { kind: 'agent', host: '127.0.0.1', port: pod === 'well' ? well.port : mutePort };
    },
    generation: () => settings.generation,
    settings: () => settings,
  });
  const keyOf = (pod: string, kind: Reporter['kind'] = 'agent') =>
    reporterKey({ kind, namespace: 'shop', pod, replica: pod === 'well' ? 'well' : 'uploads' });
  const running = poller.run();
  poller.follow(keyOf('uploads-dr-0', 'receiver'));
  await untilHolds(() => reports.wasHeard(keyOf('web-0')));
  for (let at = 0; at < count; at += 1) poller.follow(keyOf(`web-${at}`));
  poller.follow(keyOf('well'));
  await untilHolds(() => reports.wasHeard(keyOf('well')));
  for (let seconds = 5; seconds <= 30; seconds += 5) {
    for (const one of handed) one.ageMs = seconds * 1_000;
    const askedBefore = receiver.figures().asked;
    await clock.advance(6_000);
    // Nothing that hangs is given up: by this clock no question times out, and still the well are asked in each round.
    const isAsked = (): boolean => clock.monotonic() - (reports.agent(keyOf('well'))?.at ?? 0) < 1_000;
    await untilHolds(() => isAsked() && receiver.figures().asked > askedBefore);
  }
  const judge = (pod: string) =>
    judgeHearing({ hearingAt: reports.hearingAt() }, reports.agent(keyOf(pod)) ?? { at: 0 }, {
      monotonicMs: clock.monotonic(),
    });
  assert.equal(judge('well'), 'Heard');
  for (let at = 0; at < count; at += 1) assert.equal(judge(`web-${at}`), 'Silent', `web-${at}`);
  poller.stop();
  await running;
});
