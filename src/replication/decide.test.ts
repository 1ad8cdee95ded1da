import assert from 'node:assert/strict';
import { test } from 'node:test';
import { labels, receiverClaimName } from '../api/names.ts';
import type { KubeObject, Pod } from '../cluster/objects.ts';
import {
  agentOf,
  claimOf,
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
  worldOf,
} from './observed.fixture.ts';
import type { Observed } from './observed.ts';

const kinds = (plan: ReturnType<typeof look>): string =>
  plan.apply.map(({ resource, object }) => `${resource.kind}/${object.metadata?.name}`).join(' ');

test('a new SyncReplica: the finalizer, then every object in the order in which others need it', () => {
  const plan = look(worldOf());
  assert.equal(plan.finalizer, 'set');
  assert.equal(
    kinds(plan),
    'Secret/uploads-srep-agent Secret/uploads-dr-srep-receiver ServiceAccount/uploads-dr NetworkPolicy/uploads-dr ' +
      'Service/uploads-dr-pods Service/uploads-dr PodDisruptionBudget/uploads-dr StatefulSet/uploads-dr',
  );
  for (const { object } of plan.apply) {
    assert.equal(object.metadata?.ownerReferences?.[0]?.uid, 'uid-1');
    assert.equal(object.metadata?.labels?.[labels.managedBy], 'syncreplica');
  }
  assert.deepEqual(plan.prune, []);
  assert.deepEqual(
    plan.transitions.map(({ from, to }) => `${from} → ${to}`),
    ['NonExistent → New'],
  );
  assert.equal(conditionOf(plan, 'Ready'), 'False TargetsUnavailable');
  assert.deepEqual(
    plan.events.map(({ reason }) => reason),
    ['ReplicaNew'],
  );
});

test('when everything is well the second look applies nothing, tells nothing and writes what it read', () => {
  const first = look(wellWorld());
  const applied = first.apply.map(({ object }) => object as KubeObject);
  const byKind = (kind: string) =>
    first.apply.filter(({ resource }) => resource.kind === kind).map(({ object }) => object as never);
  const world = wellWorld({
    replica: replicaOf({}, { finalizers: ['syncreplica.io/replicas'] }, first.status),
    owned: {
      statefulSets: byKind('StatefulSet').map((set: object) => ({ ...set, status: { readyReplicas: 1 } })) as never,
      services: byKind('Service'),
      networkPolicies: byKind('NetworkPolicy'),
      disruptionBudgets: byKind('PodDisruptionBudget'),
      serviceAccounts: byKind('ServiceAccount'),
      secrets: byKind('Secret'),
    },
    memory: first.memory,
  });
  assert.equal(applied.length, 8);
  const second = look(world, { ...now, wallMs: now.wallMs + 5_000 });
  assert.equal(kinds(second), '');
  assert.deepEqual(second.events, []);
  assert.deepEqual(second.transitions, []);
  assert.deepEqual(second.status, first.status);
  assert.equal(second.finalizer, 'leave');
  assert.equal(conditionOf(second, 'Ready'), 'True AllInPlace');
  assert.equal(second.requeueAfterMs, undefined);
});

