import { receiverSecretName, seriesFile, writerSecretName } from '../../api/names.ts';
import type { ManagedTarget, ResolvedSpec } from '../../api/resolved-spec.ts';
import type { Secret } from '../../cluster/objects.ts';
import {
  disruptionBudgets,
  networkPolicies,
  secrets,
  serviceAccounts,
  services,
  statefulSets,
} from '../../cluster/resources.ts';
import { ownedMeta, type ReplicaIdentity } from '../identity.ts';
import type { Observed } from '../observed.ts';
import { encodeSecret } from '../secret-data.ts';
import type { SourceVolume } from '../source-volumes.ts';
import { type AgentSecretsQuestion, agentSecrets } from './agent-secrets.ts';
import { type DesiredObject, desired } from './desired-object.ts';
import { type ReceiverMaterial, receiverSecretTexts, writerSecretTexts } from './material.ts';
import { readersObjects } from './readers/readers-objects.ts';
import {
  nodeAddresses,
  receiverDisruptionBudget,
  receiverNetworkPolicy,
  receiverServiceAccount,
} from './receivers/receiver-guards.ts';
import { receiverSeries } from './receivers/receiver-series.ts';
import { receiverHeadlessService, receiverService } from './receivers/receiver-services.ts';
import { receiverStatefulSet } from './receivers/receiver-stateful-set.ts';
import { findReceiverSet, judgeReceiverUser } from './receivers/receiver-user.ts';

export interface DesiredQuestion extends AgentSecretsQuestion {
  readonly observed: Observed;
  readonly spec: ResolvedSpec;
  /** Targets whose claims are to be free. */
  readonly released: ReadonlySet<string>;
}

/** Every owned object of a SyncReplica, in the order in which they are applied: what others need comes first. */
export const desiredObjects = (question: DesiredQuestion): DesiredObject[] => [
  ...agentSecrets(question),
  ...question.spec.targets.flatMap((target) => (target.kind === 'managed' ? managedTarget(question, target) : [])),
];

/**
 * How many receivers a target needs. Pods that are away take none along: fewer are needed only once the claims of the source
 * are gone. The copies stay in any case.
 */
export const receiverReplicas = (observed: Observed, target: string, volumes: readonly SourceVolume[]): number => {
  const needed = Math.max(0, ...volumes.map(({ ordinal }) => ordinal + 1));
  if (needed > 0 && volumes.every(({ claim }) => claim !== undefined)) return needed;
  const present = findReceiverSet(observed, target)?.spec?.replicas ?? 0;
  return Math.max(present, needed);
};

const managedTarget = (
  { observed, identity, volumes, material, settings, released }: DesiredQuestion,
  target: ManagedTarget,
): DesiredObject[] => {
  const { name, managed } = target;
  const receiver = material.receivers.get(name);
  if (!receiver) return [];
  const { receiver: options } = observed.config;
  const secret: Secret = {
    metadata: ownedMeta(identity, receiverSecretName(identity.name, name), 'receiver', name) as never,
    type: 'Opaque',
    data: encodeSecret({
      ...receiverSecretTexts(receiver, material.bundle),
      [seriesFile]: receiverSeries(identity, name, volumes),
    }),
  };
  const { user, isSettled } = judgeReceiverUser(observed, name, managed, volumes);
  const common = {
    replica: identity,
    target: name,
    managed,
    user,
    options,
    limits: observed.limits,
  };
  const readers = volumes.length === 1 ? target.readers : undefined;
  const isReleased = released.has(name);
  const set = receiverStatefulSet({
    ...common,
    history: target.history,
    readers,
    replicas: isReleased ? 0 : receiverReplicas(observed, name, volumes),
    present: findReceiverSet(observed, name),
  });
  const ofReaders = readersObjects({
    ...common,
    readers,
    receiver,
    // What one that ran as a guess has made on its node, the right one could not write.
    isWanted: isSettled && !isReleased,
    bundle: material.bundle,
    settings: settings.get(volumes[0]?.name ?? ''),
    config: observed.config,
  });
  return [
    desired(secrets, secret),
    ...ofReaders.before,
    ...writerSecret(identity, name, receiver, material.bundle),
    desired(serviceAccounts, receiverServiceAccount(identity, name)),
    desired(
      networkPolicies,
      receiverNetworkPolicy(identity, name, { ...managed, readers }, observed.config, nodeAddresses(observed.pods)),
    ),
    desired(services, receiverHeadlessService(identity, name)),
    desired(services, receiverService(identity, name, managed)),
    desired(disruptionBudgets, receiverDisruptionBudget(identity, name)),
    desired(statefulSets, set),
    ...ofReaders.after,
  ];
};

const writerSecret = (
  identity: ReplicaIdentity,
  target: string,
  receiver: ReceiverMaterial,
  bundle: string,
): DesiredObject[] => {
  const { writer } = receiver;
  if (!writer) return [];
  const metadata = ownedMeta(identity, writerSecretName(identity.name, target), 'receiver', target) as never;
  const data = encodeSecret(writerSecretTexts(identity, target, { ...receiver, writer }, bundle));
  return [desired(secrets, { metadata, type: 'Opaque', data } satisfies Secret)];
};
