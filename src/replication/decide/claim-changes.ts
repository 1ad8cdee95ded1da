import { annotations, receiverClaimName, receiverName } from '../../api/names.ts';
import type { ManagedTarget, ResolvedSpec } from '../../api/resolved-spec.ts';
import { parseQuantity } from '../../api/units/quantity.ts';
import type { PersistentVolumeClaim } from '../../cluster/objects.ts';
import { judgeReceiverUser } from '../desired/receivers/receiver-user.ts';
import { claimsOfTarget, ownerOf, writeOwner } from '../desired/replica-owner.ts';
import type { Observed } from '../observed.ts';
import type { SourceVolume } from '../source-volumes.ts';

/** What is to be merged into a claim of a target. */
export interface ClaimChange {
  readonly claim: string;
  readonly patch: object;
}

/** Of claims that the operator made, never of one that was there before. */
export const findClaimChanges = (
  observed: Observed,
  { targets }: ResolvedSpec,
  volumes: readonly SourceVolume[],
): ClaimChange[] =>
  targets.flatMap((target) =>
    target.kind === 'managed' && target.managed.claimName === undefined
      ? [...claimsToGrow(observed, target), ...ownersToNote(observed, target, volumes)]
      : [],
  );

/** A StatefulSet's claim template can't change, but its claims can grow. */
const claimsToGrow = (observed: Observed, { name, managed: { storage } }: ManagedTarget): ClaimChange[] => {
  if (storage === undefined) return [];
  const { name: replica } = observed.replica.metadata;
  const set = observed.owned.statefulSets.find(({ metadata }) => metadata?.name === receiverName(replica, name));
  return Array.from({ length: set?.spec?.replicas ?? 0 }, (_, ordinal) =>
    receiverClaimName(replica, name, ordinal),
  ).flatMap((claim): ClaimChange[] => {
    const found = observed.claims.find(({ metadata }) => metadata?.name === claim);
    // An apiserver lets only a bound claim grow.
    const present = found?.status?.phase === 'Bound' ? found.spec?.resources?.requests?.storage : undefined;
    const isSmaller = present !== undefined && (parseQuantity(present) ?? 0) < (parseQuantity(storage) ?? 0);
    return isSmaller ? [{ claim, patch: { spec: { resources: { requests: { storage } } } } }] : [];
  });
};

/** The claim outlives its receivers, and the next ones are to run as these did. */
const ownersToNote = (
  observed: Observed,
  { name, managed }: ManagedTarget,
  volumes: readonly SourceVolume[],
): ClaimChange[] => {
  const { user, isSettled } = judgeReceiverUser(observed, name, managed, volumes);
  if (!isSettled || user.access !== 'SameUser') return [];
  const isNoted = (claim: PersistentVolumeClaim): boolean => {
    const noted = ownerOf(claim);
    return noted?.uid === user.uid && noted.gid === user.gid;
  };
  return claimsOfTarget(observed, name)
    .filter((claim) => !isNoted(claim))
    .map(({ metadata }) => ({
      claim: metadata?.name ?? '',
      patch: { metadata: { annotations: { [annotations.replicaOwner]: writeOwner(user) } } },
    }));
};
