import { parseSyncReplica } from '../api/parse.ts';
import type { ReplicaLookup } from '../inject/admission.ts';
import type { ReplicaSource } from '../inject/policy.ts';
import { type Caches, indexes, isSynced, namespaceLabels } from './caches.ts';

/** Answers the webhook from the caches. An invalid SyncReplica gets nobody an agent. */
export const createReplicaLookup = (caches: Caches): ReplicaLookup => {
  const valid = new WeakMap<object, boolean>();
  const isValid = (replica: object): boolean => {
    const known = valid.get(replica) ?? parseSyncReplica(replica).ok;
    valid.set(replica, known);
    return known;
  };
  return {
    replicasIn: (namespace) =>
      caches.replicas.byIndex(indexes.namespace, namespace).filter(isValid) as unknown as readonly ReplicaSource[],
    namespaceLabels: (namespace) => namespaceLabels(caches, namespace),
    isSynced: () => isSynced(caches),
  };
};
