import { finalizer } from '../../api/names.ts';
import type { SyncReplica } from '../../api/syncreplica.generated.ts';
import type { ClusterClient } from '../../cluster/client.ts';
import { isClusterError } from '../../cluster/cluster-error.ts';
import type { KubeObject } from '../../cluster/objects.ts';
import { claims, daemonSets, deployments, secrets, statefulSets, syncReplicas } from '../../cluster/resources.ts';
import { errorMessage } from '../../process/failure.ts';
import type { Restart } from '../decide/find-restarts.ts';
import type { Plan } from '../decide/plan.ts';
import type { DesiredObject } from '../desired/desired-object.ts';
import { type Applied, hashOf } from '../drift.ts';
import { appliedKey, type Observed } from '../observed.ts';
import { findOwned } from '../owned.ts';
import { judgeStatusWrite } from '../status/status.ts';

export interface CarriedOut {
  readonly applied: ReadonlyMap<string, Applied>;
  readonly restarted: readonly Restart[];
  /** What the API server refused, in its words: the spec can't be done as it is. */
  readonly refusedApply: string | undefined;
  readonly statusWritten: boolean;
  /** When a status that was held back is to be written, ms. */
  readonly statusInMs: number | undefined;
}

const workloads = { Deployment: deployments, StatefulSet: statefulSets, DaemonSet: daemonSets };

/**
 * Does what the plan says, in the order that is safe at every point to be cut off: the finalizer before anything is made,
 * the status after, the finalizer's removal last. Throws ClusterError for what is to be tried again.
 */
export const carryOut = async (
  client: ClusterClient,
  observed: Observed,
  plan: Plan,
  restarts: readonly Restart[],
  sinceStatusMs: number,
  figuresEveryMs: number,
): Promise<CarriedOut> => {
  const { replica } = observed;
  const { namespace, name } = replica.metadata;
  if (plan.finalizer === 'set')
    await writeFinalizers(client, replica, [...(replica.metadata.finalizers ?? []), finalizer]);
  const refusals: string[] = [];
  const attempt = async (work: () => Promise<unknown>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      // What is refused for what it says stays refused; the rest of the plan does not wait for it.
      if (!isClusterError(error, 'invalid', 'forbidden')) throw error;
      // What follows the first line is a diff of the whole object.
      refusals.push(errorMessage(error).split('\n')[0] ?? '');
    }
  };
  const applied = new Map<string, Applied>();
  for (const { resource, object } of plan.apply) {
    await attempt(async () => {
      const { metadata } = await applyOne(client, observed, { resource, object });
      const key = appliedKey(resource.plural, metadata?.name ?? '');
      applied.set(key, { hash: hashOf(object), resourceVersion: metadata?.resourceVersion ?? '' });
    });
  }
  for (const { claim, storage } of plan.growClaims) {
    const patch = { spec: { resources: { requests: { storage } } } };
    await attempt(() => client.patch(claims, { namespace, name: claim }, patch));
  }
  const restarted: Restart[] = [];
  for (const restart of restarts) {
    const { kind, name: workload, mark } = restart;
    const patch = { spec: { template: { metadata: { annotations: { [mark]: 'true' } } } } };
    await attempt(async () => {
      await client.patch(workloads[kind] as never, { namespace, name: workload }, patch);
      restarted.push(restart);
    });
  }
  for (const { resource, name: owned, uid } of plan.prune) {
    await attempt(() => client.delete(resource, { namespace, name: owned }, uid));
  }
  const write = plan.status ? judgeStatusWrite(replica.status, plan.status, sinceStatusMs, figuresEveryMs) : undefined;
  if (write?.kind === 'now') await client.patchStatus(syncReplicas, { namespace, name }, { status: write.patch });
  if (plan.finalizer === 'remove') {
    await writeFinalizers(
      client,
      replica,
      (replica.metadata.finalizers ?? []).filter((one) => one !== finalizer),
    );
  }
  return {
    applied,
    restarted,
    refusedApply: refusals[0],
    statusWritten: write?.kind === 'now',
    statusInMs: write?.kind === 'later' ? write.inMs : undefined,
  };
};

/**
 * Only what is ours is forced. A Secret is written over the version that was read: keys that a cache had not seen yet must not
 * be replaced by others.
 */
const applyOne = (
  client: ClusterClient,
  observed: Observed,
  { resource, object }: DesiredObject,
): Promise<KubeObject> => {
  const present = findOwned(observed, resource, object.metadata?.name);
  if (!present) return client.apply(resource, object, 'new');
  const resourceVersion = resource.plural === secrets.plural ? present.metadata?.resourceVersion : undefined;
  const metadata = { ...object.metadata, ...(resourceVersion === undefined ? {} : { resourceVersion }) };
  return client.apply(resource, { ...object, metadata }, 'own');
};

/** With the version that was read: somebody else's finalizer must not be lost. */
const writeFinalizers = async (
  client: ClusterClient,
  replica: SyncReplica,
  finalizers: readonly string[],
): Promise<void> => {
  const { namespace, name, resourceVersion } = replica.metadata;
  try {
    await client.patch(syncReplicas, { namespace, name }, { metadata: { finalizers, resourceVersion } });
  } catch (error) {
    if (!isClusterError(error, 'notFound')) throw error;
  }
};
