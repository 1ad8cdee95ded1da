import { receiverClaimName, receiverName } from '../../api/names.ts';
import type { ManagedTarget } from '../../api/resolved-spec.ts';
import { isLive, isReceiver } from '../../pods/pod-state.ts';
import { volumeOfClaim } from '../../pods/volumes.ts';
import type { Observed } from '../observed.ts';
import type { SourceVolume } from '../source-volumes.ts';

/** The claim that holds the replica of an ordinal. */
export const claimOfTarget = (replica: string, { name, managed }: ManagedTarget, ordinal: number): string =>
  managed.claimName ?? receiverClaimName(replica, name, ordinal);

/** Why an existing claim can't be the target now; undefined where it can, or where the target has claims of its own. */
export const whyNotInPlace = (
  observed: Observed,
  { name, managed }: ManagedTarget,
  volumes: readonly SourceVolume[],
):
  | { readonly reason: 'ClaimNotFound' | 'ClaimInUse' | 'AmbiguousSource' | 'NameTaken'; readonly message: string }
  | undefined => {
  const { claimName } = managed;
  if (claimName === undefined) return undefined;
  const { name: replica } = observed.replica.metadata;
  const own = receiverName(replica, name);
  if (claimName === receiverClaimName(replica, name, 0))
    return {
      reason: 'NameTaken',
      message: `target ${name}: ${claimName} is the claim that it has by itself; write storage instead of claimName`,
    };
  if (volumes.some(({ ordinal }) => ordinal > 0))
    return {
      reason: 'AmbiguousSource',
      message: `target ${name}: the claim ${claimName} is one place, and the source has ${volumes.length} volumes; write storage, or one SyncReplica for each claim`,
    };
  if (!observed.claims.some(({ metadata }) => metadata?.name === claimName))
    return {
      reason: 'ClaimNotFound',
      message: `target ${name}: the claim ${claimName} doesn't exist in this namespace; write storage for a new one`,
    };
  const user = observed.pods.find(
    (pod) =>
      isLive(pod) &&
      volumeOfClaim(pod, claimName) !== undefined &&
      !(isReceiver(pod) && pod.metadata?.name === `${own}-0`),
  );
  if (!user) return undefined;
  return {
    reason: 'ClaimInUse',
    message: `target ${name}: pod ${user.metadata?.name} mounts the claim ${claimName}, which nobody else may use while it is a target; end that pod`,
  };
};
