import { annotations } from '../api/names.ts';
import type { Pod } from '../pods/pod.ts';
import { type Refusal, type RefusalReason, refusalSentences } from './policy.ts';

/**
 * The pod with what keeps agents out of it written on it: the room of a quota and what a pod asks for are known when it comes,
 * and are other ones afterwards.
 */
export const tellRefusals = (pod: Pod, refusals: readonly Refusal[]): Pod => {
  if (refusals.length === 0) return pod;
  const told = JSON.stringify(Object.fromEntries(refusals.map(({ replica, reason }) => [replica, reason])));
  return {
    ...pod,
    metadata: { ...pod.metadata, annotations: { ...pod.metadata?.annotations, [annotations.refused]: told } },
  };
};

/** Why a pod has no agent of this SyncReplica, as it was told when it came. */
export const toldRefusal = (pod: Pick<Pod, 'metadata'>, replica: string): RefusalReason | undefined => {
  const reasons = parse(pod.metadata?.annotations?.[annotations.refused]);
  const reason = Object.hasOwn(reasons, replica) ? reasons[replica] : undefined;
  return typeof reason === 'string' && Object.hasOwn(refusalSentences, reason) ? (reason as RefusalReason) : undefined;
};

/** Anybody may write there: what is no object says nothing. */
const parse = (text = '{}'): Readonly<Record<string, unknown>> => {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
};
