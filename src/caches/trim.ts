import type { KubeObject, Pod } from '../cluster/objects.ts';

/** Without what the API server keeps for itself; it is the larger part of many objects. */
export const trimMetadata = <T extends KubeObject>(object: T): T => {
  const { managedFields: _, ...metadata } = (object.metadata ?? {}) as Record<string, unknown>;
  const { 'kubectl.kubernetes.io/last-applied-configuration': __, ...annotations } = (metadata.annotations ??
    {}) as Record<string, string>;
  return { ...object, metadata: { ...metadata, ...(metadata.annotations ? { annotations } : {}) } };
};

type PodContainer = NonNullable<Pod['spec']>['containers'][number];

/** What injection and replication read of a container. */
const trimContainer = ({
  name,
  image,
  ports,
  volumeMounts,
  volumeDevices,
  securityContext,
  restartPolicy,
}: PodContainer): PodContainer =>
  present({ name, image, ports, volumeMounts, volumeDevices, securityContext, restartPolicy }) as PodContainer;

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
      containers: (spec?.containers ?? []).map(trimContainer),
      initContainers: spec?.initContainers?.map(trimContainer),
      volumes: spec?.volumes,
      securityContext: spec?.securityContext,
      os: spec?.os,
      nodeName: spec?.nodeName,
      hostNetwork: spec?.hostNetwork,
    }) as never,
    status: present({
      phase: status?.phase,
      podIP: status?.podIP,
      initContainerStatuses: status?.initContainerStatuses?.map(trimStatus),
      containerStatuses: status?.containerStatuses?.map(trimStatus),
    }) as never,
  };
};

type ContainerStatus = NonNullable<NonNullable<Pod['status']>['containerStatuses']>[number];

const trimStatus = ({ name, image, ready, state }: ContainerStatus): ContainerStatus =>
  present({ name, image, ready, state }) as ContainerStatus;

const present = <T extends object>(fields: T): Partial<T> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>;