test('what stands in the way, its reason, its sentence, and whether anything is made meanwhile', () => {
  const external = { name: 'off', external: { address: 'b.example.com', module: 'm', secretName: 'creds' } };
  const withSet = { ...worldOf().owned, statefulSets: [setOf('dr', 0)] };
  const elevated = replicaOf({ source: { persistentVolumeClaim: 'uploads', access: 'Elevated' } });
  const waiting = (reason: string) => ({
    name: 'receiver',
    image: 'agent:1',
    imageID: '',
    restartCount: 0,
    ready: false,
    state: { waiting: { reason } },
  });
  const receiver: Pod = {
    ...podOf('uploads-dr-0', 'x', { injected: false }),
    status: { containerStatuses: [waiting('ImagePullBackOff')] },
  };
  receiver.metadata = {
    ...receiver.metadata,
    ownerReferences: [{ apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'uploads-dr', uid: 'u' }],
  };
  const table: { name: string; world: Partial<Observed>; ready: string; says: RegExp; makes: boolean }[] = [
    {
      name: 'no claim',
      world: { claims: [] },
      ready: 'False ClaimNotFound',
      says: /claim uploads doesn't exist.*create it/,
      makes: false,
    },
    {
      name: 'ambiguous',
      world: {
        replica: replicaOf({ source: { podSelector: {}, volume: 'data' } }),
        pods: [podOf('a', 'one'), podOf('b', 'two')],
      },
      ready: 'False AmbiguousSource',
      says: /different claims \(one, two\); write one SyncReplica for each/,
      makes: false,
    },
    {
      name: 'Elevated',
      world: { replica: elevated },
      ready: 'False ElevatedNotAllowed',
      says: /spec\.source\.access is Elevated.*allow-elevated=true/,
      makes: false,
    },
    {
      name: 'Elevated target',
      world: { replica: replicaOf({ targets: [managed('dr', { access: 'Elevated' })] }) },
      ready: 'False ElevatedNotAllowed',
      says: /spec\.targets\[0\]\.managed\.access is Elevated/,
      makes: false,
    },
    {
      name: 'Elevated and allowed',
      world: { replica: elevated, namespaceLabels: { [labels.allowElevated]: 'true' } },
      ready: 'False TargetsUnavailable',
      says: /0 of 1 receivers/,
      makes: true,
    },
    {
      name: 'no such class',
      world: { replica: replicaOf({ targets: [managed('dr', { storageClassName: 'fast' })] }) },
      ready: 'False StorageClassNotFound',
      says: /StorageClass fast doesn't exist.*there are standard/,
      makes: true,
    },
    {
      name: 'no default class',
      world: { storageClasses: { names: new Set(['slow']), default: undefined } },
      ready: 'False StorageClassNotFound',
      says: /no default StorageClass.*there are slow/,
      makes: true,
    },
    {
      name: 'no Secret',
      world: {
        replica: replicaOf({ targets: [managed('dr'), external] }),
        externalSecrets: new Map([['creds', undefined]]),
      },
      ready: 'False SecretNotFound',
      says: /target off: the Secret creds doesn't exist/,
      makes: true,
    },
    {
      name: 'half a Secret',
      world: {
        replica: replicaOf({ targets: [managed('dr'), external] }),
        externalSecrets: new Map([['creds', { username: 'u' }]]),
      },
      ready: 'False SecretIncomplete',
      says: /target off: the Secret creds lacks password, ca\.crt/,
      makes: true,
    },
    {
      name: 'refused',
      world: { refusedApply: 'apply Service x: no' },
      ready: 'False ApplyRefused',
      says: /apply Service x: no/,
      makes: true,
    },
    {
      name: 'image',
      world: { owned: withSet, pods: [podOf('web-a', 'uploads'), receiver] },
      ready: 'False ImagePullFailed',
      says: /image agent:1 can't be pulled for pod uploads-dr-0/,
      makes: true,
    },
    {
      name: 'paused',
      world: { replica: replicaOf({ paused: true }) },
      ready: 'False Paused',
      says: /spec\.paused/,
      makes: true,
    },
    { name: 'no pod', world: { pods: [] }, ready: 'False TargetsUnavailable', says: /0 of 1/, makes: true },
    {
      name: 'uninjected',
      world: { missingSidecars: ['web-a'] },
      ready: 'False PodsMissingSidecar',
      says: /web-a started without an agent.*rollout restart/,
      makes: true,
    },
    {
      name: 'refused injection',
      world: { refusals: [{ pod: 'web-a', reason: 'BlockVolume' }] },
      ready: 'False PodsMissingSidecar',
      says: /BlockVolume/,
      makes: true,
    },
  ];
  for (const { name, world, ready, says, makes } of table) {
    const plan = look(worldOf(world));
    assert.equal(conditionOf(plan, 'Ready'), ready, name);
    assert.match(messageOf(plan, 'Ready'), says, name);
    assert.equal(plan.apply.length > 0, makes, `${name}: ${kinds(plan)}`);
    assert.deepEqual(plan.prune, [], name);
  }
});

