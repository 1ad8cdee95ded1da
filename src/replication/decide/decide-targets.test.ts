import assert from 'node:assert/strict';
import { test } from 'node:test';
import { annotations, labels, receiverClaimName, writerSecretName } from '../../api/names.ts';
import type { StatefulSet } from '../../cluster/objects.ts';
import type { Observed } from '../observed.ts';
import {
  claimOf,
  conditionOf,
  look,
  managed,
  messageOf,
  podOf,
  replicaOf,
  secretOf,
  setOf,
  wellWorld,
  worldOf,
} from './observed.fixture.ts';

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
  assert.deepEqual(blocked.prune, [], 'a claim that a pod has is not told to go');
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

test('an external target at an address that is not allowed is told to nobody, and the others go on', () => {
  const at = (address: string) => ({ name: 'off', external: { address, module: 'm', secretName: 'creds' } });
  const plan = (address: string, allow: readonly string[] = []) => {
    const certificate = { 'ca.crt': 'a', 'tls.crt': 'b', 'tls.key': 'c' };
    const world = wellWorld({
      replica: replicaOf({ targets: [managed('dr'), at(address)] }),
      externalSecrets: new Map([['creds', { username: 'u', password: 'p', ...certificate }]]),
    });
    return look({ ...world, config: { ...world.config, addresses: { allow, apiServer: '10.96.0.1' } } });
  };
  const told = (seen: ReturnType<typeof look>) =>
    [...seen.settings.values()].flatMap(({ targets }) => targets.map(({ name }) => name)).join();
  assert.equal(told(plan('b.example.com')), 'dr,off');
  const refused = plan('169.254.169.254');
  assert.equal(told(refused), 'dr');
  assert.equal(conditionOf(refused, 'Ready'), 'False AddressNotAllowed');
  assert.match(messageOf(refused, 'Ready'), /target off: the address 169.254.169.254 is a node’s/);
  assert.equal(told(plan('b.example.com', ['10.0.0.0/8'])), 'dr');
  assert.equal(told(plan('10.1.2.3', ['10.0.0.0/8'])), 'dr,off');
});

test('a target behind an sshd is told with its key, and by the same rules as an external one', () => {
  const texts = { 'ssh-privatekey': '-----BEGIN OPENSSH PRIVATE KEY-----', known_hosts: 'nas ssh-ed25519 x' };
  const plan = (secret: Record<string, string> | undefined, address = 'nas.example.com') => {
    const ssh = { name: 'off', ssh: { address, user: 'shop', path: '/srv/shop', secretName: 'nas' } };
    const replica = replicaOf({ targets: [managed('dr'), ssh] });
    return look(wellWorld({ replica, externalSecrets: new Map([['nas', secret]]) }));
  };
  const told = (seen: ReturnType<typeof look>) =>
    [...seen.settings.values()].flatMap(({ targets }) => targets.slice(1));
  assert.deepEqual(told(plan(texts)), [
    {
      ...{ kind: 'ssh', name: 'off', host: 'nas.example.com', port: 22, user: 'shop', path: '/srv/shop' },
      ...{ key: texts['ssh-privatekey'], knownHosts: texts.known_hosts },
    },
  ]);
  const { known_hosts: _, ...unknown } = texts;
  for (const [seen, reason] of [
    [plan(undefined), 'SecretNotFound'],
    [plan(unknown), 'SecretIncomplete'],
    [plan(texts, '127.0.0.1'), 'AddressNotAllowed'],
  ] as const) {
    assert.deepEqual(told(seen), []);
    assert.equal(conditionOf(seen, 'Ready'), `False ${reason}`);
  }
});

