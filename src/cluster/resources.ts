import { apiGroup, apiVersion, plural } from '../api/names.ts';
import type { SyncReplica } from '../api/schema/syncreplica.generated.ts';
import type {
  DaemonSet,
  Deployment,
  Event,
  KubeObject,
  Lease,
  LimitRange,
  MutatingWebhookConfiguration,
  Namespace,
  NetworkPolicy,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  PodDisruptionBudget,
  ResourceQuota,
  Secret,
  Service,
  ServiceAccount,
  StatefulSet,
  StorageClass,
  VolumeSnapshot,
} from './objects.ts';

/** One kind of object of the API, and the type of what it holds. `group` is '' for the core group. */
export interface Resource<T extends KubeObject> {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
  /** Never set: it carries the type. */
  readonly object?: T;
}

const define = <T extends KubeObject>(
  group: string,
  version: string,
  pluralName: string,
  kind: string,
  namespaced = true,
): Resource<T> => ({ group, version, plural: pluralName, kind, namespaced });

export const syncReplicas = define<SyncReplica>(apiGroup, apiVersion, plural, 'SyncReplica');
export const pods = define<Pod>('', 'v1', 'pods', 'Pod');
export const namespaces = define<Namespace>('', 'v1', 'namespaces', 'Namespace', false);
export const limitRanges = define<LimitRange>('', 'v1', 'limitranges', 'LimitRange');
export const quotas = define<ResourceQuota>('', 'v1', 'resourcequotas', 'ResourceQuota');
export const secrets = define<Secret>('', 'v1', 'secrets', 'Secret');
export const services = define<Service>('', 'v1', 'services', 'Service');
export const serviceAccounts = define<ServiceAccount>('', 'v1', 'serviceaccounts', 'ServiceAccount');
export const claims = define<PersistentVolumeClaim>('', 'v1', 'persistentvolumeclaims', 'PersistentVolumeClaim');
export const persistentVolumes = define<PersistentVolume>('', 'v1', 'persistentvolumes', 'PersistentVolume', false);
export const statefulSets = define<StatefulSet>('apps', 'v1', 'statefulsets', 'StatefulSet');
export const deployments = define<Deployment>('apps', 'v1', 'deployments', 'Deployment');
export const daemonSets = define<DaemonSet>('apps', 'v1', 'daemonsets', 'DaemonSet');
export const storageClasses = define<StorageClass>('storage.k8s.io', 'v1', 'storageclasses', 'StorageClass', false);
export const volumeSnapshots = define<VolumeSnapshot>(
  'snapshot.storage.k8s.io',
  'v1',
  'volumesnapshots',
  'VolumeSnapshot',
);
export const networkPolicies = define<NetworkPolicy>('networking.k8s.io', 'v1', 'networkpolicies', 'NetworkPolicy');
export const disruptionBudgets = define<PodDisruptionBudget>(
  'policy',
  'v1',
  'poddisruptionbudgets',
  'PodDisruptionBudget',
);
export const leases = define<Lease>('coordination.k8s.io', 'v1', 'leases', 'Lease');
export const events = define<Event>('events.k8s.io', 'v1', 'events', 'Event');
export const mutatingWebhooks = define<MutatingWebhookConfiguration>(
  'admissionregistration.k8s.io',
  'v1',
  'mutatingwebhookconfigurations',
  'MutatingWebhookConfiguration',
  false,
);

export const apiVersionOf = (resource: Resource<KubeObject>): string =>
  resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;

/** URL path of a resource's collection, or of one object of it. */
export const pathOf = (
  resource: Resource<KubeObject>,
  where: { namespace?: string | undefined; name?: string | undefined; subresource?: string | undefined } = {},
): string => {
  const root = resource.group === '' ? `/api/${resource.version}` : `/apis/${resource.group}/${resource.version}`;
  const parts = [root];
  if (where.namespace !== undefined && resource.namespaced)
    parts.push('namespaces', encodeURIComponent(where.namespace));
  parts.push(resource.plural);
  if (where.name !== undefined) parts.push(encodeURIComponent(where.name));
  if (where.subresource !== undefined) parts.push(where.subresource);
  return parts.join('/');
};
