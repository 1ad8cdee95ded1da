import type { Pod } from '../../../cluster/objects.ts';

/** What makes the pods of one owner again, and what to run so that they come back with an agent. */
export interface PodOwner {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  /** Not known of a Deployment, which is only known by the name of its ReplicaSet. */
  readonly uid?: string;
}

/** Kinds that `kubectl rollout restart` takes. */
const rolled: readonly string[] = ['Deployment', 'StatefulSet', 'DaemonSet'];

/**
 * Who makes a pod: its controller, or the Deployment behind a ReplicaSet, whose name is known by the hash that it adds.
 * Undefined for a pod of nobody's.
 */
export const ownerOf = (pod: Pod): PodOwner | undefined => {
  const controller = pod.metadata?.ownerReferences?.find((owner) => owner.controller === true);
  if (!controller) return undefined;
  const { apiVersion, kind, name, uid } = controller;
  const hash = pod.metadata?.labels?.['pod-template-hash'];
  if (kind === 'ReplicaSet' && hash !== undefined && name.endsWith(`-${hash}`))
    return { apiVersion, kind: 'Deployment', name: name.slice(0, -hash.length - 1) };
  return { apiVersion, kind, name, uid };
};

/** One command or sentence for each owner of the pods, so that every one of them starts again. */
export const adviseRestart = (pods: readonly Pod[], namespace: string): string => {
  const advice = new Set(pods.map((pod) => adviseOne(pod, namespace)));
  return [...advice].join('; ');
};

const adviseOne = (pod: Pod, namespace: string): string => {
  const owner = ownerOf(pod);
  const name = pod.metadata?.name ?? '';
  if (!owner) return `delete the pod ${name} and create it again, nothing else does`;
  if (rolled.includes(owner.kind))
    return `kubectl rollout restart ${owner.kind.toLowerCase()}/${owner.name} -n ${namespace}`;
  // A Job counts a deleted pod as a failure.
  if (owner.kind === 'Job') return `delete the Job ${owner.name} and create it again, or wait for its next run`;
  return `kubectl delete pod ${name} -n ${namespace} (its ${owner.kind} ${owner.name} makes another)`;
};