test('whatever stands in the way, what exists is left alone', () => {
  const gone: Partial<Observed>[] = [
    { claims: [] },
    { pods: [], claims: [] },
    {
      replica: replicaOf({ source: { podSelector: {}, volume: 'data' } }),
      pods: [podOf('a', 'one'), podOf('b', 'two')],
    },
    { replica: replicaOf({ source: { persistentVolumeClaim: 'uploads', access: 'Elevated' } }) },
  ];
  for (const world of gone) assert.deepEqual(look(wellWorld(world)).prune, []);
});

test('states follow the reports, and events tell of changes only', () => {
  const at = (report: Partial<Parameters<typeof reportOf>[1]>, more: Partial<Observed> = {}) =>
    look(
      wellWorld({
        agents: new Map([['web-a', { at: now.monotonicMs, status: agentOf([reportOf('dr', report)]) }]]),
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

test('a target that is taken out of the spec goes offline first, then its objects, then its claims if they are to go', () => {
  const claim = {
    ...claimOf(receiverClaimName('uploads', 'dr', 0)),
    metadata: {
      name: receiverClaimName('uploads', 'dr', 0),
      uid: 'c',
      labels: { [labels.component]: 'receiver', [labels.replica]: 'uploads', [labels.target]: 'dr' },
    },
  };
  const world = (deletionPolicy: string, more: Partial<Observed> = {}) =>
    wellWorld({
      replica: replicaOf({ targets: [managed('other')], deletionPolicy }),
      claims: [claimOf('uploads'), claim],
      ...more,
    });
  const first = look(world('Retain'));
  assert.deepEqual(
    first.transitions.map(({ target, to }) => `${target} ${to}`),
    ['other New', 'dr Offline', 'dr DeletionStarted'],
  );
  assert.deepEqual(
    first.prune.map(({ resource, name }) => `${resource.kind}/${name}`),
    ['StatefulSet/uploads-dr', 'Secret/uploads-dr-srep-receiver'],
  );

  const owned = { ...wellWorld().owned, statefulSets: [], secrets: [] };
  const retained = look(world('Retain', { owned, memory: first.memory }));
  assert.deepEqual(retained.prune, [], 'claims stay');
  assert.equal(retained.memory.has('0/dr'), false, 'the replica is gone');

  const deleted = look(world('Delete', { owned, memory: first.memory }));
  assert.deepEqual(
    deleted.prune.map(({ name, uid }) => `${name} ${uid}`),
    ['data-uploads-dr-0 c'],
  );
  assert.equal(deleted.memory.get('0/dr')?.state, 'DeletionStarted');

  const mounting = podOf('restored', 'data-uploads-dr-0', { injected: false });
  const blocked = look(world('Delete', { owned, memory: first.memory, pods: [mounting] }));
  assert.equal(blocked.memory.get('0/dr')?.state, 'DeletionIneligible');
  assert.equal(blocked.status?.state, 'DeletionIneligible');
});

test('claims of others are never deleted: not by a name alone', () => {
  const named = claimOf('data-uploads-dr-0');
  const plan = look(
    wellWorld({
      replica: replicaOf({ targets: [managed('other')], deletionPolicy: 'Delete' }),
      claims: [claimOf('uploads'), named],
      owned: worldOf().owned,
      memory: new Map([['0/dr', { state: 'DeletionStarted', since: 0, inSync: false }]]),
    }),
  );
  assert.deepEqual(plan.prune, []);
});

test('a larger storage grows the claims that are there; a smaller one does nothing', () => {
  const claims = [claimOf('uploads'), claimOf('data-uploads-dr-0', { status: { phase: 'Bound' } })];
  const growth = (storage: string) =>
    look(wellWorld({ replica: replicaOf({ targets: [managed('dr', { storage })] }), claims })).growClaims;
  assert.deepEqual(growth('2Gi'), [{ claim: 'data-uploads-dr-0', storage: '2Gi' }]);
  assert.deepEqual(growth('1024Mi'), []);
  assert.deepEqual(growth('500Mi'), []);
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
