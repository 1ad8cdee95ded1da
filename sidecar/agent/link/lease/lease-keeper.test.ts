import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createManualClock } from '../../../../src/process/manual-clock.ts';
import { ControlFailure } from '../../../protocol/connection/control-connection.ts';
import { type LeaseRequest, leaseRenewMs } from '../../../protocol/control.ts';
import { decideLease, type LeaseState, noLease } from '../../../receiver/lease/lease.ts';
import type { Link } from '../link.ts';
import { LeaseKeeper } from './lease-keeper.ts';

/** A lease of epoch 7 that is renewed once, by what the receiver decides, in a boot of its machine. */
async function renewIn(bootId: string) {
  const clock = createManualClock(0);
  let state: LeaseState = { ...noLease, volume: 'v', epoch: 7, firstEpoch: 7, bootId: 'granted in', holder: 'agent' };
  const takeLease = async (request: LeaseRequest): Promise<void> => {
    const facts = { expiresInMs: 9_000, volume: 'v', bootId, holdsData: true, now: 0 };
    const decision = decideLease(state, facts, request);
    if (decision.kind === 'refuse') throw new ControlFailure(409, decision.error);
    if (decision.kind === 'grant') state = decision.next;
  };
  const ended = Promise.withResolvers<string>();
  const keeper = new LeaseKeeper({
    link: { epoch: 7, control: { takeLease } } as unknown as Link,
    holder: 'agent',
    controllerEpoch: 0,
    clock,
    covered: () => ({}),
    onRenewed: () => ended.resolve('renewed'),
    onLost: (error) => ended.resolve((error as ControlFailure).code),
  });
  clock.advance(leaseRenewMs);
  const end = await ended.promise;
  keeper.stop();
  return { end, epoch: state.epoch };
}

test('a renewal takes no epoch of its own: it goes on, or is told that its machine was started anew', async () => {
  assert.deepEqual(await renewIn('granted in'), { end: 'renewed', epoch: 7 });
  assert.deepEqual(await renewIn('another'), { end: 'NotReady', epoch: 7 });
});
