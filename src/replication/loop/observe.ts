import { agentContainerName, labelValue, receiverClaimTemplate } from '../../api/names.ts';
import type { SyncReplica } from '../../api/schema/syncreplica.generated.ts';
import type { SecretTexts } from '../../api/settings/to-replication-settings.ts';
import { type Caches, indexes, inNamespace, namespaceLabels } from '../../caches/caches.ts';
import { forOwnedKinds } from '../../caches/owned-kinds.ts';
import type { ClusterClient } from '../../cluster/client.ts';
import type { KubeObject, PersistentVolumeClaim, Pod } from '../../cluster/objects.ts';
import { secrets } from '../../cluster/resources.ts';
import { namespaceLimits } from '../../inject/limits/namespace-limits.ts';
import { matchesLabels } from '../../pods/label-selector.ts';
import { claimsOf } from '../../pods/volumes.ts';
import type { Trust } from '../../trust/authorities.ts';
import { rememberedVolumes } from '../desired/agent-secrets.ts';
import { headersSecretOf } from '../desired/settings.ts';
import { isControlledBy } from '../identity.ts';
import type { Observed, OwnedObjects, ReplicationConfig } from '../observed.ts';
import { agentEndpoint, receiverEndpoint } from '../reports/endpoints.ts';
import { type Reports, reporterKey } from '../reports/reports.ts';
import { decodeSecret } from '../secret-data.ts';
import { findMissingPullSecrets } from './find-missing-pull-secrets.ts';
import { judgeInjection } from './judge-injection.ts';
import { readAsked } from './read-asked.ts';
import type { ReplicaRecord } from './record.ts';

export interface ObserveOptions {
  readonly caches: Caches;
  readonly client: ClusterClient;
  readonly reports: Reports;
  readonly config: ReplicationConfig;
  readonly trust: () => Trust;
  readonly controllerEpoch: number;
}

/** Reads everything that is known of one SyncReplica. Only Secrets of external targets are asked for; the rest is cached. */
export const observe = async (
  options: ObserveOptions,
  replica: SyncReplica,
  record: ReplicaRecord,
): Promise<Observed> => {
  const { caches, reports } = options;
  const { namespace } = replica.metadata;
  const owned = ownedObjects(caches, replica);
  const pods = podsOf(caches, replica);
  const classes = caches.storageClasses.list();
  const labelsOfNamespace = namespaceLabels(caches, namespace) ?? {};
  const { agents, receivers, settled } = collectReports(reports, pods, replica);
  return {
    replica,
    namespaceLabels: labelsOfNamespace,
    limits: namespaceLimits(caches, namespace),
    pods,
    claims: claimsOfReplica(caches, replica, pods, owned),
    storageClasses: {
      names: new Set(classes.map(({ metadata }) => metadata?.name ?? '')),
      default: classes.find(
        ({ metadata }) => metadata?.annotations?.['storageclass.kubernetes.io/is-default-class'] === 'true',
      )?.metadata?.name,
    },
    owned,
    externalSecrets: await readSecrets(options.client, replica),
    agents,
    receivers,
    missingPullSecrets: await findMissingPullSecrets(
      options.client,
      namespace,
      pods,
      options.config.receiver.imagePullSecrets,
    ),
    ...judgeInjection(replica, pods, labelsOfNamespace),
    trust: options.trust(),
    config: options.config,
    controllerEpoch: options.controllerEpoch,
    memory: record.memory,
    settled: settled || record.memory.size > 0,
    promotionAsked: await readAsked(options.client, replica),
    orderTroubles: record.orderTroubles,
    hearingAt: reports.hearingAt(),
    applied: record.applied,
    taken: record.taken,
    refusedApply: record.refusedApply,
  };
};

