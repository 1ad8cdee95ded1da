import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { VolumeStatus } from '../../../../sidecar/protocol/control.ts';
import { type RelaySettings, relaySettingsOf } from '../../../api/settings/relay-settings.ts';
import { parseReplicationSettings } from '../../../api/settings/settings-schema.ts';
import type { NetworkPolicy, Secret, StatefulSet } from '../../../cluster/objects.ts';
import { look, now, replicaOf, wellWorld } from '../../decide/observed.fixture.ts';
import type { Observed } from '../../observed.ts';

const worldOf = (readers: object | undefined, more: Partial<Observed> = {}, managed: object = {}): Observed =>
  wellWorld({
    replica: replicaOf({
      targets: [{ name: 'dr', managed: { storage: '1Gi', ...managed }, ...(readers ? { readers } : {}) }],
    }),
    ...more,
  });

const objectsOf = (observed: Observed) => {
  const { apply } = look(observed);
  const find = <T>(plural: string, name: string): T =>
    apply.find(({ resource, object }) => resource.plural === plural && object.metadata?.name === name)?.object as T;
  return {
    names: apply.map(({ resource, object }) => `${resource.plural}/${object.metadata?.name}`),
    readers: find<StatefulSet>('statefulsets', 'uploads-dr-readers'),
    receiver: find<StatefulSet>('statefulsets', 'uploads-dr'),
    policy: find<NetworkPolicy>('networkpolicies', 'uploads-dr-readers'),
    own: find<NetworkPolicy>('networkpolicies', 'uploads-dr'),
    relay: find<Secret>('secrets', 'uploads-dr-srep-relay'),
  };
};

const relayOf = ({ data }: Secret): RelaySettings =>
  JSON.parse(Buffer.from(data?.['relay.json'] ?? '', 'base64').toString());

test('readers are a set of their own, which the target’s receiver and its Secret of relays come before', () => {
  const { names, readers, receiver } = objectsOf(worldOf({ replicas: 3 }));
  const order = ['secrets/uploads-dr-srep-relay', 'statefulsets/uploads-dr', 'statefulsets/uploads-dr-readers'];
  assert.deepEqual(
    order.map((name) => names.indexOf(name)).toSorted((a, b) => a - b),
    order.map((name) => names.indexOf(name)),
  );
  assert.ok(names.includes('services/uploads-dr-readers-pods'));
  assert.equal(readers.spec?.replicas, 3);
  const args = readers.spec?.template.spec?.containers[0]?.args ?? [];
  assert.ok(args.includes('--volume=shop.uploads-dr-readers') && args.includes('--relay-as=$(POD_NAME)'));
  assert.ok(args.includes('--fresh-for=30s'));
  assert.ok(receiver.spec?.template.spec?.containers[0]?.args?.includes('--relay-as=first'));
  const [own, theirs] = [receiver, readers].map((set) => set.spec?.selector.matchLabels);
  assert.notDeepEqual(own, theirs, 'a Service of the one finds no pod of the other');
  const without = objectsOf(worldOf(undefined));
  assert.ok(!without.names.some((name) => name.includes('reader') || name.includes('relay')));
  assert.ok(!without.receiver.spec?.template.spec?.containers[0]?.args?.some((arg) => arg.startsWith('--relay')));
});

test('a copy is on its node where nobody chose the path, in a claim, or in an emptyDir', () => {
  const onNode = objectsOf(worldOf({ replicas: 2 })).readers.spec?.template.spec;
  const volume = onNode?.volumes?.find(({ name }) => name === 'data');
  assert.deepEqual(volume?.hostPath, { path: '/var/lib/syncreplica/shop/uploads/dr', type: 'DirectoryOrCreate' });
  const [prepare] = onNode?.initContainers ?? [];
  assert.deepEqual(prepare?.command, ['chown', '65532:65532', '/replica']);
  assert.deepEqual(prepare?.securityContext?.capabilities, { drop: ['ALL'], add: ['CHOWN'] });
  assert.deepEqual(
    prepare?.volumeMounts?.map(({ name }) => name),
    ['data'],
  );
  assert.ok(onNode?.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.length === 1);
  const claim = objectsOf(worldOf({ replicas: 2, volume: 'Claim', size: '2Gi' })).readers.spec;
  assert.equal(claim?.volumeClaimTemplates?.[0]?.spec?.resources?.requests?.storage, '2Gi');
  assert.deepEqual(claim?.persistentVolumeClaimRetentionPolicy, { whenDeleted: 'Delete', whenScaled: 'Delete' });
  const gone = objectsOf(worldOf({ replicas: 2, volume: 'EmptyDir', size: '1Gi' })).readers.spec?.template.spec;
  assert.deepEqual(gone?.volumes?.find(({ name }) => name === 'data')?.emptyDir, { sizeLimit: '1Gi' });
  for (const spec of [claim?.template.spec, gone]) {
    assert.equal(spec?.initContainers, undefined);
    assert.equal(spec?.securityContext?.runAsNonRoot, true);
    assert.deepEqual(spec?.containers[0]?.securityContext?.capabilities, { drop: ['ALL'] });
  }
});

