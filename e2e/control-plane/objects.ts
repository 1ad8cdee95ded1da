import type { KubeItem } from './control-plane.ts';

/** Objects that the tests of the control plane have in common. */
export const claimObject = (namespace: string, name: string, labels: Record<string, string> = {}) => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name, namespace, labels },
  spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'standard', resources: { requests: { storage: '1Gi' } } },
});

/** Of the claim of its own name with the managed target `dr`, where the spec says nothing else. */
export const syncReplicaObject = (namespace: string, name: string, spec: object) => ({
  apiVersion: 'syncreplica.io/v1alpha1',
  kind: 'SyncReplica',
  metadata: { name, namespace },
  spec: { source: { persistentVolumeClaim: name }, targets: [{ name: 'dr', managed: { storage: '1Gi' } }], ...spec },
});

export const findCondition = (
  item: KubeItem | undefined,
  type: string,
): { status: string; reason: string; message: string } | undefined =>
  item?.status?.conditions?.find((one: { type: string }) => one.type === type);
