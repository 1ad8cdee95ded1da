import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Container, Pod } from '../pods/pod.ts';
import { pickAgentPorts } from './agent-ports.ts';
import { agentTestSettings } from './agent-settings.fixture.ts';
import { injectSidecar } from './inject-sidecar.ts';
import { checkInjectedPod } from './injected-pod.ts';
import { applyPatch, makePatch } from './json-patch.ts';
import { agentResources, type OwnResources } from './limits/agent-resources.ts';
import { type AgentPlacement, decideInjection } from './policy.ts';

const placement = (over: Partial<AgentPlacement> = {}): AgentPlacement => ({
  resources: {},
  replica: 'uploads',
  volume: 'data',
  claim: { kind: 'fixed', name: 'uploads' },
  access: 'SameUser',
  restore: 'Never',
  user: 'web',
  ...over,
});
const podOf = (container: Partial<Container>, spec: Partial<Pod['spec']> = {}): Pod => ({
  spec: {
    containers: [{ name: 'web', volumeMounts: [{ name: 'data', mountPath: '/data' }], ...container }],
    volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'uploads' } }],
    ...spec,
  },
});
const agentOf = (pod: Pod, agent = placement()): Container => {
  const container = injectSidecar(pod, [agent], agentTestSettings).spec.initContainers?.at(-1);
  assert.ok(container);
  return container;
};

const users: [string, Pod, object][] = [
  [
    "the container's user before the pod's",
    podOf({ securityContext: { runAsUser: 5 } }, { securityContext: { runAsUser: 6, runAsGroup: 7 } }),
    { runAsUser: 5, runAsGroup: 7, runAsNonRoot: true },
  ],
  [
    'nobody where the image decides and root is forbidden',
    podOf({}, { securityContext: { runAsNonRoot: true } }),
    { runAsUser: undefined, runAsNonRoot: true },
  ],
  ['root without capabilities where nothing is said', podOf({}), { runAsUser: 0, runAsNonRoot: false }],
];
for (const [name, pod, expected] of users) {
  test(`SameUser takes ${name}`, () => {
    const { runAsUser, runAsGroup, runAsNonRoot, capabilities } = agentOf(pod).securityContext ?? {};
    assert.deepEqual({ runAsGroup: undefined, ...expected }, { runAsUser, runAsGroup, runAsNonRoot });
    assert.deepEqual(capabilities, { drop: ['ALL'] });
  });
}

test('Elevated has one capability, and the two that a restore needs only for a restore', () => {
  const caps = (over: Partial<AgentPlacement>) =>
    agentOf(podOf({}), placement({ access: 'Elevated', ...over })).securityContext?.capabilities;
  assert.deepEqual(caps({}), { drop: ['ALL'], add: ['DAC_OVERRIDE'] });
  assert.deepEqual(caps({ restore: 'IfEmpty' }), { drop: ['ALL'], add: ['CHOWN', 'DAC_OVERRIDE', 'FOWNER'] });
});

const cpuAndMemory = { cpu: '1', memory: '1Gi' };
const resources: [string, Pod, object][] = [
  ['requests alone in a pod without limits', podOf({}), { requests: agentTestSettings.resources.requests }],
  [
    'a Guaranteed pod stays so',
    podOf({ resources: { limits: cpuAndMemory } }),
    { requests: agentTestSettings.resources.guaranteed, limits: agentTestSettings.resources.guaranteed },
  ],
  [
    'a small Guaranteed pod grows by no more than itself',
    podOf({ resources: { limits: { cpu: '100m', memory: '128Mi' } } }),
    { requests: { cpu: '100m', memory: '128Mi' }, limits: { cpu: '100m', memory: '128Mi' } },
  ],
  [
    'what the application limits is limited',
    podOf({ resources: { limits: { memory: '1Gi' } } }),
    { requests: agentTestSettings.resources.requests, limits: { memory: '512Mi' } },
  ],
  [
    'requests below limits are not Guaranteed',
    podOf({ resources: { requests: { cpu: '1m' }, limits: cpuAndMemory } }),
    { requests: agentTestSettings.resources.requests, limits: agentTestSettings.resources.limits },
  ],
  ["a pod's own resources are shared", podOf({}, { resources: { limits: cpuAndMemory } }), {}],
];
for (const [name, pod, expected] of resources) {
  test(`resources: ${name}`, () =>
    assert.deepEqual(agentResources(pod, pod.spec.containers, agentTestSettings.resources), expected));
}