test('each relay finds whom it feeds, and is told nothing that is for the source’s agents alone', () => {
  const { relay } = objectsOf(worldOf({ replicas: 5, fanOut: 2 }));
  const settings = relayOf(relay);
  const place = { source: '/replica/data', generation: 1 };
  const feeds = (ordinal?: number) => relaySettingsOf(settings, ordinal, place);
  assert.deepEqual(
    [undefined, 0, 1, 2].map((ordinal) => feeds(ordinal).targets.map(({ name }) => name)),
    [['reader-0', 'reader-1'], ['reader-2', 'reader-3'], ['reader-4'], []],
  );
  const [first] = feeds(0).targets;
  assert.ok(first?.kind === 'receiver');
  assert.equal(first.host, 'uploads-dr-readers-2.uploads-dr-readers-pods.shop.svc');
  assert.equal(first.volume, 'shop.uploads-dr-readers');
  assert.equal(first.tls.cert, 'cert of relay');
  const { relay: isRelay, restore, lineage } = feeds(0);
  assert.deepEqual([isRelay, restore, lineage], [true, 'Never', 'uid-uploads']);
  const pem = (text: string): string =>
    text.replaceAll(
      /"(ca|cert|key)":"[^"]*"/g,
      (_, name: string) => `"${name}":"-----BEGIN ${name === 'key' ? 'PRIVATE KEY' : 'CERTIFICATE'}-----"`,
    );
  const parsed = parseReplicationSettings(pem(JSON.stringify(feeds(undefined))));
  assert.ok(parsed.ok, JSON.stringify(parsed));
});

test('there are none while as whom they are to run is a guess', () => {
  assert.equal(objectsOf(worldOf({ replicas: 2 }, { pods: [] })).readers.spec?.replicas, 0);
  assert.equal(objectsOf(worldOf({ replicas: 2 }, { pods: [] }, { user: { uid: 1000 } })).readers.spec?.replicas, 2);
});

test('readers speak to readers, and the target’s receiver to nobody else', () => {
  const { policy, own } = objectsOf(worldOf({ replicas: 2 }));
  const toReaders = own.spec?.egress?.flatMap(({ to }) => to ?? []);
  assert.deepEqual(
    toReaders,
    policy.spec?.egress?.flatMap(({ to }) => to ?? []),
  );
  assert.equal(toReaders?.length, 2, 'readers, and whoever knows their names');
  assert.equal(objectsOf(worldOf(undefined)).own.spec?.egress, undefined);
});

test('the status counts the fresh and names the worst five of the others', () => {
  const replicas = 9;
  const receivers = new Map<string, { at: number; status: VolumeStatus }>();
  const say = (ordinal: number, coveredMs: number | null, at = now.monotonicMs - 1_000) =>
    receivers.set(`uploads-dr-readers-${ordinal}`, { at, status: { coveredMs } as VolumeStatus });
  say(0, 500);
  say(1, 28_999);
  say(2, 29_500);
  say(3, 500, now.monotonicMs - 60_000);
  say(4, null);
  for (const ordinal of [5, 6, 7]) say(ordinal, ordinal * 100_000);
  const plan = look(worldOf({ replicas }, { receivers: receivers as never }));
  assert.deepEqual(plan.status?.volumes?.[0]?.replicas?.[0]?.readers, {
    replicas,
    fresh: 2,
    behind: [
      { pod: 'uploads-dr-readers-4' },
      { pod: 'uploads-dr-readers-8' },
      { pod: 'uploads-dr-readers-7', behindSeconds: 701 },
      { pod: 'uploads-dr-readers-6', behindSeconds: 601 },
      { pod: 'uploads-dr-readers-5', behindSeconds: 501 },
    ],
  });
  const without = look(worldOf(undefined, { receivers: receivers as never }));
  assert.equal(without.status?.volumes?.[0]?.replicas?.[0]?.readers, undefined);
});
