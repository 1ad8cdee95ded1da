import { annotations, apiGroup, fillName, labels } from '../api/names.ts';
import type { SyncReplica } from '../api/schema/syncreplica.generated.ts';
import { type Caches, indexes, inNamespace, isSynced, namespaceLabels } from '../caches/caches.ts';
import type { ClusterClient } from '../cluster/client.ts';
import { isClusterError } from '../cluster/cluster-error.ts';
import { createEventEmitter, type EventEmitter } from '../cluster/event-emitter.ts';
import type { KubeObject, PersistentVolumeClaim } from '../cluster/objects.ts';
import { claims, persistentVolumes, pods, type Resource } from '../cluster/resources.ts';
import type { Clock } from '../process/clock.ts';
import type { Logger } from '../process/log/logger.ts';
import { presentSettings, rememberedVolumes } from '../replication/desired/agent-secrets.ts';
import type { ReceiverUser } from '../replication/desired/receivers/receiver-security.ts';
import { type ReconcileResult, runLoop } from '../runtime/loop.ts';
import { createQueue } from '../runtime/queue.ts';
import { keyOf, type StoreChange } from '../runtime/store.ts';
import { decidePopulation, type PopulationStep } from './decide-population.ts';
import { type FillOptions, fillPod, primeClaim } from './fill-objects.ts';
import type { ObservedClaim } from './observed-claim.ts';
import { readRequest } from './request.ts';

export interface PopulatorOptions {
  readonly client: ClusterClient;
  readonly caches: Caches;
  readonly config: {
    readonly podName: string;
    readonly volumePopulator: boolean;
    readonly agentImage: string;
    readonly imagePullPolicy: FillOptions['imagePullPolicy'];
    readonly imagePullSecrets: readonly string[];
    readonly agentResources: FillOptions['resources'];
    readonly agentLogLevel: string;
    readonly assignedUsers: boolean;
  };
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}

type Populating = Pick<PopulatorOptions, 'client' | 'caches' | 'logger'> & {
  readonly emitter: EventEmitter;
  readonly isEnabled: boolean;
  readonly fill: FillOptions;
};

/** Fills claims whose dataSourceRef is a SyncReplica; only the leader runs it. */
export interface Populator {
  onChange(cache: keyof Caches, change: StoreChange<KubeObject>): void;
  start(): Promise<void>;
  halt(): void;
  stop(): Promise<void>;
}

/** Until the next look: after something was done, while a pod is at work, and while a person or another has to do something. */
const afterStepMs = 500;
const fillingMs = 2_000;
const waitingMs = 5_000;

export const createPopulator = ({ config, ...given }: PopulatorOptions): Populator => {
  const { client, caches, clock, random, logger } = given;
  const options: Populating = {
    client,
    caches,
    logger,
    emitter: createEventEmitter(client, { instance: config.podName, clock, logger }),
    isEnabled: config.volumePopulator,
    fill: {
      image: config.agentImage,
      imagePullPolicy: config.imagePullPolicy,
      imagePullSecrets: config.imagePullSecrets,
      resources: config.agentResources,
      logLevel: config.agentLogLevel,
      assignedUsers: config.assignedUsers,
    },
  };
  const queue = createQueue({ clock, random, backoff: { initialMs: 500, maxMs: 60_000 } });
  let working: Promise<void> = Promise.resolve();
  return {
    onChange(cache, { object }) {
      if (cache !== 'claims') return;
      if (readRequest(object as PersistentVolumeClaim)) queue.add(keyOf(object));
      const owner = object.metadata?.ownerReferences?.find((one) => one.kind === 'PersistentVolumeClaim');
      if (owner) queue.add(inNamespace(object, owner.name));
    },
    async start() {
      while (!isSynced(caches)) await clock.sleep(50);
      for (const claim of caches.claims.list()) if (readRequest(claim)) queue.add(keyOf(claim));
      working = runLoop({
        queue,
        workers: 2,
        clock,
        logger,
        reconcile: (key) => reconcile(options, key),
        isConflict: (error) => isClusterError(error, 'conflict', 'alreadyExists'),
      });
      await working;
    },
    halt: () => queue.shutDown(),
    async stop() {
      queue.shutDown();
      await working;
    },
  };
};

const reconcile = async (options: Populating, key: string): Promise<ReconcileResult> => {
  const observed = await observe(options, key);
  if (!observed) return {};
  const step = decidePopulation(observed);
  await carryOut(options, observed, step);
  const { claim } = observed;
  if (step.told) {
    const { namespace = '', name = '', uid } = claim.metadata ?? {};
    const regarding = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name, uid };
    await options.emitter.emit({ regarding, action: 'Fill', ...step.told });
  }
  if (step.kind === 'done') return {};
  if (step.kind !== 'wait') return { requeueAfterMs: afterStepMs };
  return { requeueAfterMs: observed.pod ? fillingMs : waitingMs };
};

