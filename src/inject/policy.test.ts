import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod, Volume } from '../pods/pod.ts';
import { agentTestSettings } from './agent-settings.fixture.ts';
import { decideInjection, type ReplicaSource } from './policy.ts';

const podWith = (volumes: Volume[], rest: Partial<Pod> = {}): Pod => ({
  metadata: { name: 'web-0', labels: { app: 'web' } },
  spec: {
    containers: [{ name: 'web', volumeMounts: volumes.map(({ name }) => ({ name, mountPath: `/${name}` })) }],
    volumes,
  },
  ...rest,
});
const replica = (source: ReplicaSource['spec']['source'], name = 'uploads'): ReplicaSource => ({
  metadata: { name },
  spec: { source },
});
const claimVolume: Volume = { name: 'data', persistentVolumeClaim: { claimName: 'uploads' } };
const byClaim = replica({ persistentVolumeClaim: 'uploads' });
const bySelector = replica({ podSelector: { matchLabels: { app: 'web' } }, volume: 'data' });
const open = { namespaceLabels: {} };

test('a claim is found whatever its volume is called', () => {
  const { agents } = decideInjection(podWith([claimVolume]), open, [byClaim]);
  assert.deepEqual(agents, [
    {
      replica: 'uploads',
      volume: 'data',
      claim: { kind: 'fixed', name: 'uploads' },
      sourceVolume: 'uploads',
      access: 'SameUser',
      restore: 'Never',
      resources: {},
      user: 'web',
    },
  ]);
});

test('what a SyncReplica asks for its agent meets the LimitRanges of the namespace', () => {
  const settings = agentTestSettings.resources;
  const limits = { ranges: [{ type: 'Container', max: { cpu: '500m', memory: '256Mi' } }], quotas: [] };
  const asking = {
    ...byClaim,
    spec: { ...byClaim.spec, agent: { resources: { limits: { cpu: '2', memory: '128Mi' } } } },
  };
  const { agents } = decideInjection(podWith([claimVolume]), { ...open, resources: settings, limits }, [asking]);
  assert.deepEqual(agents[0]?.resources, { requests: settings.requests, limits: { cpu: '500m', memory: '128Mi' } });
});

test("a StatefulSet's own claim is named by the pod that has it", () => {
  const own: Volume = { name: 'data', persistentVolumeClaim: { claimName: 'data-web-0' } };
  assert.deepEqual(decideInjection(podWith([own]), open, [bySelector]).agents[0]?.claim, {
    kind: 'fixed',
    name: 'data-web-0',
  });
});

test('the claim of an ephemeral volume is named by the pod, and found by the name that only the request has', () => {
  const ephemeral: Volume = { name: 'data', ephemeral: {} };
  const nameless = podWith([ephemeral], { metadata: { generateName: 'web-', labels: { app: 'web' } } });
  assert.deepEqual(decideInjection(nameless, open, [bySelector]).agents[0]?.claim, { kind: 'perPod', suffix: 'data' });
  const byName = replica({ persistentVolumeClaim: 'web-7-data' });
  assert.equal(decideInjection(nameless, open, [byName]).skipped, 'NoMatch');
  assert.equal(decideInjection(nameless, { ...open, podName: 'web-7' }, [byName]).agents.length, 1);
});

const skips: [string, Pod, Record<string, string>, string][] = [
  [
    'a namespace that opts out',
    podWith([claimVolume]),
    { 'syncreplica.io/injection': 'disabled' },
    'NamespaceOptedOut',
  ],
  [
    'a pod that opts out',
    podWith([claimVolume], { metadata: { labels: { 'syncreplica.io/inject': 'false' } } }),
    {},
    'PodOptedOut',
  ],
  [
    "a mirror of the node's own pod",
    podWith([claimVolume], { metadata: { annotations: { 'kubernetes.io/config.mirror': 'x' } } }),
    {},
    'MirrorPod',
  ],
  [
    'a Windows pod',
    podWith([claimVolume], { spec: { ...podWith([claimVolume]).spec, os: { name: 'windows' } } }),
    {},
    'WindowsPod',
  ],
  ['another claim', podWith([{ name: 'data', persistentVolumeClaim: { claimName: 'other' } }]), {}, 'NoMatch'],
];
for (const [name, pod, namespaceLabels, skipped] of skips) {
  test(`no agent in ${name}`, () => {
    assert.deepEqual(decideInjection(pod, { namespaceLabels }, [byClaim]), { agents: [], refusals: [], skipped });
  });
}

