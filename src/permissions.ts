/** One rule of the operator's role, and what it is for. */
export interface Permission {
  readonly group: string;
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  /** Where it holds: the whole cluster, or the operator's own namespace only. */
  readonly scope: 'cluster' | 'own namespace';
  /** Narrows it to objects of these names. */
  readonly names?: readonly string[];
  readonly why: string;
}

const read = ['get', 'list', 'watch'];
/** Server-side apply is a patch, and a create where there is nothing yet. */
const own = [...read, 'create', 'patch', 'delete'];

export interface PermissionOptions {
  readonly webhookConfiguration: string;
  /** Whether the chart allows `injection.restart: Rollout`. */
  readonly restarts?: boolean;
  /** Whether it fills claims from SyncReplicas. */
  readonly populator?: boolean;
  /** Whether it takes snapshots of targets' claims. */
  readonly snapshots?: boolean;
}

const snapshotPermissions: readonly Permission[] = [
  {
    group: 'snapshot.storage.k8s.io',
    resources: ['volumesnapshots'],
    verbs: ['get', 'list', 'create', 'patch', 'delete'],
    scope: 'cluster',
    why: 'take snapshots of targets’ claims, and keep as many as asked for',
  },
];

const populatorPermissions: readonly Permission[] = [
  {
    group: '',
    resources: ['persistentvolumeclaims', 'pods'],
    verbs: ['create'],
    scope: 'cluster',
    why: 'make the claim in the place of one that asks to be filled, and the pod that fills it',
  },
  { group: '', resources: ['pods'], verbs: ['delete'], scope: 'cluster', why: 'take that pod away' },
  {
    group: '',
    resources: ['persistentvolumes'],
    verbs: ['get', 'patch'],
    scope: 'cluster',
    why: 'give the volume that was filled to the claim that asked for it',
  },
];

/**
 * All that the operator may do and why. The chart's roles are generated from this table, so that nothing is allowed
 * that is not in it.
 */
export const permissions = ({
  webhookConfiguration,
  restarts,
  populator,
  snapshots,
}: PermissionOptions): readonly Permission[] => [
  {
    group: 'syncreplica.io',
    resources: ['syncreplicas'],
    verbs: [...read, 'patch'],
    scope: 'cluster',
    why: 'read what is asked for; set and remove the finalizer',
  },
  { group: 'syncreplica.io', resources: ['syncreplicas/status'], verbs: ['patch'], scope: 'cluster', why: 'report' },
  {
    group: 'syncreplica.io',
    resources: ['syncreplicas/finalizers'],
    verbs: ['update'],
    scope: 'cluster',
    why: 'own objects with blockOwnerDeletion',
  },
  {
    group: '',
    resources: ['pods'],
    verbs: [...read, 'patch'],
    scope: 'cluster',
    why: 'find source pods, agents and receivers; annotate a pod so that the kubelet brings new settings at once',
  },
  {
    group: '',
    resources: ['namespaces'],
    verbs: read,
    scope: 'cluster',
    why: 'see whether injection and Elevated access are allowed',
  },
  {
    group: '',
    resources: ['persistentvolumeclaims'],
    verbs: [...read, 'patch', 'delete'],
    scope: 'cluster',
    why: 'find source claims; grow target claims, note whom their files belong to, and delete them with deletionPolicy: Delete',
  },
  {
    group: '',
    resources: ['limitranges', 'resourcequotas'],
    verbs: read,
    scope: 'cluster',
    why: 'give an agent what its namespace allows, and leave it out where the pod would be refused for it',
  },
  {
    group: 'storage.k8s.io',
    resources: ['storageclasses'],
    verbs: read,
    scope: 'cluster',
    why: 'say which class is missing',
  },
  {
    group: '',
    resources: ['secrets'],
    verbs: own,
    scope: 'cluster',
    why: 'keep credentials of agents and receivers; read those of external targets',
  },
  { group: '', resources: ['services', 'serviceaccounts'], verbs: own, scope: 'cluster', why: 'run receivers' },
  { group: 'apps', resources: ['statefulsets'], verbs: own, scope: 'cluster', why: 'run receivers' },
  ...(restarts
    ? [
        {
          group: 'apps',
          resources: ['deployments', 'daemonsets'],
          verbs: ['patch'],
          scope: 'cluster' as const,
          why: 'restart a workload once that was there before its SyncReplica, where that asks for it',
        },
      ]
    : []),
  ...(populator ? populatorPermissions : []),
  ...(snapshots ? snapshotPermissions : []),
  {
    group: 'networking.k8s.io',
    resources: ['networkpolicies'],
    verbs: own,
    scope: 'cluster',
    why: 'protect receivers',
  },
  {
    group: 'policy',
    resources: ['poddisruptionbudgets'],
    verbs: own,
    scope: 'cluster',
    why: 'keep receivers while nodes are drained',
  },
  {
    group: 'events.k8s.io',
    resources: ['events'],
    verbs: ['create', 'patch'],
    scope: 'cluster',
    why: 'tell what happened, and count how often',
  },
  {
    group: 'coordination.k8s.io',
    resources: ['leases'],
    verbs: ['get', 'create', 'update'],
    scope: 'own namespace',
    why: 'elect a leader',
  },
  {
    group: '',
    resources: ['secrets'],
    verbs: ['get', 'create', 'update'],
    scope: 'own namespace',
    why: 'keep the certificate authorities',
  },
  {
    group: 'admissionregistration.k8s.io',
    resources: ['mutatingwebhookconfigurations'],
    verbs: ['get', 'patch'],
    names: [webhookConfiguration],
    scope: 'cluster',
    why: 'have the API server trust the webhook',
  },
];
