import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ReplicaStatus } from '../protocol/agent-status.ts';
import { flushReplicas, type Owing, reconnectMs } from './flush.ts';

const position = { epoch: 1, sequence: 1 };
const error = (reason: 'LeaseHeld' | 'TargetUnreachable') => ({ reason, message: `it is ${reason}`, at: 0 });

interface Moment {
  readonly idle?: boolean;
  readonly connected?: boolean;
  readonly link?: ReplicaStatus['link'];
  readonly reason?: 'LeaseHeld' | 'TargetUnreachable';
}

/** A replica whose state follows the time. */
const flush = async (graceMs: number, ...replicas: ((ms: number) => Moment)[]) => {
  let now = 0;
  const clock = {
    monotonic: () => now,
    sleep: async (ms: number) => {
      now += ms;
      return true;
    },
  };
  const owing = replicas.map((at, index): Owing => {
    return {
      idle: () => at(now).idle ?? false,
      status: () => {
        const { connected = false, link = connected ? 'Online' : 'Offline', reason } = at(now);
        const lastError = reason === undefined ? null : error(reason);
        return { target: `t${index}`, position: connected ? position : null, link, lastError, pending: 3 };
      },
    };
  });
  const unsent = await flushReplicas(owing, { graceMs, clock, push: () => {} });
  return { tookMs: now, unsent: unsent.map(({ target, why }) => `${target}: ${why}`) };
};

test('what is sent is waited for, and nothing else', async () => {
  const sending = await flush(25_000, (ms) => ({ connected: true, idle: ms >= 5_000 }));
  assert.deepEqual(sending, { tookMs: 5_000, unsent: [] });
  assert.deepEqual(await flush(25_000, () => ({ idle: true })), { tookMs: 0, unsent: [] });
});

const hopeless: readonly [string, (ms: number) => Moment, number, string][] = [
  ['an unreachable target', () => ({ reason: 'TargetUnreachable' }), reconnectMs, 'it is TargetUnreachable'],
  ['a target that was never reached', () => ({ link: 'Connecting' }), reconnectMs, 'the target is not connected'],
  ['a lease that another has', () => ({ reason: 'LeaseHeld' }), 0, 'it is LeaseHeld'],
  ['a paused replica', () => ({ link: 'Paused' }), 0, 'the target is not connected'],
  ['a target that takes for ever', () => ({ connected: true }), 25_000, 'the time to stop was over'],
  [
    'one that goes while we send',
    (ms) => ({ connected: ms < 4_000 }),
    4_000 + reconnectMs,
    'the target is not connected',
  ],
];
for (const [what, at, tookMs, why] of hopeless)
  test(`${what} is given up and told`, async () => {
    assert.deepEqual(await flush(25_000, at), { tookMs, unsent: [`t0: ${why}`] });
  });

test('a connection that comes back in time is used', async () => {
  const back = await flush(25_000, (ms) => ({ connected: ms < 1_000 || ms > 2_500, idle: ms > 4_000 }));
  assert.deepEqual(back, { tookMs: 4_010, unsent: [] });
});

test('a target that is down costs another one nothing', async () => {
  const both = await flush(
    25_000,
    () => ({ reason: 'TargetUnreachable' }),
    (ms) => ({ connected: true, idle: ms >= 6_000 }),
  );
  assert.deepEqual(both, { tookMs: 6_000, unsent: ['t0: it is TargetUnreachable'] });
});
