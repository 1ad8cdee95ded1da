import { syncReplicas } from '../cluster/resources.ts';
import { type Cluster, oneNamespace } from './open-cluster.ts';

/** Asks by annotations, as plain kubectl would; null takes one away. */
export const annotate = (
  cluster: Cluster,
  name: string,
  values: Readonly<Record<string, string | null>>,
): Promise<unknown> =>
  cluster.client.patch(syncReplicas, { namespace: oneNamespace(cluster), name }, { metadata: { annotations: values } });
