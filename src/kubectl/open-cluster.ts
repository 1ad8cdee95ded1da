import { type ClusterClient, createClusterClient } from '../cluster/client.ts';
import { isClusterError } from '../cluster/cluster-error.ts';
import { type Connection, connect, loadKubeConfig } from '../cluster/connection.ts';
import { Failure } from '../process/failure.ts';
import { UsageFailure } from '../terminal/usage-failure.ts';
import type { ClusterOptions } from './verb.ts';

/** The field manager of what a person writes by the verbs. */
const fieldManager = 'kubectl-syncreplica';

export interface Cluster {
  readonly client: ClusterClient;
  readonly connection: Connection;
  /** Undefined for all of them. */
  readonly namespace: string | undefined;
}

/** Does something with the cluster that kubectl would talk to, in the namespace that kubectl would take. */
export const withCluster = async <T>(options: ClusterOptions, work: (cluster: Cluster) => Promise<T>): Promise<T> => {
  const config = loadKubeConfig({ file: options.kubeconfig, context: options.context });
  const connection = connect(config, fieldManager);
  try {
    const client = createClusterClient(connection, Math.random, fieldManager);
    const own = options.namespace ?? config.getContextObject(config.getCurrentContext())?.namespace ?? 'default';
    return await work({ client, connection, namespace: options.allNamespaces ? undefined : own });
  } catch (error) {
    throw explain(error);
  } finally {
    connection.close();
  }
};

/** The namespace where a verb is about one SyncReplica. @throws UsageFailure with --all-namespaces */
export const oneNamespace = ({ namespace }: Cluster): string => {
  if (namespace === undefined) throw new UsageFailure('--all-namespaces goes without a name');
  return namespace;
};

const explain = (error: unknown): unknown => {
  if (isClusterError(error, 'forbidden'))
    return new Failure('NotAllowed', error.message, {
      cause: error,
      hint: 'ask an administrator to bind you the ClusterRole syncreplica-on-call of the chart in this namespace',
    });
  if (isClusterError(error, 'unauthorized'))
    return new Failure('NotAllowed', error.message, { cause: error, hint: 'log in again: kubectl auth whoami' });
  return error;
};
