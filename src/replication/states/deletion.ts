import { labels, labelValue, receiverClaimName, receiverClaimTemplate, receiverName } from '../../api/names.ts';
import type { KubeObject } from '../../cluster/objects.ts';
import { claims, type Resource } from '../../cluster/resources.ts';
import { isLive, isReceiver } from '../../pods/pod-state.ts';
import { volumeOfClaim } from '../../pods/volumes.ts';
import type { Observed } from '../observed.ts';
import type { OwnedRef } from '../owned.ts';
import type { ReplicaFacts } from '../replica-state.ts';

/** How far the deletion of one managed or external target is, for one ordinal. */
export const judgeDeletion = (
  observed: Observed,
  target: string,
  ordinal: number,
  deletionPolicy: 'Retain' | 'Delete',
): ReplicaFacts['deletion'] => {
  const name = receiverName(observed.replica.metadata.name, target);
  const isSetThere = observed.owned.statefulSets.some((set) => set.metadata?.name === name);
  const claim = receiverClaimName(observed.replica.metadata.name, target, ordinal);
  const isClaimThere =
    deletionPolicy === 'Delete' &&
    !isPromoted(observed, target) &&
    observed.claims.some((one) => one.metadata?.name === claim);
  if (!isSetThere && !isClaimThere) return 'Done';
  return isClaimThere && isInUse(observed, claim) ? 'Blocked' : 'Pending';
};

const isInUse = ({ pods }: Observed, claim: string): boolean =>
  pods.some((pod) => isLive(pod) && volumeOfClaim(pod, claim) && !isReceiver(pod));

/**
 * The claims of a target that is being deleted, once its StatefulSet is gone and only where the policy says so. They are
 * told by the labels that the StatefulSet gave them, and by their names.
 */
export const claimsToDelete = (observed: Observed, target: string, deletionPolicy: 'Retain' | 'Delete'): OwnedRef[] => {
  const { name } = observed.replica.metadata;
  const setName = receiverName(name, target);
  const isSetThere = observed.owned.statefulSets.some((set) => set.metadata?.name === setName);
  if (deletionPolicy !== 'Delete' || isSetThere || isPromoted(observed, target)) return [];
  const prefix = `${receiverClaimTemplate}-${setName}-`;
  return observed.claims.flatMap(({ metadata = {} }): OwnedRef[] => {
    const isOurs =
      metadata.name?.startsWith(prefix) === true &&
      /^\d+$/.test(metadata.name.slice(prefix.length)) &&
      isReceiver({ metadata }) &&
      metadata.labels?.[labels.replica] === labelValue(name) &&
      metadata.labels[labels.target] === target;
    if (!isOurs || metadata.deletionTimestamp !== undefined) return [];
    // A claim that was told to go while a pod has it goes with that pod, and nothing calls it back.
    if (isInUse(observed, metadata.name ?? '')) return [];
    return [{ resource: claims as Resource<KubeObject>, name: metadata.name ?? '', uid: metadata.uid }];
  });
};

/** What was taken into use stays, whoever was meant to delete it while it was a copy. */
const isPromoted = ({ replica }: Observed, target: string): boolean =>
  replica.status?.promotions?.some((one) => one.target === target && one.fencedAt !== undefined) === true;

/** Targets that are owned or were reported, but are no longer asked for. */
export const leftoverTargets = (observed: Observed, wanted: ReadonlySet<string>): string[] => {
  const owned = observed.owned.statefulSets.map((set) => set.metadata?.labels?.[labels.target]);
  const reported = (observed.replica.status?.volumes ?? []).flatMap(({ replicas = [] }) =>
    replicas.map(({ target }) => target),
  );
  const remembered = [...observed.memory.keys()].map((key) => key.slice(key.indexOf('/') + 1));
  return [...new Set([...owned, ...reported, ...remembered])]
    .filter((target): target is string => target !== undefined && !wanted.has(target))
    .sort();
};
