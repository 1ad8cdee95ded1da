import type { Context, KubeObject } from '../scenario.ts';

/** Waits until a condition of a SyncReplica has this status, and gives it. */
export const untilCondition = (
  context: Context,
  namespace: string,
  replica: string,
  type: string,
  status: string,
): Promise<KubeObject> =>
  context.waitFor(`${type}=${status} of SyncReplica ${replica}`, async () => {
    const found = await context.get('syncreplica', replica, namespace);
    return found?.status?.conditions?.find((one: KubeObject) => one.type === type && one.status === status);
  });

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
    // What waits for its claim or its pods is ready too: that is asked for by its reason.
    const isMeant =
      reason === undefined ? status === 'False' || ready?.reason === 'AllInPlace' : ready?.reason === reason;
    return ready?.status === status && isMeant ? ready : undefined;
  });