test('an external target is one place: two volumes never write into it', () => {
  const external = { name: 'off', external: { address: 'b.example.com', module: 'm', secretName: 'creds' } };
  const certificate = { 'ca.crt': 'a', 'tls.crt': 'b', 'tls.key': 'c' };
  const source = { podSelector: { matchLabels: { app: 'db' } }, volume: 'data' };
  const member = (ordinal: number) => {
    const pod = podOf(`db-${ordinal}`, `data-db-${ordinal}`);
    const owner = { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'db', uid: 's', controller: true };
    return { ...pod, metadata: { ...pod.metadata, labels: { app: 'db' }, ownerReferences: [owner] } };
  };
  const world = (count: number) =>
    worldOf({
      replica: replicaOf({ source, targets: [managed('dr'), external] }),
      pods: Array.from({ length: count }, (_, ordinal) => member(ordinal)),
      claims: Array.from({ length: count }, (_, ordinal) => claimOf(`data-db-${ordinal}`)),
      externalSecrets: new Map([['creds', { username: 'u', password: 'p', ...certificate }]]),
    });
  const told = (plan: ReturnType<typeof look>) =>
    [...plan.settings.values()].map(({ targets }) => targets.map(({ name }) => name).join());
  assert.deepEqual(told(look(world(1))), ['dr,off']);
  const plan = look(world(2));
  assert.deepEqual(told(plan), ['dr', 'dr'], 'the managed target goes on');
  assert.equal(conditionOf(plan, 'Ready'), 'False AmbiguousSource');
  assert.match(
    messageOf(plan, 'Ready'),
    /off is one place.*2 volumes \(data-db-0, data-db-1\).*one SyncReplica for each/,
  );
});

test('what agents elsewhere were given is taken back when the target is no longer offered to them', () => {
  const name = writerSecretName('uploads', 'dr');
  const owned = wellWorld().owned;
  const world = (service: object) =>
    wellWorld({
      replica: replicaOf({ targets: [managed('dr', { service })] }),
      owned: {
        ...owned,
        secrets: [...owned.secrets, secretOf(name, {}, { labels: { [labels.target]: 'dr' } })],
      },
    });
  const pruned = (service: object) =>
    look(world(service)).prune.flatMap(({ resource, name: one }) =>
      one.includes('writer') ? `${resource.kind}/${one}` : [],
    );
  assert.deepEqual(pruned({ type: 'NodePort' }), []);
  assert.deepEqual(pruned({ type: 'ClusterIP' }), [`Secret/${name}`]);
});

test('receivers carry the annotations of Prometheus where these are asked for', () => {
  const annotationsOf = (prometheusAnnotations: boolean) => {
    const { config } = worldOf();
    const plan = look(worldOf({ config: { ...config, receiver: { ...config.receiver, prometheusAnnotations } } }));
    const set = plan.apply.find(({ resource }) => resource.kind === 'StatefulSet')?.object as StatefulSet | undefined;
    return set?.spec?.template.metadata?.annotations ?? {};
  };
  assert.equal(annotationsOf(false)['prometheus.io/scrape'], undefined);
  const { 'prometheus.io/scrape': scrape, 'prometheus.io/port': port } = annotationsOf(true);
  assert.deepEqual([scrape, port], ['true', '8731']);
});

test('a receiver is told to answer for its metrics over TLS', () => {
  const { config } = worldOf();
  const plan = look(worldOf({ config: { ...config, receiver: { ...config.receiver, metricsTls: true } } }));
  const set = plan.apply.find(({ resource }) => resource.kind === 'StatefulSet')?.object as StatefulSet | undefined;
  const [container] = set?.spec?.template.spec?.containers ?? [];
  assert.ok(container?.args?.includes('--metrics-tls'));
  assert.equal(container?.livenessProbe?.httpGet?.scheme, 'HTTP', 'the kubelet goes on in the clear');
});

