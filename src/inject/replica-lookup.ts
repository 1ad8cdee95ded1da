import { labels } from '../api/names.ts';
import { parseStoredSyncReplica } from '../api/parse.ts';
import type { SyncReplica } from '../api/schema/syncreplica.generated.ts';
import { type Caches, indexes, isSynced, namespaceLabels } from '../caches/caches.ts';
import type { ClusterClient } from '../cluster/client.ts';
import { claims, namespaces, syncReplicas } from '../cluster/resources.ts';
import { errorMessage } from '../process/failure.ts';
import type { Logger } from '../process/log/logger.ts';
import type { NamespaceView, ReplicaLookup } from './admission.ts';
import { namespaceLimits } from './limits/namespace-limits.ts';
import type { ReplicaSource } from './policy.ts';

export interface LookupOptions {
  readonly caches: Caches;
  readonly client: Pick<ClusterClient, 'get' | 'list' | 'listVersions'>;
  readonly logger: Logger;
  /** How long the apiserver is asked, ms. A pod waits for it, so it is well below the webhook's own time-out. */
  readonly limitMs?: number;
}

const defaultLimitMs = 1_000;
/** More than so many that the cache doesn't have as they are now are read in one list. */
const maxSingleReads = 8;

/**
 * Answers the webhook by what the apiserver has now: a SyncReplica that was applied right before its application may not
 * have come through a watch yet, and the pod would run without an agent. It is asked for their versions; what the cache has
 * in that version is taken from there. All is from the caches when the apiserver doesn't answer in
 * time. An invalid SyncReplica gets nobody an agent.
 */
export const createReplicaLookup = (options: LookupOptions): ReplicaLookup => {
  const { caches, client, logger } = options;
  const valid = new WeakMap<object, boolean>();
  const isValid = (replica: SyncReplica): boolean => {
    const known = valid.get(replica) ?? parseStoredSyncReplica(replica).ok;
    valid.set(replica, known);
    return known;
  };
  const readReplicas = async (namespace: string, signal: AbortSignal): Promise<SyncReplica[]> => {
    const versions = await client.listVersions(syncReplicas, namespace, signal);
    const known: SyncReplica[] = [];
    const unknown: string[] = [];
    for (const [name, version] of versions ?? []) {
      const cached = caches.replicas.get(`${namespace}/${name}`);
      if (cached?.metadata.resourceVersion === version) known.push(cached);
      else unknown.push(name);
    }
    if (versions === undefined || unknown.length > maxSingleReads)
      return client.list(syncReplicas, { namespace }, signal);
    const read = await Promise.all(unknown.map((name) => client.get(syncReplicas, { namespace, name }, signal)));
    return [...known, ...read.filter((replica) => replica !== undefined)];
  };
  const view = (
    from: NamespaceView['from'],
    namespace: string,
    replicas: readonly SyncReplica[],
    found: NamespaceView['labels'] = {},
  ): NamespaceView => ({
    from,
    replicas: replicas.filter(isValid) as unknown as readonly ReplicaSource[],
    labels: found,
    limits: namespaceLimits(caches, namespace),
    isRequired: async (claim) => {
      const known = caches.claims.get(`${namespace}/${claim}`) ?? (await readClaim(from, namespace, claim));
      return known?.metadata?.annotations?.[labels.inject] === 'required';
    },
  });
  /** One that was made right before its pod; a server that has just not answered is not asked again. */
  const readClaim = async (from: NamespaceView['from'], namespace: string, name: string) => {
    if (from === 'cache') return undefined;
    try {
      return await client.get(claims, { namespace, name }, AbortSignal.timeout(options.limitMs ?? defaultLimitMs));
    } catch (error) {
      logger.warn({ namespace, claim: name, reason: errorMessage(error) }, 'apiserver not asked about a claim');
      return undefined;
    }
  };

  const askApiServer = async (namespace: string): Promise<NamespaceView> => {
    const signal = AbortSignal.timeout(options.limitMs ?? defaultLimitMs);
    const replicas = await readReplicas(namespace, signal);
    // Without any, which is so in most namespaces, labels decide nothing.
    if (replicas.length === 0) return view('apiserver', namespace, []);
    const found = await client.get(namespaces, { name: namespace }, signal);
    return view('apiserver', namespace, replicas, found?.metadata?.labels);
  };
  return {
    async look(namespace) {
      try {
        return await askApiServer(namespace);
      } catch (error) {
        logger.warn({ namespace, reason: errorMessage(error) }, 'apiserver not asked about a pod: the cache answers');
        const cached = caches.replicas.byIndex(indexes.namespace, namespace);
        return view('cache', namespace, cached, namespaceLabels(caches, namespace));
      }
    },
    isSynced: () => isSynced(caches),
  };
};
