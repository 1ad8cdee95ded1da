import { isAgentContainer, labels, managedSelector } from '../api/names.ts';
import type { SyncReplica } from '../api/schema/syncreplica.generated.ts';
import type {
  KubeObject,
  LimitRange,
  Namespace,
  PersistentVolumeClaim,
  Pod,
  ResourceQuota,
  Secret,
  StorageClass,
} from '../cluster/objects.ts';
import * as kinds from '../cluster/resources.ts';
import { isReceiver } from '../pods/pod-state.ts';
import { claimsOf } from '../pods/volumes.ts';
import { createStore, type Store } from '../runtime/store.ts';
import { closeUnlessEnabled } from './opt-in.ts';
import { forOwnedKinds, type OwnedKind, type OwnedObject, ownedKindNames, ownedKinds } from './owned-kinds.ts';
import { createSharing } from './share.ts';
import { trimClaim, trimMetadata, trimPod, trimSecret } from './trim.ts';

/** What the operator knows of the cluster, kept up to date by watches. Both of its replicas have it, for the webhook. */
export interface Caches extends OwnedCaches {
  readonly replicas: Store<SyncReplica>;
  readonly pods: Store<Pod>;
  readonly claims: Store<PersistentVolumeClaim>;
  readonly namespaces: Store<Namespace>;
  readonly storageClasses: Store<StorageClass>;
  readonly limitRanges: Store<LimitRange>;
  readonly quotas: Store<ResourceQuota>;
}

type OwnedCaches = { readonly [K in OwnedKind]: Store<OwnedObject<K>> };

/**
 * Names of indexes; all but the first give `namespace/…`: the SyncReplica that owns an object, the claims that a pod has, the
 * names of the agents' containers in it, the SyncReplica's label of a receiver or of its claim, and the claim that a
 * SyncReplica names (nothing where it selects pods).
 */
export const indexes = {
  namespace: 'namespace',
  owner: 'owner',
  claim: 'claim',
  agent: 'agent',
  replica: 'replica',
  source: 'source',
} as const;

const byNamespace = (object: KubeObject): string[] => [object.metadata?.namespace ?? ''];
/** The value of an index for a name in a namespace. */
export const inNamespace = (object: KubeObject | string, name: string): string =>
  `${typeof object === 'string' ? object : (object.metadata?.namespace ?? '')}/${name}`;
const byReplicaLabel = (object: KubeObject): string[] => {
  const replica = object.metadata?.labels?.[labels.replica];
  return replica === undefined ? [] : [inNamespace(object, replica)];
};

/** The SyncReplica that owns an object, as `namespace/name`. */
export const ownerKey = (object: KubeObject): string | undefined => {
  const owner = object.metadata?.ownerReferences?.find((one) => one.kind === 'SyncReplica');
  return owner && `${object.metadata?.namespace ?? ''}/${owner.name}`;
};
const byOwner = (object: KubeObject): string[] => {
  const key = ownerKey(object);
  return key === undefined ? [] : [key];
};

/** @param optIn a namespace that doesn't say `enabled` is kept as one that says `disabled` */
export const createCaches = ({ optIn = false } = {}): Caches => {
  const share = createSharing();
  const owned = <T extends KubeObject>(trim: (object: T) => T = trimMetadata): Store<T> =>
    createStore<T>({ trim: (object) => share(trim(object)), indexes: { [indexes.owner]: byOwner } });
  return {
    replicas: createStore<SyncReplica>({
      trim: (replica) => share(trimMetadata(replica)),
      indexes: {
        [indexes.namespace]: byNamespace,
        [indexes.source]: (replica) => [inNamespace(replica, replica.spec?.source?.persistentVolumeClaim ?? '')],
      },
    }),
    pods: createStore<Pod>({
      trim: (pod) => share(trimPod(pod)),
      indexes: {
        [indexes.namespace]: byNamespace,
        [indexes.claim]: (pod) => claimsOf(pod).map((claim) => inNamespace(pod, claim)),
        [indexes.agent]: (pod) =>
          (pod.spec?.initContainers ?? [])
            .filter(({ name }) => isAgentContainer(name))
            .map(({ name }) => inNamespace(pod, name)),
        [indexes.replica]: (pod) => (isReceiver(pod) ? byReplicaLabel(pod) : []),
      },
    }),
    claims: createStore<PersistentVolumeClaim>({
      trim: (claim) => share(trimClaim(claim)),
      indexes: { [indexes.replica]: byReplicaLabel },
    }),
    namespaces: createStore<Namespace>({ trim: optIn ? closeUnlessEnabled : trimMetadata }),
    storageClasses: createStore<StorageClass>({ trim: trimMetadata }),
    limitRanges: createStore<LimitRange>({ trim: trimMetadata, indexes: { [indexes.namespace]: byNamespace } }),
    quotas: createStore<ResourceQuota>({ trim: trimMetadata, indexes: { [indexes.namespace]: byNamespace } }),
    ...(forOwnedKinds(() => owned<KubeObject>()) as never as OwnedCaches),
    secrets: owned<Secret>(trimSecret),
  };
};

/** What is watched for each cache. Objects that the operator makes carry its label, so that no other Secret is ever read. */
export const watchedResources: readonly {
  readonly cache: keyof Caches;
  readonly resource: kinds.Resource<KubeObject>;
  readonly labelSelector?: string;
}[] = [
  { cache: 'namespaces', resource: kinds.namespaces as never },
  { cache: 'replicas', resource: kinds.syncReplicas as never },
  { cache: 'pods', resource: kinds.pods as never },
  { cache: 'claims', resource: kinds.claims as never },
  { cache: 'storageClasses', resource: kinds.storageClasses as never },
  { cache: 'limitRanges', resource: kinds.limitRanges as never },
  { cache: 'quotas', resource: kinds.quotas as never },
  ...ownedKindNames.map((cache) => ({ cache, resource: ownedKinds[cache] as never, labelSelector: managedSelector })),
];

export const isSynced = (caches: Caches): boolean => Object.values(caches).every((store) => store.synced);

/** Labels of a namespace; undefined while it is not known. */
export const namespaceLabels = (caches: Caches, namespace: string): Readonly<Record<string, string>> | undefined =>
  caches.namespaces.get(namespace)?.metadata?.labels ?? (caches.namespaces.get(namespace) ? {} : undefined);