const own = (requests: object, limits: object): OwnResources => ({ requests, limits });
const ownResources: [string, Pod, OwnResources, object][] = [
  [
    'a request that is written counts, the other is the chart’s',
    podOf({}),
    own({ memory: '1Gi' }, {}),
    { requests: { cpu: '10m', memory: '1Gi' } },
  ],
  [
    'a limit below the chart’s request takes that along',
    podOf({}),
    own({}, { cpu: '5m', memory: '32Mi' }),
    { requests: { cpu: '5m', memory: '32Mi' }, limits: { cpu: '5m', memory: '32Mi' } },
  ],
  [
    'a request above the chart’s limit takes that along',
    podOf({ resources: { limits: { memory: '1Gi' } } }),
    own({ memory: '2Gi' }, {}),
    { requests: { cpu: '10m', memory: '2Gi' }, limits: { memory: '2Gi' } },
  ],
  [
    'a Guaranteed pod stays so',
    podOf({ resources: { limits: cpuAndMemory } }),
    own({ cpu: '100m', memory: '64Mi' }, { cpu: '500m' }),
    { requests: { cpu: '500m', memory: '64Mi' }, limits: { cpu: '500m', memory: '64Mi' } },
  ],
  [
    'a pod that has resources as a whole shares them',
    podOf({}, { resources: { limits: cpuAndMemory } }),
    own({ cpu: '1' }, {}),
    {},
  ],
];
for (const [name, pod, wanted, expected] of ownResources) {
  test(`resources of a SyncReplica's own: ${name}`, () =>
    assert.deepEqual(agentResources(pod, pod.spec.containers, agentTestSettings.resources, wanted), expected));
}

test('a variable of the SyncReplica wins over the chart’s, and the agent keeps its own', () => {
  const settings = {
    ...agentTestSettings,
    extraEnv: [
      { name: 'TZ', value: 'UTC' },
      { name: 'HTTPS_PROXY', value: 'http://proxy' },
    ],
  };
  const pod = injectSidecar(podOf({}), [placement({ extraEnv: [{ name: 'TZ', value: 'Asia/Tokyo' }] })], settings);
  const env = pod.spec.initContainers?.at(-1)?.env as { name: string; value?: string }[];
  assert.deepEqual(
    env.map(({ name, value }) => [name, value]),
    [
      ['POD_NAME', undefined],
      ['POD_UID', undefined],
      ['HTTPS_PROXY', 'http://proxy'],
      ['TZ', 'Asia/Tokyo'],
    ],
  );
});

test('ports step aside for all that the pod declares', () => {
  const pod = podOf({ ports: [{ containerPort: 18730 }, { containerPort: 80, hostPort: 18731 }] });
  assert.deepEqual(
    agentOf(pod).ports?.map((port) => port.containerPort),
    [18732, 18733],
  );
});

test('annotations for Prometheus are added only where the pod has none', () => {
  const settings = { ...agentTestSettings, prometheusAnnotations: true };
  const inject = (pod: Pod) => injectSidecar(pod, [placement()], settings);
  const added = inject(podOf({}));
  assert.equal(added.metadata?.annotations?.['prometheus.io/port'], '18730');
  assert.deepEqual(inject(added), added);
  const theirs = inject({ ...podOf({}), metadata: { annotations: { 'prometheus.io/scrape': 'false' } } });
  assert.equal(theirs.metadata?.annotations?.['prometheus.io/port'], undefined);
});

test('over TLS an agent is told so, and so is a Prometheus', () => {
  const settings = { ...agentTestSettings, prometheusAnnotations: true, metricsTls: true };
  const { metadata, spec } = injectSidecar(podOf({}), [placement()], settings);
  assert.equal(metadata?.annotations?.['prometheus.io/scheme'], 'https');
  assert.ok(spec.initContainers?.some(({ args }) => (args as string[] | undefined)?.includes('--metrics-tls')));
});

test('a pod without a placement is the same pod', () => {
  const pod = podOf({});
  assert.equal(injectSidecar(pod, [], agentTestSettings), pod);
});

test('a pod that an apiserver would refuse is found first', () => {
  const pod = podOf({}, { containers: [{ name: 'syncreplica-agent-uploads' }] });
  assert.throws(() => checkInjectedPod(injectSidecar(pod, [placement()], agentTestSettings)), {
    code: 'WouldBeRefused',
    message: /two containers are named syncreplica-agent-uploads/,
  });
});

