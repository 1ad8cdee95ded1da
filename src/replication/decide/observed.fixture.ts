import type { AgentStatus, ReplicaStatus } from '../../../sidecar/protocol/agent-status.ts';
import { agentContainerName, annotations, labels, receiverName, receiverSecretName } from '../../api/names.ts';
import { parseStoredSyncReplica } from '../../api/parse.ts';
import type { SyncReplica, SyncReplicaSpec } from '../../api/schema/syncreplica.generated.ts';
import type { PersistentVolumeClaim, Pod, Secret, StatefulSet } from '../../cluster/objects.ts';
import { noLimits } from '../../inject/limits/fit-resources.ts';
import { rememberedVolumes } from '../desired/agent-secrets.ts';
import type { Material } from '../desired/material.ts';
import { isPublic } from '../desired/receivers/receiver-services.ts';
import type { Now, Observed } from '../observed.ts';
import { defaultReceiver } from '../receiver-defaults.ts';
import { findSource } from '../source-volumes.ts';
import { runChecks } from '../status/checks.ts';
import { decide, type Subject } from './decide.ts';
import type { Plan } from './plan.ts';

/** A world for tests of decisions: one SyncReplica `shop/uploads` of the claim `uploads` with the managed target `dr`. */
export const now: Now = { wallMs: Date.UTC(2030, 0, 1), monotonicMs: 1_000_000 };

export const managed = (name: string, more: object = {}) => ({ name, managed: { storage: '1Gi', ...more } });

export const replicaOf = (
  spec: object = {},
  more: Partial<SyncReplica['metadata']> = {},
  status?: SyncReplica['status'],
): SyncReplica => ({
  metadata: { name: 'uploads', namespace: 'shop', uid: 'uid-1', generation: 3, resourceVersion: '7', ...more },
  spec: { source: { persistentVolumeClaim: 'uploads' }, targets: [managed('dr')], ...spec } as SyncReplicaSpec,
  ...(status ? { status } : {}),
});

export const claimOf = (name: string, more: Partial<PersistentVolumeClaim> = {}): PersistentVolumeClaim => ({
  metadata: { name, namespace: 'shop', uid: `uid-${name}` },
  spec: { resources: { requests: { storage: '1Gi' } } },
  ...more,
});

/** A pod that mounts a claim, with or without its agent. */
export const podOf = (name: string, claim: string, options: { injected?: boolean; uid?: number } = {}): Pod => ({
  metadata: {
    name,
    namespace: 'shop',
    uid: `uid-${name}`,
    ...(options.injected === false
      ? {}
      : { labels: { [labels.injected]: 'true' }, annotations: { [annotations.status]: '{"replicas":["uploads"]}' } }),
  },
  spec: {
    containers: [
      {
        name: 'web',
        volumeMounts: [{ name: 'data', mountPath: '/data' }],
        ...(options.uid === undefined ? {} : { securityContext: { runAsUser: options.uid } }),
      },
    ],
    initContainers: options.injected === false ? [] : [{ name: agentContainerName('uploads') }],
    volumes: [{ name: 'data', persistentVolumeClaim: { claimName: claim } }],
  },
  status: { phase: 'Running', podIP: '10.0.0.9' },
});

export const setOf = (
  target: string,
  ready = 1,
  more: Partial<NonNullable<StatefulSet['spec']>> = {},
): StatefulSet => ({
  metadata: {
    name: receiverName('uploads', target),
    namespace: 'shop',
    uid: `uid-set-${target}`,
    labels: { [labels.target]: target },
  },
  spec: { replicas: 1, selector: {}, template: {}, ...more } as never,
  status: { readyReplicas: ready, replicas: 1 },
});

export const secretOf = (name: string, texts: Record<string, string> = {}, more: object = {}): Secret => ({
  metadata: { name, namespace: 'shop', uid: `uid-${name}`, ...more },
  data: Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, Buffer.from(text).toString('base64')])),
});

export const reportOf = (target: string, more: Partial<ReplicaStatus> = {}): ReplicaStatus => ({
  target,
  link: 'Online',
  initialPassDone: true,
  inSync: true,
  lagSeconds: 0,
  pending: 0,
  position: { epoch: 4, sequence: 12 },
  lastSyncAt: now.wallMs - 60_000,
  lastFullPassAt: now.wallMs - 600_000,
  progress: null,
  lastError: null,
  heldDeletes: null,
  skipped: { count: 0, samples: [] },
  transferredBytes: 0,
  transferredFiles: 0,
  renames: 0,
  ...more,
});

