import type { SyncReplica } from '../api/schema/syncreplica.generated.ts';
import { isClusterError } from '../cluster/cluster-error.ts';
import { syncReplicas } from '../cluster/resources.ts';
import { Failure } from '../process/failure.ts';
import { type Cluster, oneNamespace } from './open-cluster.ts';

/** All of the namespace, or of the cluster, by namespace and name. @throws Failure `NotInstalled` */
export const fetchReplicas = async ({ client, namespace }: Cluster): Promise<readonly SyncReplica[]> => {
  try {
    const all = await client.list(syncReplicas, { namespace });
    return all.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  } catch (error) {
    if (!isClusterError(error, 'notFound')) throw error;
    throw new Failure('NotInstalled', 'list syncreplicas: the cluster does not know the kind SyncReplica', {
      cause: error,
      hint: 'install the chart, or choose another cluster by --context',
    });
  }
};

/** @throws Failure `NoSuchReplica` */
export const fetchReplica = async (cluster: Cluster, name: string): Promise<SyncReplica> => {
  const namespace = oneNamespace(cluster);
  const found = await cluster.client.get(syncReplicas, { namespace, name });
  if (found) return found;
  throw new Failure('NoSuchReplica', `get SyncReplica ${namespace}/${name}: there is none`, {
    hint: `kubectl syncreplica list --all-namespaces shows all`,
  });
};

export const keyOf = ({ metadata }: SyncReplica): string => `${metadata.namespace}/${metadata.name}`;
