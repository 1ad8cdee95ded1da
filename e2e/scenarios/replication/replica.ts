import type { Context, KubeObject } from '../../harness/scenario.ts';

/** Waits until a SyncReplica's Ready, as its spec is now, has this status and, where it is given, this reason; gives the condition. */
export const untilReady = (
  context: Context,
  namespace: string,
  name: string,
  status: 'True' | 'False',
  reason?: string,
): Promise<KubeObject> =>
  context.waitFor(`Ready=${status} ${reason ?? ''} of ${name}`, async () => {
    const found = await context.get('syncreplica', name, namespace);
    // What was true before an edit says nothing of it.
    if (found?.status?.observedGeneration !== found?.metadata.generation) return undefined;
    const ready = found?.status?.conditions?.find((one: KubeObject) => one.type === 'Ready');
    // Without pods everything is in place too: that is asked for by its reason.
    const isMeant = reason === undefined ? ready?.reason !== 'NoPods' : ready?.reason === reason;
    return ready?.status === status && isMeant ? ready : undefined;
  });

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

/** Runs a shell command in an application's container. */
export const inApp = (context: Context, namespace: string, pod: string, script: string): Promise<string> =>
  context.exec({ namespace, pod, container: 'app' }, ['sh', '-c', script]);
