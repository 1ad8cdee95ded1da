import type { VolumeStatus } from '../../../sidecar/protocol/control.ts';
import { receiverName } from '../../api/names.ts';
import type { ManagedTarget } from '../../api/resolved-spec.ts';
import { claimOfTarget } from '../desired/claim-of-target.ts';
import { claimUidsOf, lineageOf } from '../desired/settings.ts';
import { identityOf } from '../identity.ts';
import type { Observed, Report } from '../observed.ts';
import type { SourceVolume } from '../source-volumes.ts';

/** One source volume's replica on the target. */
export interface Part {
  readonly pod: string;
  readonly ordinal: number;
  readonly volume: string;
  readonly claim: string;
  readonly receiver: Report<VolumeStatus> | undefined;
  readonly trouble: string | undefined;
}

/** As many as there are receivers, or were. */
export const partsOf = (observed: Observed, volumes: readonly SourceVolume[], managedTarget: ManagedTarget): Part[] => {
  const { name: replica } = observed.replica.metadata;
  const target = managedTarget.name;
  const set = receiverName(replica, target);
  const claims = observed.replica.status?.promotions?.find((one) => one.target === target)?.claims ?? [];
  const receivers = observed.owned.statefulSets.find(({ metadata }) => metadata?.name === set)?.spec?.replicas ?? 0;
  return Array.from({ length: Math.max(1, claims.length, receivers) }, (_, ordinal): Part => {
    const pod = `${set}-${ordinal}`;
    const claim = claimOfTarget(replica, managedTarget, ordinal);
    const volume = volumes.find((one) => one.ordinal === ordinal)?.name ?? claims[ordinal]?.volume ?? claim;
    return {
      pod,
      ordinal,
      volume,
      claim,
      receiver: observed.receivers.get(pod),
      trouble: observed.orderTroubles.get(pod),
    };
  });
};

/** Whoever writes the claim from now on brings the data of that claim. */
export const lineageOfClaim = ({ claims, replica }: Observed, target: string, { claim, ordinal }: Part): string =>
  claims.find(({ metadata }) => metadata?.name === claim)?.metadata?.uid ??
  `${replica.metadata.uid}/${target}/${ordinal}`;

/** Whose data it was; of a source elsewhere only the receiver knows. */
export const lineageOfSource = (
  observed: Observed,
  volumes: readonly SourceVolume[],
  ordinal: number,
): string | undefined => {
  if (observed.replica.spec.source.elsewhere) return undefined;
  const volume = volumes.find((one) => one.ordinal === ordinal);
  return volume && lineageOf(volume, { replica: identityOf(observed.replica), claimUids: claimUidsOf(observed) });
};

/** What to write into the pods that mount the first claim; the others are named in `claims`, of which there may be a thousand. */
export const manifestOf = ([first, ...others]: readonly Part[]): string =>
  first === undefined
    ? ''
    : `# in place of ${first.volume}${others.length > 0 ? `, and likewise ${others.length} more: see claims` : ''}
volumes:
- name: data
  persistentVolumeClaim: { claimName: ${first.claim} }
# and in the container
volumeMounts:
- { name: data, mountPath: /data, subPath: data }
`;
