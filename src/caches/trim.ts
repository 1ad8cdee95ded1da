import { containers, credentialFiles, isAgentContainer, isAgentVolume, kind } from '../api/names.ts';
import type { KubeObject, PersistentVolumeClaim, Pod, Secret } from '../cluster/objects.ts';
import { isReceiver } from '../pods/pod-state.ts';
import { isDataVolume } from '../pods/volumes.ts';

/** Without what the API server keeps for itself; it is the larger part of many objects. */
export const trimMetadata = <T extends KubeObject>(object: T): T => {
  const { managedFields: _, ...metadata } = (object.metadata ?? {}) as Record<string, unknown>;
  const { 'kubectl.kubernetes.io/last-applied-configuration': __, ...annotations } = (metadata.annotations ??
    {}) as Record<string, string>;
  return { ...object, metadata: { ...metadata, ...(metadata.annotations ? { annotations } : {}) } };
};

/** The same authorities are in every Secret that the operator made: their text is kept once. */
const shared = new Map<string, string>();
const maxShared = 16;

export const trimSecret = (secret: Secret): Secret => {
  const trimmed = trimMetadata(secret);
  const authorities = trimmed.data?.[credentialFiles.ca];
  if (authorities === undefined) return trimmed;
  const known = shared.get(authorities) ?? authorities;
  if (shared.size >= maxShared) shared.clear();
  shared.set(known, known);
  return { ...trimmed, data: { ...trimmed.data, [credentialFiles.ca]: known } };
};

type PodContainer = NonNullable<Pod['spec']>['containers'][number];

/** What injection and replication read of a container: its users and mounts, and where an agent of ours answers. */
const trimContainer = (
  { name, ports, volumeMounts, volumeDevices, securityContext, restartPolicy }: PodContainer,
  volumes: ReadonlySet<string>,
): PodContainer =>
  present({
    name,
    ports: isAgentContainer(name) ? ports : undefined,
    volumeMounts: volumeMounts?.filter((mount) => volumes.has(mount.name)),
    volumeDevices,
    securityContext,
    restartPolicy,
  }) as PodContainer;

type PodVolume = NonNullable<NonNullable<Pod['spec']>['volumes']>[number];

/** Of what holds no data, and is not an agent's, the name is enough. */
const trimVolume = (volume: PodVolume): PodVolume => {
  const { name, persistentVolumeClaim, ephemeral, emptyDir, secret } = volume;
  return present({
    name,
    persistentVolumeClaim,
    ephemeral: ephemeral && {},
    emptyDir: emptyDir && {},
    secret: isAgentVolume(name) ? secret : undefined,
  }) as PodVolume;
};

/** Thousands of claims are kept too. */
export const trimClaim = (claim: PersistentVolumeClaim): PersistentVolumeClaim => {
  const { metadata, spec, status } = claim;
  const { name, namespace, uid, resourceVersion, labels, annotations, ownerReferences, creationTimestamp } =
    metadata ?? {};
  const kept = Object.fromEntries(
    Object.entries(annotations ?? {}).filter(([key]) => key.startsWith('syncreplica.io/')),
  );
  return {
    metadata: present({
      name,
      namespace,
      uid,
      resourceVersion,
      labels,
      annotations: kept,
      ownerReferences,
      creationTimestamp,
      deletionTimestamp: metadata?.deletionTimestamp,
    }) as never,
    spec: present({
      resources: spec?.resources,
      storageClassName: spec?.storageClassName,
      accessModes: spec?.accessModes,
      volumeName: spec?.volumeName,
      dataSourceRef: spec?.dataSourceRef?.kind === kind ? spec.dataSourceRef : undefined,
    }) as never,
    status: present({ phase: status?.phase, capacity: status?.capacity }) as never,
  };
};

/** Tens of thousands are others': without a volume that can be replicated only a selector ever meets one, and finds nothing. */
const isOfOthers = (pod: Pod): boolean =>
  !isReceiver(pod) &&
  !pod.spec?.volumes?.some(isDataVolume) &&
  !pod.spec?.initContainers?.some(({ name }) => isAgentContainer(name));

/** Thousands of pods are kept: only what is read of them. */
export const trimPod = (pod: Pod): Pod => {
  const { spec, status } = pod;
  const {
    name,
    namespace,
    uid,
    resourceVersion,
    labels,
    annotations,
    ownerReferences,
    creationTimestamp,
    deletionTimestamp,
  } = pod.metadata ?? {};
  const isCut = isOfOthers(pod);
  const volumes = new Set((spec?.volumes ?? []).filter(isDataVolume).map((volume) => volume.name));
  const kept = Object.fromEntries(
    Object.entries(annotations ?? {}).filter(([key]) => /^(syncreplica\.io\/|kubernetes\.io\/config)/.test(key)),
  );
  return {
    metadata: present({
      name,
      namespace,
      uid,
      resourceVersion,
      labels,
      annotations: kept,
      ownerReferences,
      creationTimestamp,
      deletionTimestamp,
    }) as never,
    spec: present({
      containers: isCut ? [] : (spec?.containers ?? []).map((container) => trimContainer(container, volumes)),
      initContainers: isCut ? undefined : spec?.initContainers?.map((container) => trimContainer(container, volumes)),
      volumes: spec?.volumes?.map(trimVolume),
      securityContext: isCut ? undefined : spec?.securityContext,
      os: spec?.os,
      nodeSelector: spec?.nodeSelector,
      nodeName: spec?.nodeName,
      hostNetwork: spec?.hostNetwork,
    }) as never,
    status: present({
      phase: status?.phase,
      podIP: status?.podIP,
      initContainerStatuses: status?.initContainerStatuses?.filter(isOurs).map(trimStatus),
      containerStatuses: status?.containerStatuses?.filter(isOurs).map(trimStatus),
    }) as never,
  };
};

type ContainerStatus = NonNullable<NonNullable<Pod['status']>['containerStatuses']>[number];

/** Only agents and receivers are looked at. */
const isOurs = ({ name }: ContainerStatus): boolean => name === containers.receiver || isAgentContainer(name);

const trimStatus = ({ name, image, ready, state }: ContainerStatus): ContainerStatus =>
  present({ name, image, ready, state }) as ContainerStatus;

const present = <T extends object>(fields: T): Partial<T> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>;
