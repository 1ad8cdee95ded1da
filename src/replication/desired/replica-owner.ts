import { annotations, receiverClaimTemplate, receiverName } from '../../api/names.ts';
import type { PersistentVolumeClaim } from '../../cluster/objects.ts';
import type { Observed } from '../observed.ts';

/** Whom the files of a replica belong to. */
export interface ReplicaOwner {
  readonly uid: number;
  readonly gid: number;
}

/** Those that its receivers have, or had. */
export const claimsOfTarget = ({ claims, replica }: Observed, target: string): PersistentVolumeClaim[] => {
  const name = `${receiverClaimTemplate}-${receiverName(replica.metadata.name, target)}`;
  return claims.filter(({ metadata }) => metadata?.name?.replace(/-\d+$/, '') === name);
};

export const writeOwner = ({ uid, gid }: ReplicaOwner): string => `${uid}:${gid}`;

export const ownerOf = ({ metadata }: PersistentVolumeClaim): ReplicaOwner | undefined => {
  const [, uid, gid] = /^(\d+):(\d+)$/.exec(metadata?.annotations?.[annotations.replicaOwner] ?? '') ?? [];
  return uid === undefined || gid === undefined ? undefined : { uid: Number(uid), gid: Number(gid) };
};

/**
 * As it was noted on a claim that is there, whoever runs now: with another fsGroup the kubelet would give the whole replica to that group
 * and open every file to it.
 */
export const notedOwner = (observed: Observed, target: string): ReplicaOwner | undefined =>
  claimsOfTarget(observed, target).flatMap((claim) => ownerOf(claim) ?? [])[0];
