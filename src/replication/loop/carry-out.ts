import { finalizer } from '../../api/names.ts';
import type { SyncReplica } from '../../api/schema/syncreplica.generated.ts';
import type { ClusterClient } from '../../cluster/client.ts';
import { type ClusterError, isClusterError } from '../../cluster/cluster-error.ts';
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
  /** What it failed at, for one object at least, while it took others: to be tried again. */
  readonly failedApply: ClusterError | undefined;
  readonly statusWritten: boolean;
  /** When a status that was held back is to be written, ms. */
  readonly statusInMs: number | undefined;
}

const nothing: Pick<Plan, 'apply' | 'patchClaims' | 'prune'> = { apply: [], patchClaims: [], prune: [] };

const workloads = { Deployment: deployments, StatefulSet: statefulSets, DaemonSet: daemonSets };

/**
 * Does what the plan says, in the order that is safe at every point to be cut off: the finalizer before anything is made,
 * the status after, the finalizer's removal last. What can't be written is told, and keeps back only what hangs on it.
 * Throws ClusterError for a lost race, and where nothing else could be written either.
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
  const refusals: string[] = [];
  const failures: ClusterError[] = [];
  const attempt = async (work: () => Promise<unknown>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      // What is refused for what it says stays refused; the rest of the plan does not wait for it.
      if (isClusterError(error, 'invalid', 'forbidden')) refusals.push(sayFailure(error));
      else if (isClusterError(error, 'server', 'notFound')) failures.push(error);
      else throw error;
    }
  };
  if (plan.finalizer === 'set')
    await attempt(() => writeFinalizers(client, replica, [...(replica.metadata.finalizers ?? []), finalizer]));
  // Without the finalizer nothing is made that would stay behind.
  const { apply, patchClaims, prune } = refusals.length + failures.length > 0 ? nothing : plan;
  const applied = new Map<string, Applied>();
  for (const { resource, object } of apply) {
    await attempt(async () => {
      const { metadata } = await applyOne(client, observed, { resource, object });
      const key = appliedKey(resource.plural, metadata?.name ?? '');
      applied.set(key, { hash: hashOf(object), resourceVersion: metadata?.resourceVersion ?? '' });
    });
  }
  for (const { claim, patch } of patchClaims) {
    await attempt(() => client.patch(claims, { namespace, name: claim }, patch));
  }
  const restarted: Restart[] = [];
  // No application is restarted for what could not be made.
  for (const restart of failures.length > 0 || apply === nothing.apply ? [] : restarts) {
    const { kind, name: workload, mark } = restart;
    const patch = { spec: { template: { metadata: { annotations: { [mark]: 'true' } } } } };
    await attempt(async () => {
      await client.patch(workloads[kind] as never, { namespace, name: workload }, patch);
      restarted.push(restart);
    });
  }
  for (const { resource, name: owned, uid } of prune) {
    await attempt(() => client.delete(resource, { namespace, name: owned }, uid));
  }
  const write = plan.status ? judgeStatusWrite(replica.status, plan.status, sinceStatusMs, figuresEveryMs) : undefined;
  if (write?.kind === 'now') await client.patchStatus(syncReplicas, { namespace, name }, { status: write.patch });
  if (plan.finalizer === 'remove' && failures.length === 0) await dropFinalizer(client, replica);
  return {
    applied,
    restarted,
    refusedApply: refusals[0],
    failedApply: failures[0],
    statusWritten: write?.kind === 'now',
    statusInMs: write?.kind === 'later' ? write.inMs : undefined,
  };
};

/** What follows the first line is a diff of the whole object. */
export const sayFailure = (error: ClusterError): string => errorMessage(error).split('\n')[0] ?? '';

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
  await client.patch(syncReplicas, { namespace, name }, { metadata: { finalizers, resourceVersion } });
};

/** One that is gone needs none taken away; nothing may be made for it either. */
const dropFinalizer = async (client: ClusterClient, replica: SyncReplica): Promise<void> => {
  try {
    await writeFinalizers(
      client,
      replica,
      (replica.metadata.finalizers ?? []).filter((one) => one !== finalizer),
    );
  } catch (error) {
    if (!isClusterError(error, 'notFound')) throw error;
  }
};
