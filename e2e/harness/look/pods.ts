import type { Context, KubeObject } from '../scenario.ts';

/** The one pod of an application that runs, with all of its containers started. */
export const runningPod = (context: Context, namespace: string, app: string): Promise<KubeObject> =>
  context.waitFor(`the pod of ${app}`, async () => {
    const pods = await context.list('pods', namespace, `app=${app}`);
    const live = pods.filter((pod) => pod.metadata.deletionTimestamp === undefined);
    const [pod] = live;
    if (live.length !== 1 || pod.status.phase !== 'Running') return undefined;
    return pod.status.containerStatuses?.every((status: KubeObject) => status.started) ? pod : undefined;
  });

/** Names of the agents in a pod. */
export const agentsOf = (pod: KubeObject): string[] =>
  (pod.spec.initContainers ?? [])
    .map(({ name }: KubeObject) => name)
    .filter((name: string) => name.startsWith('syncreplica-agent-'));

/** Runs a shell command in an application's container. */
export const inApp = (context: Context, namespace: string, pod: string, script: string): Promise<string> =>
  context.exec({ namespace, pod, container: 'app' }, ['sh', '-c', script]);
