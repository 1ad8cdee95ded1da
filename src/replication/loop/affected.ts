import { isDeepStrictEqual } from 'node:util';
import { annotations, labels, labelValue } from '../../api/names.ts';
import type { SyncReplica } from '../../api/schema/syncreplica.generated.ts';
import { type Caches, indexes, inNamespace, ownerKey } from '../../caches/caches.ts';
import type { KubeObject, Pod } from '../../cluster/objects.ts';
import { matchesLabels } from '../../pods/label-selector.ts';
import { isReceiver } from '../../pods/pod-state.ts';
import { claimsOf } from '../../pods/volumes.ts';
import { keyOf, type StoreChange } from '../../runtime/store.ts';

/** Which SyncReplicas a change of an object is to be looked at for, as `namespace/name`. */
export const affectedBy = (cache: keyof Caches, change: StoreChange<KubeObject>, caches: Caches): string[] => {
  const { object } = change;
  switch (cache) {
    case 'replicas':
      return isOwnEcho(change as StoreChange<SyncReplica>) ? [] : [keyOf(object)];
    case 'pods': {
      const pods = [object, change.before].filter((pod) => pod !== undefined) as Pod[];
      return [...new Set(pods.flatMap((pod) => concernedBy(pod, caches)))];
    }
    case 'claims': {
      const replica = object.metadata?.labels?.[labels.replica];
      if (replica !== undefined) return labelledReplicas(object, replica, caches);
      if (change.type === 'MODIFIED' && isFilledAsBefore(change)) return [];
      // Which pods a selector means is not known while there are none: a claim that comes or goes may be one of theirs.
      return [object.metadata?.name ?? '', ''].flatMap((claim) => bySource(object, claim, caches)).map(keyOf);
    }
    case 'namespaces': {
      if (isDeepStrictEqual(change.before?.metadata?.labels, object.metadata?.labels)) return [];
      return caches.replicas.byIndex(indexes.namespace, object.metadata?.name ?? '').map(keyOf);
    }
    case 'limitRanges':
      return bySourceNamespace(object, caches);
    case 'quotas':
      // What is used moves with every pod; what an agent needs of it is asked for when one comes.
      return [];
    case 'storageClasses':
      return change.type === 'MODIFIED' ? [] : caches.replicas.list().map(keyOf);
    default: {
      const owner = ownerKey(object);
      return owner === undefined ? [] : [owner];
    }
  }
};

/** The controller's own status write comes back as an event; it says nothing new. What is said of snapshots is another's. */
const isOwnEcho = ({ type, object, before }: StoreChange<SyncReplica>): boolean =>
  type === 'MODIFIED' &&
  before?.metadata.generation === object.metadata.generation &&
  before?.metadata.deletionTimestamp === object.metadata.deletionTimestamp &&
  isDeepStrictEqual(before?.status?.snapshots, object.status?.snapshots) &&
  isDeepStrictEqual(before?.metadata.annotations, object.metadata.annotations) &&
  isDeepStrictEqual(before?.metadata.finalizers, object.metadata.finalizers);

/** Its agents are told from where their claim was filled. */
const isFilledAsBefore = ({ before, object }: StoreChange<KubeObject>): boolean =>
  before?.metadata?.annotations?.[annotations.restoredFrom] ===
  object.metadata?.annotations?.[annotations.restoredFrom];

const bySourceNamespace = (object: KubeObject, caches: Caches): string[] =>
  caches.replicas.byIndex(indexes.namespace, object.metadata?.namespace ?? '').map(keyOf);

const bySource = (object: KubeObject, claim: string, caches: Caches): SyncReplica[] =>
  caches.replicas.byIndex(indexes.source, inNamespace(object, claim));

/** A label may hold only a part of a long name. */
const labelledReplicas = (object: KubeObject, label: string, caches: Caches): string[] => {
  const key = inNamespace(object, label);
  if (caches.replicas.get(key)) return [key];
  return caches.replicas
    .byIndex(indexes.namespace, object.metadata?.namespace ?? '')
    .filter(({ metadata }) => labelValue(metadata.name) === label)
    .map(keyOf);
};

/** The SyncReplicas of whose source volume a pod has one, or whose receiver it is. */
const concernedBy = (pod: Pod, caches: Caches): string[] => {
  const label = pod.metadata?.labels?.[labels.replica];
  if (isReceiver(pod) && label !== undefined) return labelledReplicas(pod, label, caches);
  const named = claimsOf(pod).flatMap((claim) => bySource(pod, claim, caches));
  const selecting = bySource(pod, '', caches).filter(({ spec }) => {
    const selector = spec?.source?.podSelector;
    return selector !== undefined && matchesLabels(selector as never, pod.metadata?.labels ?? {});
  });
  return [...named, ...selecting].map(keyOf);
};