/** Pods that have the source volume, an agent of this SyncReplica, or a claim of its receivers; and the receivers. */
export const podsOf = (caches: Caches, { metadata, spec }: SyncReplica): Pod[] => {
  const { namespace, name } = metadata;
  const { persistentVolumeClaim: claim, podSelector } = spec?.source ?? {};
  const receiverClaims = caches.claims.byIndex(indexes.replica, inNamespace(namespace, labelValue(name)));
  const claims = [
    ...(claim === undefined ? [] : [claim]),
    ...existingClaims(spec),
    ...receiverClaims.map((one) => one.metadata?.name ?? ''),
  ];
  const selected =
    podSelector === undefined
      ? []
      : caches.pods
          .byIndex(indexes.namespace, namespace)
          .filter((pod) => matchesLabels(podSelector as never, pod.metadata?.labels ?? {}));
  const found = [
    ...selected,
    ...claims.flatMap((one) => caches.pods.byIndex(indexes.claim, inNamespace(namespace, one))),
    ...caches.pods.byIndex(indexes.agent, inNamespace(namespace, agentContainerName(name))),
    ...caches.pods.byIndex(indexes.replica, inNamespace(namespace, labelValue(name))),
  ];
  return [...new Set(found)];
};

/** The source's claims, as far as a pod or what is remembered names them, and the receivers'. */
const claimsOfReplica = (
  caches: Caches,
  { metadata, spec }: SyncReplica,
  pods: readonly Pod[],
  owned: OwnedObjects,
): PersistentVolumeClaim[] => {
  const { namespace, name } = metadata;
  const names = new Set([
    ...(spec?.source?.persistentVolumeClaim === undefined ? [] : [spec.source.persistentVolumeClaim]),
    ...existingClaims(spec),
    ...pods.flatMap(claimsOf),
    ...rememberedVolumes({ owned }).map((one) => one.name),
    ...owned.statefulSets.flatMap((set) =>
      Array.from(
        { length: set.spec?.replicas ?? 0 },
        (_, at) => `${receiverClaimTemplate}-${set.metadata?.name}-${at}`,
      ),
    ),
  ]);
  const named = [...names].flatMap((one) => caches.claims.get(inNamespace(namespace, one)) ?? []);
  return [...new Set([...named, ...caches.claims.byIndex(indexes.replica, inNamespace(namespace, labelValue(name)))])];
};

/** Claims that are targets in place. */
const existingClaims = (spec: SyncReplica['spec'] | undefined): string[] =>
  (spec?.targets ?? []).flatMap(({ managed }) => managed?.claimName ?? []);

/** What one of the same name owned that was there before is not its own. */
const ownedObjects = (caches: Caches, { metadata: { namespace, name, uid } }: SyncReplica): OwnedObjects =>
  forOwnedKinds((kind) =>
    (caches[kind].byIndex(indexes.owner, `${namespace}/${name}`) as KubeObject[]).filter((object) =>
      isControlledBy(object, uid),
    ),
  ) as never;

const collectReports = (
  reports: Reports,
  pods: readonly Pod[],
  { metadata: { namespace, name: replica }, status }: SyncReplica,
): Pick<Observed, 'agents' | 'receivers' | 'settled'> => {
  const agents = new Map();
  const receivers = new Map();
  let settled = true;
  // What a former leader said is not taken back for a question that was lost.
  const isEnough = status?.volumes?.length ? reports.isJudged : reports.wasAsked;
  for (const pod of pods) {
    const podName = pod.metadata?.name ?? '';
    const where = { namespace, pod: podName, replica };
    if (agentEndpoint(pod, replica)) {
      const key = reporterKey({ kind: 'agent', ...where });
      const report = reports.agent(key);
      if (report) agents.set(podName, report);
      settled &&= isEnough(key);
    } else if (receiverEndpoint(pod, replica)) {
      const key = reporterKey({ kind: 'receiver', ...where });
      const report = reports.receiver(key);
      if (report) receivers.set(podName, report);
      settled &&= isEnough(key);
    }
  }
  return { agents, receivers, settled };
};

const readSecrets = async (
  client: ClusterClient,
  replica: SyncReplica,
): Promise<Map<string, SecretTexts | undefined>> => {
  const names = new Set(namedSecrets(replica));
  const found = new Map<string, SecretTexts | undefined>();
  for (const name of names) {
    const secret = await client.get(secrets, { namespace: replica.metadata.namespace, name });
    found.set(name, secret && decodeSecret(secret));
  }
  return found;
};

/** Secrets that a SyncReplica names: of targets elsewhere and of hooks. */
export const namedSecrets = ({ spec }: SyncReplica): string[] => [
  ...(spec?.targets ?? []).flatMap((target) => target.external?.secretName ?? target.ssh?.secretName ?? []),
  ...(spec?.hooks ?? []).flatMap((hook) => headersSecretOf(hook) ?? []),
];
