import {
  agentSecretName,
  apiGroup,
  credentialFiles,
  receiverName,
  receiverSecretName,
  settingsKey,
  writerSecretName,
} from '../../api/names.ts';
import type { ReplicationSettings } from '../../api/replication-settings.ts';
import type { ResolvedSpec } from '../../api/resolved-spec.ts';
import type { KubeObject, Secret, StatefulSet } from '../../cluster/objects.ts';
import {
  disruptionBudgets,
  networkPolicies,
  type Resource,
  secrets,
  serviceAccounts,
  services,
  statefulSets,
} from '../../cluster/resources.ts';
import { volumeOfClaim } from '../../pods/volumes.ts';
import { withHash } from '../drift.ts';
import { ownedMeta, type ReplicaIdentity } from '../identity.ts';
import type { Observed } from '../observed.ts';
import { encodeSecret } from '../secret-data.ts';
import type { RememberedVolume, SourceVolume } from '../source-volumes.ts';
import {
  type Material,
  materialKeys,
  type ReceiverMaterial,
  receiverSecretTexts,
  writerSecretTexts,
} from './material.ts';
import { receiverDisruptionBudget, receiverNetworkPolicy, receiverServiceAccount } from './receiver-guards.ts';
import { defaultUser, type ReceiverUser, sourceUser } from './receiver-security.ts';
import { receiverHeadlessService, receiverService } from './receiver-services.ts';
import { receiverStatefulSet } from './receiver-stateful-set.ts';

/** One object to apply; what it was applied as is noticed by its hash. */
export interface DesiredObject {
  readonly resource: Resource<KubeObject>;
  readonly object: KubeObject;
}

/** On the agents' Secret: the ordinals of the source volumes whose settings it holds. */
export const volumesAnnotation = `${apiGroup}/volumes`;

export interface DesiredQuestion {
  readonly observed: Observed;
  readonly identity: ReplicaIdentity;
  readonly spec: ResolvedSpec;
  readonly volumes: readonly SourceVolume[];
  readonly material: Material;
  /** By volume name. */
  readonly settings: ReadonlyMap<string, ReplicationSettings>;
}

/** Every owned object of a SyncReplica, in the order in which they are applied: what others need comes first. */
export const desiredObjects = (question: DesiredQuestion): DesiredObject[] => [
  agentSecret(question),
  ...question.spec.targets.flatMap((target) => (target.kind === 'managed' ? managedTarget(question, target) : [])),
];

/** How many receivers a target needs. Never fewer than there are: pods that are away must not take a receiver along. */
export const receiverReplicas = (observed: Observed, target: string, volumes: readonly RememberedVolume[]): number => {
  const present = presentSet(observed, target)?.spec?.replicas ?? 0;
  return Math.max(present, ...volumes.map(({ ordinal }) => ordinal + 1));
};

const managedTarget = (
  { observed, identity, volumes, material }: DesiredQuestion,
  target: ResolvedSpec['targets'][number] & { kind: 'managed' },
): DesiredObject[] => {
  const { name, managed } = target;
  const receiver = material.receivers.get(name);
  if (!receiver) return [];
  const { operatorNamespace, receiver: options } = observed.config;
  const secret: Secret = {
    metadata: ownedMeta(identity, receiverSecretName(identity.name, name), 'receiver', name) as never,
    type: 'Opaque',
    data: encodeSecret(receiverSecretTexts(receiver, material.bundle)),
  };
  const set = receiverStatefulSet({
    replica: identity,
    target: name,
    managed,
    replicas: receiverReplicas(observed, name, volumes),
    user: receiverUser(observed, name, managed.access, volumes),
    options,
    present: presentSet(observed, name),
  });
  return [
    desired(secrets, secret),
    ...writerSecret(identity, name, receiver, material.bundle),
    desired(serviceAccounts, receiverServiceAccount(identity, name)),
    desired(networkPolicies, receiverNetworkPolicy(identity, name, managed, operatorNamespace)),
    desired(services, receiverHeadlessService(identity, name)),
    desired(services, receiverService(identity, name, managed)),
    desired(disruptionBudgets, receiverDisruptionBudget(identity, name)),
    desired(statefulSets, set),
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

/** Settings of every source volume, what agents serve their API with, and what they show to receivers. */
export const agentSecret = ({
  identity,
  material,
  settings,
  volumes,
}: Pick<DesiredQuestion, 'identity' | 'material' | 'settings' | 'volumes'>): DesiredObject => {
  const texts = {
    [credentialFiles.ca]: material.bundle,
    [credentialFiles.cert]: material.agentServer.cert,
    [credentialFiles.key]: material.agentServer.key,
    [materialKeys.clientCert]: material.agentClient.cert,
    [materialKeys.clientKey]: material.agentClient.key,
    ...Object.fromEntries([...settings].map(([volume, value]) => [settingsKey(volume), JSON.stringify(value)])),
  };
  const ordinals = Object.fromEntries(volumes.map(({ name, ordinal }) => [name, ordinal]));
  const metadata = {
    ...ownedMeta(identity, agentSecretName(identity.name), 'agent-settings'),
    annotations: { [volumesAnnotation]: JSON.stringify(ordinals) },
  };
  return desired(secrets, { metadata: metadata as never, type: 'Opaque', data: encodeSecret(texts) });
};

/** The volumes that the agents' Secret was last written for. */
export const rememberedVolumes = (secret: Secret | undefined): RememberedVolume[] => {
  try {
    const ordinals = JSON.parse(secret?.metadata?.annotations?.[volumesAnnotation] ?? '{}') as Record<string, number>;
    return Object.entries(ordinals).map(([name, ordinal]) => ({ name, ordinal }));
  } catch {
    return [];
  }
};

const desired = <T extends KubeObject>(resource: Resource<T>, object: T): DesiredObject => ({
  resource: resource as Resource<KubeObject>,
  object: withHash(object),
});

const presentSet = (observed: Observed, target: string): StatefulSet | undefined =>
  observed.owned.statefulSets.find(
    (set) => set.metadata?.name === receiverName(observed.replica.metadata.name, target),
  );

/** The user stays what it was when the target was made: files that are there belong to it. */
const receiverUser = (
  observed: Observed,
  target: string,
  access: 'SameUser' | 'Elevated',
  volumes: readonly SourceVolume[],
): ReceiverUser => {
  if (access === 'Elevated') return { access };
  const present = presentSet(observed, target)?.spec?.template.spec?.securityContext;
  if (present?.runAsUser) return { access, uid: present.runAsUser, gid: present.runAsGroup ?? present.runAsUser };
  const users = volumes.flatMap(({ claim, pods }) =>
    pods.flatMap((name) => {
      const pod = observed.pods.find((one) => one.metadata?.name === name);
      const volume = pod && (observed.replica.spec.source.volume ?? (claim && volumeOfClaim(pod, claim)));
      return pod && volume ? (sourceUser(pod, volume) ?? []) : [];
    }),
  );
  return { access, ...(users[0] ?? defaultUser) };
};
