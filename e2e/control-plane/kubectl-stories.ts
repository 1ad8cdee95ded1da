import type { ControlPlane } from './control-plane.ts';

/** Moments, so that pictures differ from one to the next. */
export interface Moment {
  readonly lagSeconds?: number;
  readonly comparedAt?: string;
  /** What a verification of `media` has shown. */
  readonly verification?: object;
}

const namespace = 'shop';
const ago = (minutes: number): string =>
  new Date(Date.now() - minutes * 60_000 - 2_000).toISOString().replace(/\.\d+Z/, 'Z');

const condition = (type: string, status: string, reason: string, message: string, minutes: number) => ({
  type,
  status,
  reason,
  message,
  lastTransitionTime: ago(minutes),
});

const replicaOf = (name: string, claim: string, targets: readonly object[]) => ({
  apiVersion: 'syncreplica.io/v1alpha1',
  kind: 'SyncReplica',
  metadata: { name, namespace },
  spec: { source: { persistentVolumeClaim: claim }, targets },
});

const dr = { name: 'dr', managed: { storage: '1Gi' } };
const offsite = {
  name: 'offsite',
  external: { address: 'backup.example.com', port: 873, module: 'uploads', tls: 'None', allowPlaintext: true },
};

/** Three SyncReplicas as an operator leaves them: one behind, one that holds deletions, one well and one in its first pass. */
const statuses = ({ lagSeconds = 1521, comparedAt = ago(45), verification }: Moment) => ({
  uploads: {
    observedGeneration: 1,
    source: 'uploads',
    targets: 'dr,offsite',
    inSync: '1/2',
    lag: '25m21s',
    pending: 1312,
    epoch: 7,
    state: 'Offline',
    conditions: [
      condition('Ready', 'False', 'Waiting', 'uploads on offsite is Offline', 25),
      condition('InSync', 'False', 'TooFewInSync', 'uploads has 1 replicas in sync, minInSync is 2', 25),
      condition('Injected', 'True', 'AllInjected', 'every pod of the source has an agent', 300),
      condition(
        'Degraded',
        'True',
        'TargetUnreachable',
        'uploads on offsite: connect to backup.example.com:873: no route to host; the oldest change is for example private/letters.txt',
        25,
      ),
    ],
    volumes: [
      {
        name: 'uploads',
        writer: 'web-1',
        epoch: 7,
        replicas: [
          {
            target: 'dr',
            state: 'Online',
            inSync: true,
            lagSeconds: 0,
            pending: 0,
            lastSyncTime: ago(20),
            lastFullPassTime: ago(45),
          },
          {
            target: 'offsite',
            state: 'Offline',
            inSync: false,
            lagSeconds,
            pending: 1312,
            lastSyncTime: ago(29),
            lastFullPassTime: ago(45),
            lastError: {
              reason: 'TargetUnreachable',
              message: 'connect to backup.example.com:873: no route to host',
              time: ago(21),
            },
          },
        ],
      },
    ],
  },
  orders: {
    observedGeneration: 1,
    source: 'orders',
    targets: 'dr',
    inSync: '0/1',
    lag: '0s',
    pending: 0,
    state: 'Online',
    conditions: [
      condition('Ready', 'True', 'AllInPlace', 'every volume has its replicas', 60),
      condition(
        'DeletesHeld',
        'True',
        'GuardHeld',
        '4212 deletions of orders on dr are held with the id a41f (the source became empty); to let them go on: kubectl annotate srep orders -n shop syncreplica.io/release-deletes=a41f --overwrite',
        60,
      ),
    ],
    volumes: [
      {
        name: 'orders',
        replicas: [{ target: 'dr', state: 'Online', inSync: false, lagSeconds: 0, pending: 0, lastSyncTime: ago(60) }],
      },
    ],
  },
  media: {
    observedGeneration: 1,
    source: 'media',
    targets: 'dr',
    inSync: '1/1',
    lag: '0.2s',
    pending: 12,
    state: 'Online',
    conditions: [
      condition('Ready', 'True', 'AllInPlace', 'every volume has its replicas', 3000),
      condition('InSync', 'True', 'EnoughInSync', 'at least 1 of 1 replicas of each volume are in sync', 3000),
      condition(
        'DeletesHeld',
        'False',
        'DeletesKept',
        'no deletion is held; what a mass of deletions of media took from dr (topmost paths: 9120) is kept with the id mass-71c0 until 2026-01-02T04:00:00.000Z; to put it back there: kubectl annotate srep media -n shop syncreplica.io/undelete=mass-71c0 --overwrite',
        1200,
      ),
    ],
    volumes: [
      {
        name: 'media',
        replicas: [
          {
            target: 'dr',
            state: 'Online',
            inSync: true,
            lagSeconds: 0.2,
            pending: 12,
            lastSyncTime: ago(13),
            lastFullPassTime: comparedAt,
            ...(verification === undefined ? {} : { verification }),
          },
        ],
      },
    ],
  },
  archive: {
    observedGeneration: 1,
    source: 'archive',
    targets: 'dr',
    inSync: '0/1',
    lag: '0s',
    pending: 0,
    state: 'New',
    conditions: [condition('InSync', 'False', 'TooFewInSync', 'archive has 0 replicas in sync, minInSync is 1', 12)],
    volumes: [
      {
        name: 'archive',
        replicas: [
          {
            target: 'dr',
            state: 'New',
            inSync: false,
            lagSeconds: 12,
            pending: 3,
            progress: {
              phase: 'InitialPass',
              filesDone: 31200,
              filesTotal: 90000,
              bytesDone: 48_000_000_000,
              bytesTotal: 131_000_000_000,
              etaSeconds: 1260,
            },
          },
        ],
      },
    ],
  },
});

