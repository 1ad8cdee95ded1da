import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Observed } from '../observed.ts';
import {
  agentOf,
  conditionOf,
  look,
  managed,
  messageOf,
  now,
  podOf,
  replicaOf,
  reportOf,
  setOf,
  wellWorld,
} from './observed.fixture.ts';

test('states follow the reports, and events tell of changes only', () => {
  const at = (report: Partial<Parameters<typeof reportOf>[1]>, more: Partial<Observed> = {}) =>
    look(
      wellWorld({
        agents: new Map([['web-a', { at: now.monotonicMs, status: agentOf([reportOf('dr', report)]) }]]),
        replica: replicaOf({}, {}, look(wellWorld()).status),
        ...more,
      }),
    );
  const row = (plan: ReturnType<typeof look>) => plan.status?.volumes?.[0]?.replicas?.[0];
  assert.equal(row(at({}))?.state, 'Online');
  assert.equal(row(at({}))?.inSync, true);

  const lagging = at({ inSync: false, lagSeconds: 30, pending: 7 });
  assert.equal(row(lagging)?.state, 'Online');
  assert.equal(row(lagging)?.inSync, false);
  assert.equal(conditionOf(lagging, 'InSync'), 'False TooFewInSync');
  assert.deepEqual(
    lagging.events.map(({ reason }) => reason),
    ['InSyncShrunk'],
  );
  assert.equal(lagging.status?.lag, '30s');
  assert.equal(lagging.status?.pending, 7);

  const lastError = { reason: 'TargetFull' as const, message: 'no space left', at: now.wallMs };
  const full = at({ link: 'Offline', lastError });
  assert.equal(row(full)?.state, 'Offline');
  assert.equal(conditionOf(full, 'Degraded'), 'True TargetFull');
  assert.deepEqual(
    full.events.map(({ reason }) => reason),
    ['ReplicaOffline', 'InSyncShrunk', 'TargetFull'],
  );
  assert.equal(full.status?.state, 'Offline');

  const silent = look(
    wellWorld({ agents: new Map([['web-a', { at: now.monotonicMs - 15_001, status: agentOf([reportOf('dr')]) }]]) }),
  );
  assert.equal(row(silent)?.state, 'Offline', 'no heartbeat for three intervals');

  const heldDeletes = { id: 'abc', reason: 'SourceEmpty' as const, count: 9, samples: [], since: now.wallMs };
  const held = at({ heldDeletes });
  assert.equal(conditionOf(held, 'DeletesHeld'), 'True GuardHeld');
  assert.match(messageOf(held, 'DeletesHeld'), /9 deletions.*abc.*source became empty.*release-deletes=abc/);
});

test('a pause counts once the agent says so: until then changes flow', () => {
  const at = (link: 'Online' | 'Paused') =>
    look(
      wellWorld({
        replica: replicaOf({ paused: true }),
        agents: new Map([['web-a', { at: now.monotonicMs, status: agentOf([reportOf('dr', { link })]) }]]),
      }),
    );
  assert.equal(at('Online').status?.state, 'Online');
  assert.equal(conditionOf(at('Online'), 'Ready'), 'False Paused');
  assert.equal(at('Paused').status?.state, 'Offline');
});

test('of several pods that mount the claim the one that writes counts', () => {
  const waiting = reportOf('dr', {
    link: 'Offline',
    inSync: false,
    lastError: { reason: 'LeaseHeld', message: 'held', at: now.wallMs },
  });
  const plan = look(
    wellWorld({
      pods: [podOf('web-a', 'uploads'), podOf('web-b', 'uploads')],
      agents: new Map([
        ['web-a', { at: now.monotonicMs, status: agentOf([waiting]) }],
        ['web-b', { at: now.monotonicMs - 3_000, status: agentOf([reportOf('dr')]) }],
      ]),
    }),
  );
  assert.equal(plan.status?.volumes?.[0]?.writer, 'web-b');
  assert.equal(plan.status?.state, 'Online');
  assert.equal(conditionOf(plan, 'Degraded'), 'False AsExpected');
});

test('an agent that this operator can’t reach shows itself by the lease at its receiver', () => {
  const receiver = {
    volume: 'v',
    epoch: 9,
    holder: 'web-a',
    leaseExpiresInMs: 9_000,
    position: null,
    heartbeatAt: 1,
    fullPassAt: 1,
    freeBytes: 1,
    totalBytes: 1,
    empty: false,
    note: null,
    root: '',
    lineage: null,
    kept: [],
    bootId: 'b',
    instance: 'i',
  };
  const world = (leaseExpiresInMs: number) =>
    wellWorld({
      agents: new Map(),
      receivers: new Map([['uploads-dr-0', { at: now.monotonicMs, status: { ...receiver, leaseExpiresInMs } }]]),
    });
  assert.equal(look(world(9_000)).status?.state, 'Online');
  assert.equal(look(world(9_000)).status?.epoch, 9);
  assert.equal(look(world(0)).status?.state, 'Offline');
});

test('until everyone was asked once an operator that takes over says nothing about states', () => {
  const plan = look(wellWorld({ settled: false, agents: new Map(), memory: new Map() }));
  assert.equal(plan.status, undefined);
  assert.deepEqual(plan.transitions, []);
  assert.deepEqual(plan.events, []);
  assert.equal(plan.memory.size, 0);
  assert.equal(plan.requeueAfterMs, 1_000);
});

