import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agentSecretName, agentSettingsVolume, labels, receiverSecretName, settingsKey } from '../../api/names.ts';
import { parseReplicationSettings } from '../../api/settings/settings-schema.ts';
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

test('an agent that can’t be reached is waited for a while and no longer', () => {
  const world = dying('Retain');
  assert.deepEqual(decideDeletion(world, { ...now, wallMs: now.wallMs + 60_000 }).prune, []);
  assert.equal(decideDeletion(world, { ...now, wallMs: now.wallMs + 120_000 }).prune.length, 3);
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

  const started = { ...pod, status: { initContainerStatuses: [{ name: agent.name, ready: true }] } } as never;
  const over = decideDeletion(
    worldOf({ replica, pods: [started], claims: [], owned: { ...worldOf().owned, statefulSets: [] } }),
    now,
  );
  assert.equal(over.finalizer, 'remove');
});
