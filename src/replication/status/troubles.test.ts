import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AgentStatus, FailureReason, ReplicaStatus } from '../../../sidecar/protocol/agent-status.ts';
import {
  agentOf,
  conditionOf,
  look,
  messageOf,
  now,
  podOf,
  replicaOf,
  reportOf,
  wellWorld,
} from '../decide/observed.fixture.ts';
import type { Observed } from '../observed.ts';

const seen = (report: Partial<ReplicaStatus>, agent: Partial<AgentStatus> = {}, more: Partial<Observed> = {}) =>
  look(
    wellWorld({
      agents: new Map([['web-a', { at: now.monotonicMs, status: agentOf([reportOf('dr', report)], agent) }]]),
      ...more,
    }),
  );
const failed = (reason: FailureReason): Partial<ReplicaStatus> => ({
  lastError: { reason, message: 'so it is', at: 1 },
});
const held = { id: 'abc', reason: 'TooMany', count: 120, samples: [], since: 1 } as const;
const limits = [
  { reason: 'WatchLimitReached', message: 'raise the limit' },
  { reason: 'UnreadableFiles', message: 'give it access' },
] as const;

test('every cause has a reason of its own, and the worst is shown', () => {
  const table: [string, ReturnType<typeof seen>, string, RegExp][] = [
    ['nothing', seen({}), 'False AsExpected', /nothing is wrong/],
    ['a failure', seen(failed('TargetFull')), 'True TargetFull', /^uploads on dr: so it is$/],
    ['another writer', seen(failed('LeaseHeld')), 'False AsExpected', /nothing/],
    ['held deletions', seen({ heldDeletes: held }), 'True DeletesHeld', /uploads on dr has 120 entries/],
    ['a failure besides', seen({ ...failed('Stalled'), heldDeletes: held }), 'True Stalled', /so it is/],
    ['what can’t be copied', seen({ skipped: { count: 2, samples: ['a (why)'] } }), 'True EntriesSkipped', /a \(why\)/],
    ['limits of the watch', seen({}, { degraded: limits }), 'True WatchLimitReached', /^uploads: raise the limit$/],
    ['a limit alone', seen({}, { degraded: limits.slice(1) }), 'True UnreadableFiles', /give it access/],
    [
      'a queue that ran over',
      seen({}, { degraded: [{ reason: 'QueueOverflow', message: 'dropped' }] }),
      'True QueueOverflow',
      /dropped/,
    ],
  ];
  for (const [name, plan, degraded, says] of table) {
    assert.equal(conditionOf(plan, 'Degraded'), degraded, name);
    assert.match(messageOf(plan, 'Degraded'), says, name);
  }
});

test('what a target keeps of deletions is said, with the command that puts it back', () => {
  const plan = seen({ keptDeletes: [{ id: 'mass-1', count: 9, samples: [], since: 1, until: Date.UTC(2026, 0, 2) }] });
  assert.equal(conditionOf(plan, 'DeletesHeld'), 'False DeletesKept');
  assert.match(
    messageOf(plan, 'DeletesHeld'),
    /took from dr .*2026-01-02T00:00:00.*kubectl annotate srep uploads -n shop syncreplica\.io\/undelete=mass-1 --overwrite$/,
  );
  assert.equal(conditionOf(plan, 'Degraded'), 'False AsExpected');
});

test('held deletions are said wherever somebody looks, with the command that releases them', () => {
  const plan = seen({ heldDeletes: held });
  assert.equal(conditionOf(plan, 'DeletesHeld'), 'True GuardHeld');
  assert.match(
    messageOf(plan, 'DeletesHeld'),
    /kubectl annotate srep uploads -n shop syncreplica\.io\/release-deletes=abc --overwrite$/,
  );
  assert.equal(conditionOf(plan, 'Ready'), 'True AllInPlace', 'changes flow all the same');
  assert.match(messageOf(plan, 'Ready'), /deletions that are held/);
});

test('a pod that has no agent and one that can’t have one are both said', () => {
  const owned = podOf('web-5d9c-x2', 'uploads', { injected: false });
  const controller = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-5d9c', uid: 'u', controller: true };
  const pod = {
    ...owned,
    metadata: { ...owned.metadata, labels: { 'pod-template-hash': '5d9c' }, ownerReferences: [controller] },
  };
  const missingSidecars = ['web-5d9c-x2'];
  const plan = seen({}, {}, { pods: [pod, podOf('web-a', 'uploads')], missingSidecars });
  assert.equal(conditionOf(plan, 'Injected'), 'False PodsMissingSidecar');
  assert.match(messageOf(plan, 'Ready'), /^web-5d9c-x2 .*: kubectl rollout restart deployment\/web -n shop$/);
  const both = seen({}, {}, { pods: [pod], missingSidecars, refusals: [{ pod: 'x', reason: 'VolumeNotMounted' }] });
  assert.match(messageOf(both, 'Injected'), /rollout restart.*; x can't have an agent: no container/);
});

test('deletions that were held are so while nobody who would know says otherwise, and are told to be released by nobody', () => {
  const lookAt = (report: Partial<ReplicaStatus> | undefined, status: unknown, more: Partial<Observed> = {}) => {
    const heard = { at: now.monotonicMs, status: agentOf([reportOf('dr', report)]) };
    const agents = new Map(report === undefined ? [] : [['web-a', heard]]);
    return look(wellWorld({ replica: replicaOf({}, {}, status as never), agents, ...more }));
  };
  const first = lookAt({ heldDeletes: held }, undefined);
  const says = (plan: ReturnType<typeof look>) => [
    conditionOf(plan, 'DeletesHeld'),
    plan.events.some(({ reason }) => reason === 'DeletesReleased'),
  ];
  assert.deepEqual(says(lookAt(undefined, first.status)), ['True GuardHeld', false], 'its agent is silent');
  assert.deepEqual(says(lookAt(undefined, first.status, { pods: [] })), ['True GuardHeld', false], 'its pod is gone');
  const begun = lookAt({ initialPassDone: false }, first.status);
  assert.deepEqual(says(begun), ['True GuardHeld', false], 'another one has not compared yet');
  assert.match(messageOf(begun, 'DeletesHeld'), /release-deletes=abc/);
  assert.deepEqual(says(lookAt({}, first.status)), ['False NothingHeld', true]);
});