test('an operator that takes over finds what is Online to be Online, and no event says so', () => {
  const status = look(wellWorld()).status;
  const plan = look(wellWorld({ memory: new Map(), replica: replicaOf({}, {}, status) }));
  assert.equal(plan.memory.get('0/dr')?.state, 'Online');
  assert.deepEqual(plan.transitions, []);
  assert.deepEqual(plan.events, []);
});

test('one target is paused: the others go on and count, and the status says which it is', () => {
  const targets = ['dr', 'far'].map((name) => managed(name));
  const replica = replicaOf({ targets: targets.map((one) => (one.name === 'far' ? { ...one, paused: true } : one)) });
  const rows = [reportOf('dr'), reportOf('far', { link: 'Paused', inSync: false, lagSeconds: 40 })];
  const plan = look(
    wellWorld({
      replica,
      owned: { ...wellWorld().owned, statefulSets: [setOf('dr'), setOf('far')] },
      agents: new Map([['web-a', { at: now.monotonicMs, status: agentOf(rows) }]]),
    }),
  );
  assert.equal(conditionOf(plan, 'Ready'), 'False Paused');
  assert.match(messageOf(plan, 'Ready'), /nothing is sent to far while it is paused/);
  assert.equal(conditionOf(plan, 'InSync'), 'True EnoughInSync');
  assert.deepEqual(
    plan.status?.volumes?.[0]?.replicas?.map(({ target, paused, inSync }) => [target, paused, inSync]),
    [
      ['dr', undefined, true],
      ['far', true, false],
    ],
  );
  assert.deepEqual(
    [...plan.settings.values()].flatMap((settings) => settings.targets.map(({ name, paused }) => [name, paused])),
    [
      ['dr', undefined],
      ['far', true],
    ],
  );
});

test('nothing is looked at by the clock alone but a beginning that nobody has heard of yet', () => {
  const begun = (state: 'New' | 'Idle', more: Partial<Observed> = {}) =>
    look(wellWorld({ memory: new Map([['0/dr', { state, since: now.monotonicMs, inSync: false }]]), ...more }))
      .requeueAfterMs;
  const first = agentOf([reportOf('dr', { initialPassDone: false, lastFullPassAt: null })]);
  const underWay = new Map([['web-a', { at: now.monotonicMs, status: first }]]);
  assert.equal(begun('New', { agents: underWay }), undefined, 'a first pass of hours tells how far it is');
  assert.equal(
    begun('Idle', { pods: [], agents: new Map() }),
    undefined,
    'a thousand that are scaled to zero cost nothing',
  );
  assert.equal(begun('New', { agents: new Map() }), 5_000);
  assert.equal(begun('Idle', { agents: new Map() }), 5_000, 'its pod has come, and no agent is heard');
});

test('what an operator had no time to ask is neither offline nor in sync, and nothing is told of it', () => {
  const later = { wallMs: now.wallMs + 60_000, monotonicMs: now.monotonicMs + 60_000 };
  const known = look(wellWorld());
  const unasked = {
    memory: known.memory,
    replica: replicaOf({}, {}, known.status),
    hearingAt: later.monotonicMs,
    agents: new Map([['web-a', { at: now.monotonicMs, lookedAt: now.monotonicMs, status: agentOf([reportOf('dr')]) }]]),
  };
  const plan = look(wellWorld(unasked), later);
  assert.equal(plan.status?.state, 'Online');
  assert.equal(plan.status?.inSync, '0/1');
  assert.equal(conditionOf(plan, 'InSync'), 'Unknown OperatorLate');
  assert.equal(conditionOf(plan, 'Degraded'), 'False AsExpected');
  assert.deepEqual([plan.transitions, plan.events], [[], []]);
  const status = agentOf([reportOf('dr')]);
  const again = look(
    wellWorld({
      ...unasked,
      memory: plan.memory,
      replica: replicaOf({}, {}, plan.status),
      agents: new Map([['web-a', { at: later.monotonicMs, lookedAt: later.monotonicMs, status }]]),
    }),
    later,
  );
  assert.deepEqual([again.status?.inSync, again.events], ['1/1', []], 'and nothing has joined');
  const asked = { at: now.monotonicMs, lookedAt: later.monotonicMs, status };
  const silent = look(wellWorld({ ...unasked, agents: new Map([['web-a', asked]]) }), later);
  assert.equal(silent.status?.state, 'Offline');
});

test('an operator that hears nobody at all calls nothing offline, tells nothing, and says that it does not know', () => {
  const known = look(wellWorld());
  const at = (ms: number) => ({ wallMs: now.wallMs + ms, monotonicMs: now.monotonicMs + ms });
  const present = { memory: known.memory, replica: replicaOf({}, {}, known.status), hearingAt: now.monotonicMs };
  const soon = look(wellWorld(present), at(14_000));
  assert.equal(soon.status?.inSync, '1/1');
  for (const [name, world] of Object.entries({
    'what it heard before': wellWorld(present),
    'nothing but what a former leader wrote': wellWorld({ ...present, memory: new Map(), agents: new Map() }),
  })) {
    const plan = look(world, at(20_000));
    assert.deepEqual(plan.transitions, [], name);
    assert.deepEqual(plan.events, [], name);
    assert.equal(plan.status?.state, 'Online', name);
    assert.equal(plan.status?.inSync, '0/1', 'what is not heard of is not said to be in sync');
    assert.equal(conditionOf(plan, 'InSync'), 'Unknown OperatorCutOff', name);
    assert.equal(conditionOf(plan, 'Degraded'), 'True OperatorCutOff', name);
  }
  const alone = look(wellWorld({ ...present, hearingAt: now.monotonicMs + 19_000 }), at(20_000));
  assert.equal(alone.status?.state, 'Offline', 'others are heard');
});