const podOf = (name: string, labels: Record<string, string>, container: object) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace, labels },
  spec: { containers: [{ name: 'main', image: 'none', env: [{ name: 'PASSWORD', value: 'hunter2' }] }], ...container },
});

/** What is around them: a pod with its agent, a receiver that is not ready, a policy that lets nothing out, Events. */
const surroundings = () => [
  podOf(
    'web-1',
    { app: 'web', 'syncreplica.io/injected': 'true' },
    {
      initContainers: [{ name: 'syncreplica-agent-uploads', image: 'none', restartPolicy: 'Always' }],
      volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'uploads' } }],
    },
  ),
  podOf('uploads-dr-0', { 'syncreplica.io/replica': 'uploads', 'syncreplica.io/component': 'receiver' }, {}),
  {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'default-deny', namespace },
    spec: { podSelector: { matchLabels: { app: 'web' } }, policyTypes: ['Egress'] },
  },
  ...['ReplicaOffline', 'InSyncShrunk'].map((reason, index) => ({
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { name: `uploads.${index}`, namespace },
    eventTime: ago(25 - index).replace('Z', '.000000Z'),
    reportingController: 'syncreplica.io/operator',
    reportingInstance: 'operator-0',
    action: 'Replicate',
    type: 'Warning',
    reason,
    note:
      reason === 'ReplicaOffline'
        ? 'uploads on offsite is offline: TargetUnreachable'
        : 'uploads on offsite left the replicas in sync',
    regarding: { apiVersion: 'syncreplica.io/v1alpha1', kind: 'SyncReplica', namespace, name: 'uploads' },
  })),
];

let surrounded: ControlPlane | undefined;

/** Puts the stories on an apiserver, as they are at a moment. */
export const applyStories = async (plane: ControlPlane, moment: Moment = {}): Promise<void> => {
  if (surrounded !== plane) {
    await plane.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    await plane.apply(
      replicaOf('uploads', 'uploads', [dr, offsite]),
      ...['orders', 'media', 'archive'].map((name) => replicaOf(name, name, [dr])),
      ...surroundings(),
    );
    surrounded = plane;
  }
  for (const [name, status] of Object.entries(statuses(moment))) {
    const patch = JSON.stringify({ status });
    await plane.kubectl('patch', 'srep', name, '-n', namespace, '--subresource=status', '--type=merge', '-p', patch);
  }
};