test('a receiver keeps away from its source, out of meshes, and lets its node go', () => {
  const plan = look(worldOf());
  const objectOf = (kind: string) =>
    plan.apply.find(({ resource }) => resource.kind === kind)?.object as never as {
      spec: { unhealthyPodEvictionPolicy?: string; template: { metadata: object; spec: { affinity: object } } };
    };
  const { template } = objectOf('StatefulSet').spec;
  assert.match(JSON.stringify(template.spec.affinity), /preferred.*source.syncreplica.io\/uploads.*hostname.*zone/);
  assert.match(JSON.stringify(template.metadata), /"sidecar.istio.io\/inject":"false"/);
  assert.match(JSON.stringify(template.metadata), /"linkerd.io\/inject":"disabled"/);
  assert.equal(objectOf('PodDisruptionBudget').spec.unhealthyPodEvictionPolicy, 'AlwaysAllow');
  const own = { nodeAffinity: {} };
  const chosen = look(worldOf({ replica: replicaOf({ targets: [managed('dr', { affinity: own })] }) }));
  const set = chosen.apply.find(({ resource }) => resource.kind === 'StatefulSet')?.object as never as ReturnType<
    typeof objectOf
  >;
  assert.deepEqual(set.spec.template.spec.affinity, own, 'what the user wrote counts alone');
});

test('receivers of ordinals whose claims are gone are given back, and those of pods that are away are not', () => {
  const source = { podSelector: { matchLabels: { app: 'db' } }, volume: 'data' };
  const pod = (ordinal: number) =>
    ({
      metadata: {
        name: `db-${ordinal}`,
        namespace: 'shop',
        labels: { app: 'db' },
        ownerReferences: [{ kind: 'StatefulSet', name: 'db', controller: true }],
      },
      spec: { containers: [], volumes: [{ name: 'data', persistentVolumeClaim: { claimName: `data-db-${ordinal}` } }] },
    }) as never;
  const remembered = secretOf(
    'uploads-srep-agent',
    {},
    { annotations: { 'syncreplica.io/volumes': JSON.stringify({ 'data-db-0': 0, 'data-db-1': 1, 'data-db-2': 2 }) } },
  );
  const replicas = (claims: readonly string[]) => {
    const present = { ...setOf('dr'), spec: { ...setOf('dr').spec, replicas: 3 } } as never;
    const plan = look(
      worldOf({
        replica: replicaOf({ source }),
        pods: [pod(0)],
        claims: claims.map((name) => claimOf(name)),
        owned: { ...worldOf().owned, statefulSets: [present], secrets: [remembered] },
      }),
    );
    return (plan.apply.find(({ resource }) => resource.kind === 'StatefulSet')?.object as StatefulSet | undefined)?.spec
      ?.replicas;
  };
  assert.equal(replicas(['data-db-0', 'data-db-1', 'data-db-2']), 3);
  assert.equal(replicas(['data-db-0', 'data-db-1']), 2);
});

test('a target is told whose data comes: the claim’s, whatever pods it has had; and what a person adopts', () => {
  const told = (world: Parameters<typeof wellWorld>[0] = {}) => look(wellWorld(world)).settings.get('uploads');
  assert.equal(told()?.lineage, 'uid-uploads');
  assert.equal(told()?.requests, undefined);
  const anew = claimOf('uploads', { metadata: { name: 'uploads', namespace: 'shop', uid: 'another' } });
  assert.equal(told({ claims: [anew] })?.lineage, 'another', 'a new claim of the same name is another source');
  const replica = replicaOf({});
  const asked = { ...replica, metadata: { ...replica.metadata, annotations: { [annotations.adopt]: 'any' } } };
  assert.deepEqual(told({ replica: asked })?.requests, { adopt: 'any' });
});

test('history is a matter of the target’s receiver', () => {
  const argsOf = (target: object): readonly string[] => {
    const plan = look(worldOf({ replica: replicaOf({ targets: [target] }) }));
    const set = plan.apply.find(({ resource }) => resource.kind === 'StatefulSet')?.object as StatefulSet | undefined;
    return set?.spec?.template.spec?.containers[0]?.args ?? [];
  };
  const kept = (args: readonly string[]): string[] => args.filter((arg) => arg.startsWith('--history'));
  assert.deepEqual(kept(argsOf(managed('dr'))), []);
  assert.deepEqual(kept(argsOf({ ...managed('dr'), history: {} })), ['--history-keep=24h', '--history-max-size=20%']);
  assert.deepEqual(kept(argsOf({ ...managed('dr'), history: { keep: '2h', maxSize: '10Gi' } })), [
    '--history-keep=2h',
    '--history-max-size=10Gi',
  ]);
});
