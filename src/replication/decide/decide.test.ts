import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agentSecretName, labels, settingsKey } from '../../api/names.ts';
import type { KubeObject, Pod } from '../../cluster/objects.ts';
import type { Observed } from '../observed.ts';
import {
  claimOf,
  conditionOf,
  look,
  managed,
  messageOf,
  now,
  podOf,
  replicaOf,
  secretOf,
  setOf,
  wellWorld,
  worldOf,
} from './observed.fixture.ts';

const kinds = (plan: ReturnType<typeof look>): string =>
  plan.apply.map(({ resource, object }) => `${resource.kind}/${object.metadata?.name}`).join(' ');

test('a new SyncReplica: the finalizer, then every object in the order in which others need it', () => {
  const plan = look(worldOf());
  assert.equal(plan.finalizer, 'set');
  assert.equal(
    kinds(plan),
    `Secret/${agentSecretName('uploads', 'uploads')} Secret/uploads-dr-srep-receiver ServiceAccount/uploads-dr NetworkPolicy/uploads-dr ` +
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
    ['ReplicaNew', 'Injected'],
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
      ready: 'True ClaimNotFound',
      says: /claim uploads doesn't exist.*create it/,
      makes: false,
    },
    {
      name: 'an image that waits for a Secret',
      world: { owned: withSet, pods: [podOf('web-a', 'uploads'), receiver], missingPullSecrets: ['regcred'] },
      ready: 'False ImagePullFailed',
      says: /agent:1 can't be pulled.*with regcred, which this namespace does not have/,
      makes: true,
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
      says: /web-a started without an agent.*create it again/,
      makes: true,
    },
    {
      name: 'refused injection',
      world: { refusals: [{ pod: 'web-a', reason: 'BlockVolume' }] },
      ready: 'False PodsMissingSidecar',
      says: /web-a can't have an agent: .*block device/,
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

test('agents are told whose data it is by a claim that was seen, and nothing else while the source is ambiguous or its claim is not to be seen', () => {
  const source = { podSelector: { matchLabels: { app: 'web' } }, volume: 'data' };
  const selected = (name: string, claim: string): Pod => {
    const pod = podOf(name, claim);
    return { ...pod, metadata: { ...pod.metadata, labels: { ...pod.metadata?.labels, app: 'web' } } };
  };
  const one = selected('web-a', 'uploads');
  const lookAt = (more: Partial<Observed>) => look(wellWorld({ replica: replicaOf({ source }), pods: [one], ...more }));
  assert.deepEqual([...lookAt({ claims: [] }).settings.keys()], [], 'the pod came before its claim');
  const [told] = [...lookAt({}).settings.values()];
  assert.equal(told?.lineage, 'uid-uploads');
  const { owned } = wellWorld();
  const annotations = { 'syncreplica.io/volumes': '{"uploads":0}' };
  const texts = { [settingsKey('uploads')]: JSON.stringify(told) };
  const secret = secretOf(agentSecretName('uploads', 'uploads'), texts, { annotations });
  const written = { owned: { ...owned, secrets: [...owned.secrets, secret] } };
  const claims = [claimOf('uploads'), claimOf('other')];
  const ambiguous = lookAt({ ...written, claims, pods: [one, selected('web-b', 'other')] });
  assert.equal(conditionOf(ambiguous, 'Ready'), 'False AmbiguousSource');
  assert.deepEqual(ambiguous.settings.get('uploads'), told);
  assert.deepEqual(
    ambiguous.rows.map(({ state, inSync }) => [state, inSync]),
    [['Online', true]],
    'who has it goes on',
  );
  assert.deepEqual(lookAt({ ...written, claims: [] }).settings.get('uploads'), told);
});
