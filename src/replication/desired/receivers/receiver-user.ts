import { labels, receiverName } from '../../../api/names.ts';
import type { ResolvedManagedTarget } from '../../../api/resolved-spec.ts';
import type { StatefulSet } from '../../../cluster/objects.ts';
import { isReader, isReceiver } from '../../../pods/pod-state.ts';
import { userOf } from '../../../pods/user-of.ts';
import { volumeOfClaim } from '../../../pods/volumes.ts';
import type { Observed } from '../../observed.ts';
import type { SourceVolume } from '../../source-volumes.ts';
import { notedOwner } from '../replica-owner.ts';
import { defaultUser, type ReceiverUser } from './receiver-security.ts';

export interface ReceiverUserVerdict {
  readonly user: ReceiverUser;
  /** Receivers run as that user, or will from their first moment: before that nothing may be written. */
  readonly isSettled: boolean;
}

/**
 * As whom the receivers of a target run: as the source's first pod, so that an application that is started on the copy can read
 * it. While there was no pod yet that is a guess, and nobody is let in to write under it. Once something was written the
 * user stays, also where the claim outlived its receivers: the files belong to it. One that a person chose is that from the beginning.
 */
export const judgeReceiverUser = (
  observed: Observed,
  target: string,
  { access, user: chosen }: Pick<ResolvedManagedTarget, 'access' | 'user'>,
  volumes: readonly SourceVolume[],
): ReceiverUserVerdict => {
  if (access === 'Elevated') return { user: { access }, isSettled: true };
  if (chosen !== undefined) {
    const user = { access, uid: chosen.uid, gid: chosen.gid ?? chosen.uid };
    return { user, isSettled: !runsAsOther(observed, target, user.uid) };
  }
  const present = findReceiverSet(observed, target)?.spec?.template.spec?.securityContext;
  const uid = present?.runAsUser;
  if (uid && (uid !== defaultUser.uid || wasWritten(observed, target)))
    return { user: { access, uid, gid: present.runAsGroup ?? uid }, isSettled: true };
  const noted = notedOwner(observed, target);
  if (noted) return { user: { access, ...noted }, isSettled: !runsAsOther(observed, target, noted.uid) };
  const user = { access, ...(findSourceUser(observed, volumes) ?? defaultUser) };
  const isGuess = volumes.every(({ pods }) => pods.length === 0);
  return { user, isSettled: !isGuess && !runsAsOther(observed, target, user.uid) };
};

/** Whether a receiver of the target runs as somebody else, or is to. */
const runsAsOther = (observed: Observed, target: string, wanted: number): boolean => {
  const isOther = (uid: number | undefined): boolean => uid !== undefined && uid !== wanted;
  const receivers = observed.pods.filter(
    (pod) => isReceiver(pod) && !isReader(pod) && pod.metadata?.labels?.[labels.target] === target,
  );
  return (
    isOther(findReceiverSet(observed, target)?.spec?.template.spec?.securityContext?.runAsUser) ||
    receivers.some((pod) => isOther(pod.spec?.securityContext?.runAsUser))
  );
};

/** What a status or a receiver tells of files that are there. */
const wasWritten = ({ replica, receivers }: Observed, target: string): boolean => {
  const set = receiverName(replica.metadata.name, target);
  const rows = (replica.status?.volumes ?? []).flatMap(({ replicas = [] }) => replicas);
  return (
    rows.some((row) => row.target === target && (row.lastSyncTime ?? row.lastFullPassTime) !== undefined) ||
    [...receivers].some(([pod, { status }]) => pod.replace(/-\d+$/, '') === set && !status.empty)
  );
};

const findSourceUser = (
  observed: Observed,
  volumes: readonly SourceVolume[],
): { uid: number; gid: number } | undefined => {
  for (const { claim, pods } of volumes) {
    for (const name of pods) {
      const pod = observed.pods.find(({ metadata }) => metadata?.name === name);
      const volume = observed.replica.spec.source.volume ?? (pod && claim && volumeOfClaim(pod, claim));
      const user = pod && volume ? userOf(pod, volume) : undefined;
      if (!user?.uid) continue;
      return { uid: user.uid, gid: (user.gid ?? user.fsGroup) || user.uid };
    }
  }
  return undefined;
};

export const findReceiverSet = (observed: Observed, target: string): StatefulSet | undefined =>
  observed.owned.statefulSets.find(
    (set) => set.metadata?.name === receiverName(observed.replica.metadata.name, target),
  );
