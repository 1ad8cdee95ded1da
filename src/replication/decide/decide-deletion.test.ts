import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  agentContainerName,
  agentSecretName,
  agentSettingsVolume,
  labels,
  receiverSecretName,
  settingsKey,
} from '../../api/names.ts';
import { parseReplicationSettings } from '../../api/settings/settings-schema.ts';
import type { Secret } from '../../cluster/objects.ts';
import type { Observed } from '../observed.ts';
import { decodeSecret } from '../secret-data.ts';
import { decideDeletion } from './decide-deletion.ts';
import {
  agentOf,
  claimOf,
  look,
  managed,
  now,
  podOf,
  replicaOf,
  reportOf,
  secretOf,
  setOf,
  wellWorld,
  worldOf,
} from './observed.fixture.ts';

const deletionTimestamp = new Date(now.wallMs - 1_000).toISOString();
const settings = [...look(wellWorld()).settings.values()][0];
const generation = settings?.generation ?? 0;
const agentSecret = secretOf(
  agentSecretName('uploads', 'uploads'),
  { [settingsKey('uploads')]: JSON.stringify(settings), 'ca.crt': 'x' },
  { annotations: { 'syncreplica.io/volumes': '{"uploads":0}' } },
);
const receiverSecret = secretOf(receiverSecretName('uploads', 'dr'), {}, { labels: { [labels.target]: 'dr' } });

const dying = (deletionPolicy: string, more: Partial<Observed> = {}): Observed =>
  wellWorld({
    replica: replicaOf({ deletionPolicy }, { deletionTimestamp, finalizers: ['syncreplica.io/replicas', 'other'] }),
    owned: { ...worldOf().owned, statefulSets: [setOf('dr')], secrets: [agentSecret, receiverSecret] },
    agents: new Map([['web-a', { at: now.monotonicMs, status: agentOf([reportOf('dr')], { generation }) }]]),
    ...more,
  });

const targetClaim = {
  ...claimOf('x'),
  metadata: {
    name: 'data-uploads-dr-0',
    uid: 'c',
    labels: { [labels.component]: 'receiver', [labels.replica]: 'uploads', [labels.target]: 'dr' },
  },
};

test('agents are told to stop, by Secret and by push, before anything is taken away', () => {
  const plan = decideDeletion(dying('Retain'), now);
  const told = plan.settings.get('uploads');
  assert.deepEqual(told?.targets, []);
  assert.equal(told?.generation, generation + 1);
  assert.deepEqual(plan.prune, []);
  assert.equal(plan.finalizer, 'leave');
  assert.equal(plan.apply.length, 1);
  const texts = decodeSecret(plan.apply[0]?.object as never);
  assert.deepEqual(JSON.parse(texts[settingsKey('uploads')] ?? ''), told);
  assert.equal(texts['ca.crt'], 'x', 'what agents serve with stays');
  assert.equal(plan.status?.conditions?.[0]?.reason, 'Deleting');
});

const stoppedAgent = { at: now.monotonicMs, status: agentOf([], { generation: generation + 1 }) };

test('once they have stopped the targets go, and the finalizer when nothing is left', () => {
  const stopped = decideDeletion(dying('Retain', { agents: new Map([['web-a', stoppedAgent]]) }), now);
  assert.deepEqual(
    stopped.transitions.map(({ to }) => to),
    ['Offline', 'DeletionStarted'],
  );
  assert.deepEqual(
    stopped.prune.map(({ resource, name }) => `${resource.kind}/${name}`),
    ['StatefulSet/uploads-dr', `Secret/${agentSecretName('uploads', 'uploads')}`, 'Secret/uploads-dr-srep-receiver'],
  );
  assert.equal(stopped.finalizer, 'leave');

  const rest = { owned: worldOf().owned, memory: stopped.memory, claims: [claimOf('uploads'), targetClaim] };
  const retained = decideDeletion(dying('Retain', rest), now);
  assert.equal(retained.finalizer, 'remove');
  assert.deepEqual(retained.prune, [], 'claims stay');

  const deleting = decideDeletion(dying('Delete', rest), now);
  assert.equal(deleting.finalizer, 'leave');
  assert.deepEqual(
    deleting.prune.map(({ name, uid }) => `${name} ${uid}`),
    ['data-uploads-dr-0 c'],
  );
  const done = decideDeletion(dying('Delete', { ...rest, claims: [claimOf('uploads')], memory: deleting.memory }), now);
  assert.equal(done.finalizer, 'remove');
  assert.deepEqual(
    done.transitions.map(({ to }) => to),
    ['DeletionSuccessful', 'NonExistent'],
  );
});

const told = (plan: ReturnType<typeof decideDeletion>, more: Partial<Observed> = {}): Partial<Observed> => ({
  owned: {
    ...worldOf().owned,
    statefulSets: [setOf('dr')],
    secrets: [plan.apply[0]?.object as Secret, receiverSecret],
  },
  ...more,
});
const after = (ms: number) => ({ ...now, wallMs: now.wallMs + ms });