/** What is written is read from the API server: a claim is filled once in its life, and a stale copy would fill it twice. */
const observe = async ({ client, caches, isEnabled }: Populating, key: string): Promise<ObservedClaim | undefined> => {
  const [namespace = '', name = ''] = key.split('/');
  const claim = await client.get(claims, { namespace, name });
  const request = claim && readRequest(claim);
  if (!claim || !request || claim.metadata?.deletionTimestamp) return undefined;
  const made = { namespace, name: fillName(claim.metadata?.uid ?? '') };
  const [prime, pod] = isEnabled ? await Promise.all([client.get(claims, made), client.get(pods, made)]) : [];
  const bound = prime?.status?.phase === 'Bound' && !claim.spec?.volumeName ? prime.spec?.volumeName : undefined;
  const replica = caches.replicas.get(`${namespace}/${request.replica}`);
  return {
    claim,
    request,
    isEnabled,
    replica,
    volumes: volumesOf(caches, namespace, request.replica),
    isElevatedAllowed: namespaceLabels(caches, namespace)?.[labels.allowElevated] === 'true',
    bindingMode: bindingModeOf(caches, claim),
    prime,
    pod,
    volume: bound === undefined ? undefined : await client.get(persistentVolumes, { name: bound }),
  };
};

const volumesOf = (caches: Caches, namespace: string, replica: string): ObservedClaim['volumes'] => {
  const owned = { secrets: caches.secrets.byIndex(indexes.owner, `${namespace}/${replica}`) } as never;
  return new Map(rememberedVolumes({ owned }).map(({ name }) => [name, presentSettings({ owned }, name)]));
};

const bindingModeOf = (caches: Caches, { spec }: PersistentVolumeClaim): string | undefined => {
  const found = spec?.storageClassName ? caches.storageClasses.get(spec.storageClassName) : undefined;
  return found && (found.volumeBindingMode ?? 'Immediate');
};

const carryOut = async (options: Populating, observed: ObservedClaim, step: PopulationStep): Promise<void> => {
  const { client, logger } = options;
  const { claim, request } = observed;
  const { namespace = '', name = '', uid = '', resourceVersion } = claim.metadata ?? {};
  switch (step.kind) {
    case 'make':
      return make(options, observed, step);
    case 'mark': {
      const noted = { [annotations.restoredFrom]: JSON.stringify(step.restoredFrom) };
      await client.patch(claims, { namespace, name }, { metadata: { resourceVersion, annotations: noted } });
      return;
    }
    case 'bind': {
      const { metadata } = step.volume;
      const claimRef = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name, uid, resourceVersion };
      const from = `${namespace}/${request.replica}`;
      await client.patch(
        persistentVolumes,
        { name: metadata?.name ?? '' },
        {
          // Only while it is as it was read: what has another claim by now keeps it.
          metadata: {
            resourceVersion: metadata?.resourceVersion,
            annotations: { [`${apiGroup}/populated-from`]: from },
          },
          spec: { claimRef },
        },
      );
      logger.info({ namespace, claim: name, replica: request.replica, volume: metadata?.name }, 'claim was filled');
      return;
    }
    case 'clear':
      for (const [resource, object] of [[pods, step.pod] as const, [claims, step.prime] as const])
        if (object) await removeMade(client, resource as never, object);
  }
};

const removeMade = (client: ClusterClient, resource: Resource<KubeObject>, { metadata }: KubeObject) =>
  client.delete(resource, { namespace: metadata?.namespace, name: metadata?.name ?? '' }, metadata?.uid);

const make = async (
  { client, caches, fill }: Populating,
  { claim, request, replica, prime, pod }: ObservedClaim,
  { source, node }: PopulationStep & { kind: 'make' },
): Promise<void> => {
  const question = {
    claim,
    request,
    replica: replica as SyncReplica,
    source,
    node,
    users: caches.pods.byIndex(indexes.claim, inNamespace(claim, claim.metadata?.name ?? '')),
    receiver: receiverOf(caches, replica as SyncReplica),
    options: fill,
  };
  if (!prime) await client.create(claims, primeClaim(question));
  if (!pod) await client.create(pods, fillPod(question));
};

/** What a replica holds belongs to whoever its receivers run as. */
const receiverOf = (caches: Caches, { metadata }: SyncReplica): ReceiverUser | undefined => {
  for (const set of caches.statefulSets.byIndex(indexes.owner, `${metadata.namespace}/${metadata.name}`)) {
    const { runAsUser, runAsGroup } = set.spec?.template.spec?.securityContext ?? {};
    if (runAsUser) return { access: 'SameUser', uid: runAsUser, gid: runAsGroup ?? runAsUser };
  }
  return undefined;
};
