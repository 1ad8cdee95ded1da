import {
  agentContainerName,
  containers,
  labels,
  labelValue,
  portNames,
  ports,
  readersVolume,
  receiverVolume,
} from '../../api/names.ts';
import type { Pod } from '../../cluster/objects.ts';
import { isReader, isReceiver } from '../../pods/pod-state.ts';

/** One who reports: an agent in a pod, or a receiver. */
export type Endpoint =
  | { readonly kind: 'agent'; readonly host: string; readonly port: number }
  | {
      readonly kind: 'receiver';
      readonly host: string;
      readonly port: number;
      readonly volume: string;
      readonly servername: string;
    };

/** Where the agent of a SyncReplica in a pod answers; undefined where it has none, or no address yet. */
export const agentEndpoint = (pod: Pod, replica: string): Endpoint | undefined => {
  const container = pod.spec?.initContainers?.find(({ name }) => name === agentContainerName(replica));
  const host = pod.status?.podIP;
  if (!container || !host || !isRunning(pod)) return undefined;
  const port = container.ports?.find(({ name }) => name === portNames.api)?.containerPort ?? apiPortOf(container.ports);
  return { kind: 'agent', host, port };
};

/** Several agents in one pod can't all have the port's name; the second of an agent's two ports is its API. */
const apiPortOf = (declared: readonly { containerPort: number }[] | undefined): number =>
  declared?.[1]?.containerPort ?? ports.agentApi;

/** Where a receiver answers. It is asked by address; its certificate names the pod. */
export const receiverEndpoint = (pod: Pod, replica: string): Endpoint | undefined => {
  const host = pod.status?.podIP;
  const target = pod.metadata?.labels?.[labels.target];
  const ordinal = Number(/-(\d+)$/.exec(pod.metadata?.name ?? '')?.[1]);
  if (!host || target === undefined || !Number.isInteger(ordinal) || !isReceiver(pod) || !isRunning(pod))
    return undefined;
  // Receivers of its neighbours are in the same namespace.
  if (pod.metadata?.labels?.[labels.replica] !== labelValue(replica)) return undefined;
  const namespace = pod.metadata?.namespace ?? '';
  return {
    kind: 'receiver',
    host,
    port: ports.receiver,
    volume: isReader(pod)
      ? readersVolume(namespace, replica, target)
      : receiverVolume(namespace, replica, target, ordinal),
    servername: `${pod.metadata?.name}.${setNameOf(pod)}-pods.${namespace}.svc`,
  };
};

const setNameOf = (pod: Pod): string => (pod.metadata?.name ?? '').replace(/-\d+$/, '');

const isRunning = (pod: Pod): boolean => {
  const names = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  return names.some(
    ({ name, state }) =>
      (name === containers.receiver || name.startsWith(containers.agent)) && state?.running !== undefined,
  );
};