test('an agent that can’t be reached is waited for a while after it was told, and no longer', () => {
  const first = decideDeletion(dying('Retain'), now);
  const world = dying('Retain', told(first));
  assert.deepEqual(decideDeletion(world, after(90_000)).prune, []);
  assert.equal(decideDeletion(world, after(130_000)).prune.length, 3);
});

test('an operator that was away when the end was asked for tells agents first, and hears them before it takes anything away', () => {
  const hourLater = after(3_600_000);
  const name = agentContainerName('uploads');
  const pod = podOf('web-a', 'uploads');
  pod.spec?.volumes?.push({
    name: agentSettingsVolume('uploads'),
    secret: { secretName: agentSecretName('uploads', 'uploads') },
  });
  pod.status = { phase: 'Running', initContainerStatuses: [{ name, ready: true, state: { running: {} } }] } as never;
  const world = { pods: [pod], agents: new Map(), memory: new Map() };
  const first = decideDeletion(dying('Retain', world), hourLater);
  assert.deepEqual([first.prune, first.finalizer, first.apply.length], [[], 'leave', 1]);
  const second = dying('Retain', told(first, world));
  assert.deepEqual(decideDeletion(second, after(3_601_000)).prune, [], 'nobody was heard yet');
  const heard = {
    at: now.monotonicMs,
    status: agentOf([], { generation: first.settings.get('uploads')?.generation ?? 0 }),
  };
  const stopped = dying('Retain', told(first, { ...world, agents: new Map([['web-a', heard]]) }));
  assert.equal(decideDeletion(stopped, after(3_601_000)).prune.length, 3);
  assert.equal(decideDeletion(second, after(3_800_000)).prune.length, 3, 'one that is never heard is not waited for');
  const refused = dying('Retain', { ...world, refusedApply: 'a policy refuses it' });
  assert.equal(decideDeletion(refused, hourLater).prune.length, 3, 'nor is what can’t be told');
});

test('an invalid spec can be deleted too, and one that never had anything goes at once', () => {
  const nothing = dying('Retain', {
    replica: {
      metadata: { name: 'uploads', namespace: 'shop', deletionTimestamp, finalizers: ['syncreplica.io/replicas'] },
      spec: {} as never,
    },
    owned: worldOf().owned,
    agents: new Map(),
    memory: new Map(),
  });
  assert.equal(decideDeletion(nothing, now).finalizer, 'remove');
});

test('an application that a restore holds is let go by the end of its SyncReplica, also of one that was blocked', () => {
  const mounted = agentSecretName('uploads', 'uploads');
  const pod = podOf('web-a', 'uploads');
  pod.spec?.volumes?.push({ name: agentSettingsVolume('uploads'), secret: { secretName: mounted } });
  const [agent] = pod.spec?.initContainers ?? [];
  assert.ok(agent);
  agent.volumeMounts = [{ name: 'data', mountPath: '/source' }];
  const spec = { restore: 'IfEmpty', targets: [managed('dr', { access: 'Elevated' })] };
  const blocked = look(worldOf({ replica: replicaOf(spec), pods: [pod] }));
  assert.deepEqual([blocked.finalizer, blocked.apply], ['set', []]);

  const replica = replicaOf(spec, { deletionTimestamp, finalizers: ['syncreplica.io/replicas'] });
  const plan = decideDeletion(worldOf({ replica, pods: [pod] }), now);
  assert.equal(plan.finalizer, 'leave');
  assert.deepEqual(
    plan.apply.map(({ object }) => object.metadata?.name),
    [mounted],
  );
  const told = parseReplicationSettings(decodeSecret(plan.apply[0]?.object as never)[settingsKey('uploads')] ?? '');
  assert.ok(told.ok && told.settings.targets.length === 0 && told.settings.restore === 'Never');

  const secret = {
    ...plan.apply[0]?.object,
    metadata: { ...plan.apply[0]?.object.metadata, creationTimestamp: new Date(now.wallMs).toISOString() },
  } as Secret;
  const released = worldOf({ replica, pods: [pod], owned: { ...worldOf().owned, secrets: [secret] } });
  const waiting = decideDeletion(released, after(60_000));
  assert.deepEqual([waiting.finalizer, waiting.prune], ['leave', []], 'until the kubelet has brought it');
  const over = decideDeletion(released, after(130_000));
  assert.deepEqual([over.finalizer, over.prune], ['remove', []], 'one that does not begin is not waited for');

  const started = { ...pod, status: { initContainerStatuses: [{ name: agent.name, ready: true }] } } as never;
  const up = decideDeletion(
    worldOf({ replica, pods: [started], claims: [], owned: { ...worldOf().owned, statefulSets: [] } }),
    now,
  );
  assert.equal(up.finalizer, 'remove');
});