const name = fc.stringMatching(/^[a-z][a-z0-9]{0,5}$/);
const container = fc.record(
  {
    name,
    ports: fc.array(fc.record({ containerPort: fc.integer({ min: 18725, max: 18740 }) }), { maxLength: 8 }),
    volumeMounts: fc.array(fc.record({ name: fc.constantFrom('data', 'other'), mountPath: name }), { maxLength: 2 }),
    securityContext: fc.record({ runAsUser: fc.nat(9), runAsNonRoot: fc.boolean() }, { requiredKeys: [] }),
    restartPolicy: fc.constant('Always'),
  },
  { requiredKeys: ['name'] },
);
const anyPod = fc.record(
  {
    metadata: fc.record(
      { labels: fc.dictionary(name, name), annotations: fc.dictionary(name, name) },
      { requiredKeys: [] },
    ),
    spec: fc.record(
      {
        containers: fc.array(container, { minLength: 1, maxLength: 3 }),
        initContainers: fc.array(container, { maxLength: 3 }),
        volumes: fc.constant([
          { name: 'data', persistentVolumeClaim: { claimName: 'uploads' } },
          { name: 'other', emptyDir: {} },
        ]),
        hostNetwork: fc.boolean(),
      },
      { requiredKeys: ['containers', 'volumes'] },
    ),
  },
  { requiredKeys: ['spec'] },
);

test('secrets for pulling and variables of the chart reach the pod, each once', () => {
  const settings = {
    ...agentTestSettings,
    imagePullSecrets: ['own', 'mirror'],
    extraEnv: [{ name: 'NODE_OPTIONS', value: '--trace-warnings' }],
  };
  const pod = podOf({}, { imagePullSecrets: [{ name: 'own' }] });
  const once = injectSidecar(pod, [placement()], settings);
  assert.deepEqual(once.spec.imagePullSecrets, [{ name: 'own' }, { name: 'mirror' }]);
  const env = once.spec.initContainers?.at(-1)?.env as { name: string }[];
  assert.deepEqual(
    env.map(({ name }) => name),
    ['POD_NAME', 'POD_UID', 'NODE_OPTIONS'],
  );
  assert.deepEqual(injectSidecar(once, [placement()], settings), once);
  assert.equal(injectSidecar(podOf({}), [placement()], agentTestSettings).spec.imagePullSecrets, undefined);
});

test('injection is idempotent, and its patch is exact, for any pod and any SyncReplicas', () => {
  const source = fc.constantFrom({ persistentVolumeClaim: 'uploads' }, { podSelector: {}, volume: 'other' });
  const replicas = fc.uniqueArray(
    fc.record({
      metadata: fc.record({ name }),
      spec: fc.record({ source, restore: fc.constantFrom('Never' as const, 'IfEmpty' as const) }),
    }),
    { maxLength: 3, selector: (r) => r.metadata.name },
  );
  fc.assert(
    fc.property(anyPod, replicas, (generated, sources) => {
      const pod: Pod = JSON.parse(JSON.stringify(generated));
      const inject = (given: Pod): Pod =>
        injectSidecar(given, decideInjection(given, { namespaceLabels: {} }, sources).agents, agentTestSettings);
      const once = inject(pod);
      assert.deepEqual(inject(once), once);
      assert.deepEqual(applyPatch(pod, makePatch(pod, once)), once);
      const theirs = (p: Pod) => [
        p.spec.containers,
        (p.spec.initContainers ?? []).filter((c) => !c.name.startsWith('syncreplica-')),
      ];
      assert.deepEqual(theirs(once), theirs(pod), "the application's containers are as they were");
    }),
    { numRuns: 300 },
  );
});

test('two workloads in their node’s network have ports of their own', () => {
  const portsOf = (replica: string | undefined) => pickAgentPorts([], 1, replica)[0];
  assert.deepEqual(portsOf(undefined), { metrics: 18_730, api: 18_731 });
  const all = ['uploads', 'web', 'db', 'cache'].flatMap((replica) => Object.values(portsOf(replica) ?? {}));
  assert.equal(new Set(all).size, 8);
  assert.ok(
    all.every((port) => port > 18_731 && port < 30_000),
    'below the range of NodePorts',
  );
});

test('what an injected pod has beside its data does not keep its node', () => {
  const key = 'cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes';
  const annotated = { ...podOf({}), metadata: { annotations: { [key]: 'scratch' } } };
  const once = injectSidecar(annotated, [placement()], agentTestSettings);
  assert.equal(once.metadata?.annotations?.[key], 'scratch,syncreplica-state-uploads,syncreplica-no-token');
  assert.deepEqual(injectSidecar(once, [placement()], agentTestSettings), once);
});
