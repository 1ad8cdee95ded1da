import { isAgentContainer, managedSelector } from '../../src/api/names.ts';
import type { ClusterClient } from '../../src/cluster/client.ts';
import type { KubeObject, Pod, StatefulSet } from '../../src/cluster/objects.ts';
import { claims, pods, statefulSets } from '../../src/cluster/resources.ts';
import { isReceiver } from '../../src/pods/pod-state.ts';
import { systemClock } from '../../src/process/clock.ts';
import { silentLogger } from '../../src/process/log/logger.ts';
import { runReflector } from '../../src/runtime/reflector.ts';
import { createStore, keyOf } from '../../src/runtime/store.ts';
import { claimObject } from './population.ts';

/** What a cluster's own controllers and its nodes would do: no node is there, and every pod runs. */
export interface PlayedCluster {
  /** Makes a pod and has it run; the pod as it was admitted. */
  runPod(pod: object): Promise<Pod>;
  /** Names of pods, by address. */
  readonly podAt: ReadonlyMap<string, string>;
  /** Receivers that run. */
  receivers(): number;
  stop(): void;
}

/** Addresses of 127.0.0.0/8, one a pod: all of them are this machine. */
const addressOf = (index: number): string => `127.${1 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`;

export const playCluster = (client: ClusterClient): PlayedCluster => {
  const stopping = new AbortController();
  const podAt = new Map<string, string>();
  const running = new Map<string, string>();
  let nextAddress = 1;

  const runPod = async (pod: object): Promise<Pod> => {
    const made = await client.create(pods, pod as Pod);
    const { namespace = '', name = '' } = made.metadata ?? {};
    const podIP = addressOf(nextAddress++);
    podAt.set(podIP, `${namespace}/${name}`);
    const startedAt = new Date().toISOString();
    const statusOf = (container: string) => ({
      name: container,
      image: 'image',
      imageID: '',
      ready: true,
      started: true,
      restartCount: 0,
      state: { running: { startedAt } },
    });
    const agents = (made.spec?.initContainers ?? []).filter((one) => isAgentContainer(one.name));
    await client.patchStatus(
      pods,
      { namespace, name },
      {
        status: {
          phase: 'Running',
          podIP,
          podIPs: [{ ip: podIP }],
          initContainerStatuses: agents.map((one) => statusOf(one.name)),
          containerStatuses: (made.spec?.containers ?? []).map((one) => statusOf(one.name)),
        },
      },
    );
    return made;
  };

  /** As the StatefulSet controller: claims first, pods that run another template anew. */
  const playSet = async (set: StatefulSet): Promise<void> => {
    const { namespace = '', name = '' } = set.metadata ?? {};
    const template = set.spec?.template;
    const revision = JSON.stringify(template);
    for (let ordinal = 0; ordinal < (set.spec?.replicas ?? 0); ordinal++) {
      const pod = `${name}-${ordinal}`;
      const key = `${namespace}/${pod}`;
      if (running.get(key) === revision) continue;
      const claim = `data-${pod}`;
      if (running.has(key)) await client.delete(pods, { namespace, name: pod });
      else await client.create(claims, claimObject(namespace, claim, set.spec?.selector.matchLabels) as never);
      running.set(key, revision);
      const volumes = [
        ...(template?.spec?.volumes ?? []),
        { name: 'data', persistentVolumeClaim: { claimName: claim } },
      ];
      await runPod({
        metadata: { ...template?.metadata, namespace, name: pod },
        spec: { ...template?.spec, volumes, terminationGracePeriodSeconds: 0 },
      });
    }
    const replicas = set.spec?.replicas ?? 0;
    if (set.status?.readyReplicas !== replicas)
      await client.patchStatus(
        statefulSets,
        { namespace, name },
        {
          status: { replicas, readyReplicas: replicas, observedGeneration: set.metadata?.generation },
        },
      );
  };

  const store = createStore<StatefulSet>();
  const busy = new Map<string, Promise<void>>();
  store.onChange(({ object, type }) => {
    if (type === 'DELETED' || !isReceiver(object)) return;
    const key = keyOf(object as KubeObject);
    const work = (busy.get(key) ?? Promise.resolve()).then(() => playSet(store.get(key) ?? object));
    busy.set(key, work);
    work.catch((error: Error) => console.error(`play ${key}: ${error.message}`));
  });
  void runReflector({
    source: client.listAndWatch(statefulSets, { labelSelector: managedSelector }),
    sink: store,
    clock: systemClock,
    random: Math.random,
    logger: silentLogger,
    signal: stopping.signal,
  });
  return { runPod, podAt, receivers: () => running.size, stop: () => stopping.abort() };
};
