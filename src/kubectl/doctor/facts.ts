import type { SyncReplica } from '../../api/schema/syncreplica.generated.ts';
import { isClusterError } from '../../cluster/cluster-error.ts';
import type { MutatingWebhookConfiguration, NetworkPolicy, PersistentVolumeClaim, Pod } from '../../cluster/objects.ts';
import { claims, mutatingWebhooks, networkPolicies, pods } from '../../cluster/resources.ts';
import { fetchReplica, fetchReplicas } from '../fetch-replicas.ts';
import type { Cluster } from '../open-cluster.ts';
import { type Figures, fetchFigures } from './figures.ts';
import type { Finding } from './finding.ts';
import { type Trial, tryInjection } from './trial-pod.ts';

/** All that the doctor looks at, read once. */
export interface Facts {
  readonly replicas: readonly SyncReplica[];
  readonly pods: readonly Pod[];
  readonly claims: readonly PersistentVolumeClaim[];
  readonly networkPolicies: readonly NetworkPolicy[];
  /** Undefined where it may not be read; null where there is none. */
  readonly webhook: MutatingWebhookConfiguration | null | undefined;
  readonly operatorPods: readonly Pod[] | undefined;
  readonly trials: readonly Trial[];
  /** What agents and receivers expose, by `namespace/pod`. */
  readonly figures: ReadonlyMap<string, Figures>;
  /** What could not be looked at. */
  readonly unknown: readonly Finding[];
  readonly localMs: number;
  readonly serverMs: number | undefined;
}

export const operatorLabels = 'app.kubernetes.io/name=syncreplica,app.kubernetes.io/component=operator';

export const gatherFacts = async (cluster: Cluster, name: string | undefined): Promise<Facts> => {
  const { client, namespace } = cluster;
  const unknown: Finding[] = [];
  const ask = async <T>(what: string, work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      if (!isClusterError(error, 'forbidden')) throw error;
      const about = namespace ?? 'cluster';
      const remedy = 'have an administrator run the doctor';
      unknown.push({ level: 'unknown', check: what, about, message: 'not looked at: you may not read it', remedy });
      return undefined;
    }
  };
  const replicas = name === undefined ? await fetchReplicas(cluster) : [await fetchReplica(cluster, name)];
  const [foundPods = [], foundClaims = [], policies = [], webhooks, serverMs] = await Promise.all([
    ask('pods', () => client.list(pods, { namespace })),
    ask('claims', () => client.list(claims, { namespace })),
    ask('network policies', () => client.list(networkPolicies, { namespace })),
    ask('webhook', () => client.list(mutatingWebhooks, { labelSelector: 'app.kubernetes.io/name=syncreplica' })),
    cluster.connection.serverTime(),
  ]);
  const webhook = webhooks === undefined ? undefined : (webhooks[0] ?? null);
  const home = webhook?.webhooks?.[0]?.clientConfig?.service?.namespace ?? 'syncreplica-system';
  const operatorPods = await ask('operator', () =>
    client.list(pods, { namespace: home, labelSelector: operatorLabels }),
  );
  const ours = new Set(replicas.map(({ metadata }) => metadata.namespace));
  const nearPods = foundPods.filter(({ metadata }) => ours.has(metadata?.namespace ?? ''));
  const [trials, figures] = await Promise.all([
    Promise.all(replicas.map((replica) => tryInjection(client, replica, nearPods))),
    fetchFigures(cluster, [...nearPods, ...(operatorPods ?? [])], unknown),
  ]);
  return {
    replicas,
    pods: nearPods,
    claims: foundClaims,
    networkPolicies: policies,
    webhook,
    operatorPods,
    trials,
    figures,
    unknown,
    localMs: Date.now(),
    serverMs,
  };
};
