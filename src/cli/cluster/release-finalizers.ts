import { finalizer } from '../../api/names.ts';
import type { ClusterClient, ObjectName } from '../../cluster/client.ts';
import { isClusterError } from '../../cluster/cluster-error.ts';
import { deployments, syncReplicas } from '../../cluster/resources.ts';
import type { Clock } from '../../process/clock.ts';
import { Failure } from '../../process/failure.ts';
import type { Logger } from '../../process/log/logger.ts';

const lookEveryMs = 500;
const longestStopMs = 120_000;
const conflictTries = 5;

/**
 * Stops the operator, which would put its finalizer back, then takes that from every SyncReplica. What receivers hold stays.
 * @param namespaces those that are served; empty for all
 * @throws Failure `OperatorRuns`, ClusterError
 */
export const releaseFinalizers = async (options: {
  readonly client: ClusterClient;
  readonly operator: ObjectName;
  readonly namespaces: readonly string[];
  readonly clock: Clock;
  readonly logger: Logger;
}): Promise<void> => {
  const { client, logger } = options;
  await stopOperator(options);
  const selections = options.namespaces.length === 0 ? [{}] : options.namespaces.map((namespace) => ({ namespace }));
  for (const selection of selections) {
    const replicas = await client.list(syncReplicas, selection);
    for (const { metadata } of replicas.filter((one) => one.metadata.finalizers?.includes(finalizer))) {
      const { namespace, name = '' } = metadata;
      await release(client, { namespace, name });
      logger.info({ namespace, replica: name }, 'finalizer released, the replica stays');
    }
  }
};

const stopOperator = async (options: Parameters<typeof releaseFinalizers>[0]): Promise<void> => {
  const { client, operator, clock, logger } = options;
  const until = clock.monotonic() + longestStopMs;
  if ((await client.get(deployments, operator)) === undefined) return;
  await client.patch(deployments, operator, { spec: { replicas: 0 } });
  logger.info({ operator: operator.name }, 'stopping the operator');
  for (;;) {
    const deployment = await client.get(deployments, operator);
    const isSeen = (deployment?.status?.observedGeneration ?? 0) >= (deployment?.metadata?.generation ?? 0);
    // Also pods that are ending: an operator writes until it has ended.
    const left = (deployment?.status?.replicas ?? 0) + (deployment?.status?.terminatingReplicas ?? 0);
    if (deployment === undefined || (isSeen && left === 0)) return;
    if (clock.monotonic() > until)
      throw new Failure('OperatorRuns', `stop operator ${operator.name}: ${left} of its pods still run`, {
        hint: 'something scales it up again, or its node is gone: kubectl get pods shows them',
      });
    await clock.sleep(lookEveryMs);
  }
};

const release = async (client: ClusterClient, name: ObjectName): Promise<void> => {
  for (let attempt = 1; ; attempt++) {
    const replica = await client.get(syncReplicas, name);
    if (replica === undefined) return;
    const { resourceVersion, finalizers = [] } = replica.metadata;
    const kept = finalizers.filter((one) => one !== finalizer);
    try {
      await client.patch(syncReplicas, name, { metadata: { resourceVersion, finalizers: kept } });
      return;
    } catch (error) {
      if (isClusterError(error, 'notFound')) return;
      if (!isClusterError(error, 'conflict') || attempt === conflictTries) throw error;
    }
  }
};
