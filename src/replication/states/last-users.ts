import type { AgentStatus } from '../../../sidecar/protocol/agent-status.ts';
import { agentContainerName } from '../../api/names.ts';
import type { ReplicaStatusRow } from '../../api/schema/syncreplica.generated.ts';
import type { Pod } from '../../cluster/objects.ts';
import { volumeOfClaim } from '../../pods/volumes.ts';
import type { LastUsers, Observed } from '../observed.ts';
import type { SourceVolume } from '../source-volumes.ts';

/** Who could write a source volume when pods had it last. */
export const seeUsers = (
  observed: Pick<Observed, 'pods' | 'replica'>,
  { pods: names, claim }: SourceVolume,
  before: LastUsers | undefined,
  wallMs: number,
): LastUsers | undefined => {
  const pods = observed.pods.filter(({ metadata }) => names.includes(metadata?.name ?? ''));
  const users = pods.filter((pod) => (pod.status?.phase ?? 'Pending') !== 'Pending' && mayWrite(pod, claim));
  if (users.length === 0) return before && { ...before, isOver: before.isOver || names.length === 0 };
  const agent = agentContainerName(observed.replica.metadata.name);
  const isWatched = ({ spec }: Pod): boolean => spec?.initContainers?.some(({ name }) => name === agent) === true;
  const holders = users.filter(isWatched).map(({ metadata }) => `${metadata?.name}/${metadata?.uid}`);
  return {
    holders: [...new Set([...(before?.isOver === false ? before.holders : []), ...holders])],
    unwatchedAt: users.every(isWatched) ? before?.unwatchedAt : wallMs,
    isOver: false,
  };
};

/** A pod that has the volume to read it leaves it as it was. */
const mayWrite = (pod: Pod, claim: string | undefined): boolean => {
  const name = claim === undefined ? undefined : volumeOfClaim(pod, claim);
  if (name === undefined) return true;
  if (pod.spec?.volumes?.find((one) => one.name === name)?.persistentVolumeClaim?.readOnly) return false;
  const containers = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])];
  return containers.some(({ volumeMounts }) => volumeMounts?.some((mount) => mount.name === name && !mount.readOnly));
};

/** What an agent handed over at its end; `at` is when it was said, wall clock, ms. */
export interface HandedOver {
  readonly status: AgentStatus;
  readonly at: number;
}

/**
 * Whether the last word that a receiver has is of the last who could write. What came after it, from a pod without an agent or
 * from one whose agent never got through, is on no target. Who has seen nobody goes by what was written before.
 */
export const isOfLastUsers = (
  { status, at }: HandedOver,
  users: LastUsers | undefined,
  written: ReplicaStatusRow | undefined,
): boolean => {
  if (users === undefined) return !(written?.state === 'Idle' && written.inSync === false);
  if ((users.unwatchedAt ?? Number.NEGATIVE_INFINITY) >= at) return false;
  return (
    users.holders.length === 0 ||
    users.holders.some((one) => one === status.holder || one.split('/')[0] === status.holder)
  );
};
