import type { SyncReplica } from '../api/schema/syncreplica.generated.ts';
import type { ReplicationSettings } from '../api/settings/replication-settings.ts';
import type { PersistentVolume, PersistentVolumeClaim, Pod } from '../cluster/objects.ts';
import type { ObservedClaim } from './observed-claim.ts';
import { readRequest } from './request.ts';

export const claimOf = (over: { annotations?: object; spec?: object } = {}): PersistentVolumeClaim =>
  ({
    metadata: { name: 'web', namespace: 'shop', uid: 'u1', resourceVersion: '7', annotations: over.annotations ?? {} },
    spec: {
      accessModes: ['ReadWriteOnce'],
      storageClassName: 'fast',
      resources: { requests: { storage: '1Gi' } },
      dataSourceRef: { apiGroup: 'syncreplica.io', kind: 'SyncReplica', name: 'web' },
      ...over.spec,
    },
  }) as never;

export const madeFor = {
  name: 'fill-u1',
  namespace: 'shop',
  uid: 'p1',
  ownerReferences: [{ apiVersion: 'v1', kind: 'PersistentVolumeClaim', name: 'web', uid: 'u1' }],
};

export const primeOf = (over: { spec?: object; status?: object } = {}): PersistentVolumeClaim =>
  ({
    metadata: madeFor,
    spec: { volumeName: 'pv-1', ...over.spec },
    status: { phase: 'Bound', ...over.status },
  }) as never;

export const fillerOf = (status: object): Pod =>
  ({ metadata: { ...madeFor, uid: 'q1' }, spec: { containers: [] }, status }) as never;

export const ended = (phase: string, report: unknown): Pod =>
  fillerOf({ phase, containerStatuses: [{ state: { terminated: { message: JSON.stringify(report) } } }] });

export const volumeOf = (claimUid: string): PersistentVolume =>
  ({ metadata: { name: 'pv-1', resourceVersion: '9' }, spec: { claimRef: { uid: claimUid } } }) as never;

const settingsOf = (...targets: string[]): ReplicationSettings =>
  ({ source: '/source', targets: targets.map((name) => ({ name })) }) as never;

export const replicaOf = (over: { spec?: object; rows?: readonly object[]; metadata?: object } = {}): SyncReplica =>
  ({
    metadata: { name: 'web', namespace: 'shop', ...over.metadata },
    spec: { source: { persistentVolumeClaim: 'web' }, targets: [{ name: 'dr' }], ...over.spec },
    status: { volumes: [{ name: 'web', replicas: over.rows ?? [] }] },
  }) as never;

/** A claim that may be filled now. */
export const worldOf = (over: Partial<ObservedClaim> = {}): ObservedClaim => {
  const claim = over.claim ?? claimOf();
  return {
    claim,
    request: readRequest(claim) as never,
    isEnabled: true,
    replica: replicaOf(),
    volumes: new Map([['web', settingsOf('dr')]]),
    isElevatedAllowed: false,
    bindingMode: 'Immediate',
    prime: undefined,
    pod: undefined,
    volume: undefined,
    ...over,
  };
};

export const volumesOf = (volumes: Readonly<Record<string, readonly string[]>>): ObservedClaim['volumes'] =>
  new Map(Object.entries(volumes).map(([name, targets]) => [name, settingsOf(...targets)]));