export const agentOf = (replicas: ReplicaStatus[], more: Partial<AgentStatus> = {}): AgentStatus => ({
  version: '0.1.0',
  holder: 'web-a',
  source: '/source',
  generation: 1,
  paused: false,
  startedAt: now.wallMs,
  phase: 'Watching',
  watch: {
    kind: 'inotify',
    watchedDirectories: 1,
    watchLimit: 1000,
    overflows: 0,
    unreadable: { count: 0, samples: [] },
  },
  degraded: [],
  replicas,
  ...more,
});

const pair = (name: string) => ({ cert: `cert of ${name}`, key: `key of ${name}` });
export const credential = { username: 'agent-1', password: 'secret-1', createdAtMs: 0 };

/** Certificates and passwords that are only names. */
export const materialOf = (
  targets: readonly string[] = ['dr'],
  volumes: readonly string[] = ['uploads'],
  offered: readonly string[] = [],
): Material => ({
  bundle: 'bundle',
  receivers: new Map(
    targets.map((name) => [
      name,
      {
        server: pair(name),
        credential,
        credentials: [credential],
        relay: pair('relay'),
        ...(offered.includes(name) ? { writer: pair('writer') } : {}),
      },
    ]),
  ),
  agents: new Map(volumes.map((name) => [name, { server: pair('agent server'), client: pair(`client of ${name}`) }])),
  replaced: [],
});

export const worldOf = (more: Partial<Observed> = {}): Observed => ({
  replica: replicaOf(),
  namespaceLabels: {},
  limits: noLimits,
  pods: [podOf('web-a', 'uploads')],
  claims: [claimOf('uploads')],
  storageClasses: { names: new Set(['standard']), default: 'standard' },
  owned: {
    statefulSets: [],
    services: [],
    networkPolicies: [],
    disruptionBudgets: [],
    serviceAccounts: [],
    secrets: [],
  },
  externalSecrets: new Map(),
  agents: new Map(),
  receivers: new Map(),
  missingPullSecrets: [],
  missingSidecars: [],
  optedOut: [],
  refusals: [],
  trust: { signer: pair('authority'), bundle: 'bundle' },
  config: {
    operatorNamespace: 'syncreplica-system',
    operatorOnNodes: false,
    addresses: { allow: [], apiServer: '10.96.0.1' },
    receiver: {
      image: 'agent:1',
      imagePullPolicy: 'IfNotPresent',
      imagePullSecrets: [],
      defaults: defaultReceiver,
      assignedUsers: false,
      prometheusAnnotations: false,
      metricsTls: false,
    },
  },
  controllerEpoch: 5,
  memory: new Map(),
  settled: true,
  hearingAt: Infinity,
  applied: new Map(),
  promotionAsked: undefined,
  orderTroubles: new Map(),
  taken: [],
  refusedApply: undefined,
  ...more,
});

/** One look at a valid SyncReplica, with everything pure in between. */
export const look = (observed: Observed, at: Now = now): Plan => {
  const parsed = parseStoredSyncReplica(observed.replica);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const { spec } = parsed;
  const { source, volumes } = findSource(observed, spec, rememberedVolumes(observed));
  const findings = runChecks({ observed, spec, source });
  const subject: Subject = { spec, source, volumes, findings };
  return decide(
    observed,
    subject,
    materialOf(
      spec.targets.map(({ name }) => name),
      volumes.map(({ name }) => name),
      spec.targets.flatMap((target) =>
        target.kind === 'managed' && isPublic(target.managed.service) ? target.name : [],
      ),
    ),
    at,
  );
};

/** Everything is there and well: what a look at it changes is nothing. */
export const wellWorld = (more: Partial<Observed> = {}): Observed =>
  worldOf({
    owned: {
      ...worldOf().owned,
      statefulSets: [setOf('dr')],
      secrets: [secretOf(receiverSecretName('uploads', 'dr'), {}, { labels: { [labels.target]: 'dr' } })],
    },
    agents: new Map([['web-a', { at: now.monotonicMs - 1_000, status: agentOf([reportOf('dr')]) }]]),
    memory: new Map([['0/dr', { state: 'Online', since: now.monotonicMs - 60_000, inSync: true }]]),
    ...more,
  });

/** `status reason` of a condition in a plan's status. */
export const conditionOf = (plan: Plan, type: string): string => {
  const found = plan.status?.conditions?.find((condition) => condition.type === type);
  return found ? `${found.status} ${found.reason}` : 'none';
};
export const messageOf = (plan: Plan, type: string): string =>
  plan.status?.conditions?.find((condition) => condition.type === type)?.message ?? '';
