import { annotations, labels } from '../../api/names.ts';
import { type Caches, ownerKey } from '../../caches/caches.ts';
import type { Pod } from '../../cluster/objects.ts';
import { isReceiver } from '../../pods/pod-state.ts';
import type { Reporter } from './reports.ts';

/** Who reports from a pod: its receiver, or the agents that injection says it has. */
export const reportersOf = (pod: Pod, caches: Caches): Reporter[] => {
  const { name = '', namespace = '' } = pod.metadata ?? {};
  if (isReceiver(pod)) {
    const replica = replicaOfReceiver(pod, caches);
    return replica === undefined ? [] : [{ kind: 'receiver', namespace, pod: name, replica }];
  }
  return injectedReplicas(pod).map((replica) => ({ kind: 'agent', namespace, pod: name, replica }));
};

/** By its StatefulSet's owner: a label may hold only a part of a long name. */
const replicaOfReceiver = (pod: Pod, caches: Caches): string | undefined => {
  const { name = '', namespace = '', labels: present = {} } = pod.metadata ?? {};
  const set = caches.statefulSets.get(`${namespace}/${name.replace(/-\d+$/, '')}`);
  const owner = set && ownerKey(set)?.split('/')[1];
  return owner ?? present[labels.replica];
};

const injectedReplicas = (pod: Pod): string[] => {
  const text = pod.metadata?.annotations?.[annotations.status];
  if (text === undefined) return [];
  try {
    const { replicas } = JSON.parse(text) as { replicas?: unknown };
    return Array.isArray(replicas) ? replicas.filter((name): name is string => typeof name === 'string') : [];
  } catch {
    return []; // somebody else's writing: a pod whose agent can't be told apart is asked by nobody
  }
};
