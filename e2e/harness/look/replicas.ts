import type { Context, KubeObject } from '../scenario.ts';
import { untilReady } from './conditions.ts';
import { runningPod } from './pods.ts';

/**
 * Applies a SyncReplica and, once the operator has seen it, an application, so that its first pod has an agent; waits
 * until all is in place.
 */
export const startReplicated = async (
  context: Context,
  namespace: string,
  replica: KubeObject,
  application: readonly KubeObject[],
): Promise<void> => {
  const { name } = replica.metadata;
  await context.apply(replica, namespace);
  await context.waitFor(`${name} to be looked at`, async () => {
    const found = await context.get('syncreplica', name, namespace);
    return found?.status?.observedGeneration === found?.metadata.generation;
  });
  await context.apply(application, namespace);
  await untilReady(context, namespace, name, 'True');
};

/** The row of a replica in a SyncReplica's status. */
export const replicaRow = async (
  context: Context,
  namespace: string,
  name: string,
  target: string,
  ordinal = 0,
): Promise<KubeObject | undefined> => {
  const found = await context.get('syncreplica', name, namespace);
  const volume = found?.status?.volumes?.find((row: KubeObject) => (row.ordinal ?? 0) === ordinal);
  return volume?.replicas?.find((row: KubeObject) => row.target === target);
};

export const untilState = (
  context: Context,
  namespace: string,
  name: string,
  target: string,
  state: string,
): Promise<KubeObject> =>
  context.waitFor(`${target} of ${name} to be ${state}`, async () => {
    const row = await replicaRow(context, namespace, name, target);
    return row?.state === state && row;
  });

/** Changes a SyncReplica's spec, as a JSON merge patch. */
export const edit = (context: Context, namespace: string, name: string, spec: object): Promise<string> =>
  context.kubectl(['patch', 'syncreplica', name, '-n', namespace, '--type=merge', '-p', JSON.stringify({ spec })]);

/** Writes a file by the application and waits until the receiver of target dr has it. */
export const provesReplication = async (
  context: Context,
  namespace: string,
  app: string,
  replica: string,
): Promise<void> => {
  const pod = await runningPod(context, namespace, app);
  const text = `written at ${Date.now()}`;
  const application = { namespace, pod: pod.metadata.name, container: 'app' };
  await context.exec(application, ['sh', '-c', `echo '${text}' > /data/proof.txt`]);
  const receiver = { namespace, pod: `${replica}-dr-0`, container: 'receiver' };
  await context.waitFor('the file on the target', async () => {
    const found = await context.exec(receiver, ['cat', '/replica/data/proof.txt']);
    return found.trim() === text;
  });
};
