import { isDeepStrictEqual } from 'node:util';
import { labels, labelValue } from '../../api/names.ts';
import type { SyncReplica } from '../../api/syncreplica.generated.ts';
import { type Caches, indexes, ownerKey } from '../../caches/caches.ts';
import type { KubeObject, Pod } from '../../cluster/objects.ts';
import { matchesLabels } from '../../pods/label-selector.ts';
import { claimsOf } from '../../pods/volumes.ts';
import { keyOf, type StoreChange } from '../../runtime/store.ts';

/** Which SyncReplicas a change of an object is to be looked at for, as `namespace/name`. */
export const affectedBy = (cache: keyof Caches, change: StoreChange<KubeObject>, caches: Caches): string[] => {
  const { object } = change;
  const inNamespace = (): SyncReplica[] => caches.replicas.byIndex(indexes.namespace, object.metadata?.namespace ?? '');
  switch (cache) {
    case 'replicas':
      return isOwnEcho(change as StoreChange<SyncReplica>) ? [] : [keyOf(object)];
    case 'pods': {
      const pods = [object, change.before].filter((pod) => pod !== undefined) as Pod[];
      return inNamespace()
        .filter((replica) => pods.some((pod) => concerns(replica, pod)))
        .map(keyOf);
    }
    case 'claims':
      if (change.type === 'MODIFIED' && object.metadata?.labels?.[labels.replica] === undefined) return [];
      return inNamespace().map(keyOf);
    case 'namespaces': {
      if (isDeepStrictEqual(change.before?.metadata?.labels, object.metadata?.labels)) return [];
      return caches.replicas.byIndex(indexes.namespace, object.metadata?.name ?? '').map(keyOf);
    }
    case 'storageClasses':
      return change.type === 'MODIFIED' ? [] : caches.replicas.list().map(keyOf);
    default: {
      const owner = ownerKey(object);
      return owner === undefined ? [] : [owner];
    }
  }
};

/** The operator's own status write comes back as an event; it says nothing new. */
const isOwnEcho = ({ type, object, before }: StoreChange<SyncReplica>): boolean =>
  type === 'MODIFIED' &&
  before?.metadata.generation === object.metadata.generation &&
  before?.metadata.deletionTimestamp === object.metadata.deletionTimestamp &&
  isDeepStrictEqual(before?.metadata.annotations, object.metadata.annotations) &&
  isDeepStrictEqual(before?.metadata.finalizers, object.metadata.finalizers);

/** A pod that has the source volume, or is a receiver of the SyncReplica. */
const concerns = ({ metadata, spec }: SyncReplica, pod: Pod): boolean => {
  const podLabels = pod.metadata?.labels ?? {};
  if (podLabels[labels.replica] === labelValue(metadata.name)) return true;
  const { persistentVolumeClaim: claim, podSelector } = spec?.source ?? {};
  if (podSelector !== undefined && matchesLabels(podSelector as Parameters<typeof matchesLabels>[0], podLabels))
    return true;
  return claim !== undefined && claimsOf(pod).includes(claim);
};