const refusals: [string, Pod, ReplicaSource, string][] = [
  [
    'Elevated without the label',
    podWith([claimVolume]),
    replica({ persistentVolumeClaim: 'uploads', access: 'Elevated' }),
    'ElevatedNotAllowed',
  ],
  ['a volume that the selected pod lacks', podWith([]), bySelector, 'VolumeNotFound'],
  ['a volume of another kind', podWith([{ name: 'data', hostPath: { path: '/' } }]), bySelector, 'UnsupportedVolume'],
  [
    'a raw block volume',
    podWith([claimVolume], {
      spec: { containers: [{ name: 'web', volumeDevices: [{ name: 'data' }] }], volumes: [claimVolume] },
    }),
    byClaim,
    'BlockVolume',
  ],
  [
    'a volume that no container mounts',
    podWith([claimVolume], { spec: { containers: [{ name: 'web' }], volumes: [claimVolume] } }),
    byClaim,
    'VolumeNotMounted',
  ],
];
for (const [name, pod, source, reason] of refusals) {
  test(`${name} is refused with a reason`, () => {
    const decision = decideInjection(pod, open, [source]);
    assert.deepEqual(decision, { agents: [], refusals: [{ replica: 'uploads', reason }], skipped: 'Refused' });
  });
}

test('Elevated is allowed by the label of the namespace alone', () => {
  const elevated = replica({ persistentVolumeClaim: 'uploads', access: 'Elevated' });
  const allowed = { namespaceLabels: { 'syncreplica.io/allow-elevated': 'true' } };
  assert.equal(decideInjection(podWith([claimVolume]), allowed, [elevated]).agents[0]?.access, 'Elevated');
  for (const said of ['false', '', 'True']) {
    const { agents, refusals } = decideInjection(
      podWith([claimVolume]),
      { namespaceLabels: { 'syncreplica.io/allow-elevated': said } },
      [elevated],
    );
    assert.deepEqual([agents.length, refusals[0]?.reason], [0, 'ElevatedNotAllowed'], `it says ${said}`);
  }
  const pod = podWith([claimVolume], { metadata: { labels: { 'syncreplica.io/allow-elevated': 'true' } } });
  assert.equal(decideInjection(pod, open, [elevated]).skipped, 'Refused');
});

test('a selector without a volume, or a volume without a selector, means no pod', () => {
  const sources = [replica({ podSelector: {} }), replica({ volume: 'data' }), replica({})];
  assert.equal(decideInjection(podWith([claimVolume]), open, sources).skipped, 'NoMatch');
});

test('a SyncReplica that is being deleted is given no more agents', () => {
  const leaving = { ...byClaim, metadata: { name: 'uploads', deletionTimestamp: '2026-01-01T00:00:00Z' } };
  assert.equal(decideInjection(podWith([claimVolume]), open, [leaving]).skipped, 'NoMatch');
});

test('the agents of several SyncReplicas come in the order of their names', () => {
  const b = replica({ persistentVolumeClaim: 'uploads' }, 'b');
  const a = replica({ podSelector: {}, volume: 'data' }, 'a');
  const { agents } = decideInjection(podWith([claimVolume]), open, [b, a]);
  assert.deepEqual(
    agents.map((agent) => agent.replica),
    ['a', 'b'],
  );
});

test('an agent that is there already is not taken for a user of the volume', () => {
  const pod = podWith([claimVolume], {
    spec: {
      containers: [{ name: 'web', volumeMounts: [{ name: 'data', mountPath: '/d', readOnly: true }] }],
      initContainers: [{ name: 'syncreplica-agent-uploads', volumeMounts: [{ name: 'data', mountPath: '/source' }] }],
      volumes: [claimVolume],
    },
  });
  assert.equal(decideInjection(pod, open, [byClaim]).agents[0]?.user, 'web');
});

test('a Windows pod is known by its node selector too, and our own receivers are never a source', () => {
  const selecting = replica({ podSelector: {}, volume: 'data' });
  const windows = podWith([claimVolume], { spec: { containers: [], nodeSelector: { 'kubernetes.io/os': 'windows' } } });
  assert.equal(decideInjection(windows, open, [selecting]).skipped, 'WindowsPod');
  const receiver = podWith([claimVolume], { metadata: { labels: { 'syncreplica.io/component': 'receiver' } } });
  assert.equal(decideInjection(receiver, open, [selecting]).skipped, 'OwnReceiver');
});
