import {
  agentPaths,
  agentSecretName,
  annotations,
  containers,
  fillName,
  labels,
  managedByValue,
  settingsKey,
} from '../api/names.ts';
import type { SyncReplica } from '../api/schema/syncreplica.generated.ts';
import type { ObjectMeta, PersistentVolumeClaim, Pod } from '../cluster/objects.ts';
import type { ResourceSettings } from '../inject/limits/agent-resources.ts';
import { userOf } from '../pods/user-of.ts';
import { volumeOfClaim } from '../pods/volumes.ts';
import {
  defaultUser,
  type ReceiverUser,
  receiverPodSecurity,
} from '../replication/desired/receivers/receiver-security.ts';
import type { FillSource } from './find-source.ts';
import type { PopulationRequest } from './request.ts';

export interface FillOptions {
  readonly image: string;
  readonly imagePullPolicy: 'Always' | 'IfNotPresent' | 'Never';
  readonly imagePullSecrets: readonly string[];
  readonly resources: ResourceSettings;
  readonly logLevel: string;
  /** Users and groups are given by the cluster: see OperatorConfig. */
  readonly assignedUsers: boolean;
}

export interface FillQuestion {
  readonly claim: PersistentVolumeClaim;
  readonly request: PopulationRequest;
  readonly replica: SyncReplica;
  readonly source: FillSource;
  /** Where the first pod of the claim is to run. */
  readonly node: string | undefined;
  /** Pods that wait for the claim. */
  readonly users: readonly Pod[];
  /** As whom the receivers of the SyncReplica run, where there are any. */
  readonly receiver: ReceiverUser | undefined;
  readonly options: FillOptions;
}

/** Both go with the claim that they are made for. */
const fillMeta = ({ metadata }: PersistentVolumeClaim): ObjectMeta => ({
  name: fillName(metadata?.uid ?? ''),
  namespace: metadata?.namespace ?? '',
  labels: {
    [labels.managedBy]: managedByValue,
    [labels.component]: 'populator',
    // It reads from receivers, which let in who has an agent; and is given none itself, whatever its namespace asks for.
    [labels.injected]: 'true',
    [labels.inject]: 'false',
    'sidecar.istio.io/inject': 'false',
    'istio.io/dataplane-mode': 'none',
  },
  annotations: { 'linkerd.io/inject': 'disabled' },
  ownerReferences: [
    { apiVersion: 'v1', kind: 'PersistentVolumeClaim', name: metadata?.name ?? '', uid: metadata?.uid ?? '' },
  ],
});

/** The same volume as the claim's, for nobody else to see before it is filled. */
export const primeClaim = ({ claim, request }: FillQuestion): PersistentVolumeClaim => {
  const { accessModes, resources, storageClassName, volumeMode, selector, volumeAttributesClassName } =
    claim.spec ?? {};
  const { snapshot } = request;
  return {
    metadata: fillMeta(claim) as never,
    spec: {
      ...{ accessModes, resources, storageClassName, volumeMode },
      ...(selector ? { selector } : {}),
      ...(volumeAttributesClassName ? { volumeAttributesClassName } : {}),
      ...(snapshot
        ? { dataSource: { apiGroup: 'snapshot.storage.k8s.io', kind: 'VolumeSnapshot', name: snapshot } }
        : {}),
    } as never,
  };
};

export const fillPod = (question: FillQuestion): Pod => {
  const { claim, request, source, node, options } = question;
  const meta = fillMeta(claim);
  return {
    metadata: { ...meta, annotations: { ...meta.annotations, [annotations.fromVolume]: source.volume } } as never,
    spec: {
      restartPolicy: 'OnFailure',
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: 5,
      securityContext: podSecurity(question) as never,
      ...(options.imagePullSecrets.length > 0
        ? { imagePullSecrets: options.imagePullSecrets.map((name) => ({ name })) }
        : {}),
      ...(node === undefined ? {} : onNode(node)),
      containers: [
        {
          name: containers.fill,
          image: options.image,
          imagePullPolicy: options.imagePullPolicy,
          args: [
            'fill',
            `--config=${agentPaths.settings}/${settingsKey(source.volume)}`,
            '--report=/dev/termination-log',
            `--log-level=${options.logLevel}`,
            ...(request.snapshot === undefined
              ? source.targets.map((name) => `--target=${name}`)
              : [`--lift=${agentPaths.source}`]),
          ],
          resources: { requests: { ...options.resources.requests }, limits: { ...options.resources.limits } as never },
          securityContext: containerSecurity(question) as never,
          volumeMounts: [
            { name: 'data', mountPath: agentPaths.source },
            { name: 'settings', mountPath: agentPaths.settings, readOnly: true },
            { name: 'tmp', mountPath: '/tmp' },
          ],
        },
      ],
      volumes: [
        { name: 'data', persistentVolumeClaim: { claimName: meta.name ?? '' } },
        {
          name: 'settings',
          secret: { secretName: agentSecretName(request.replica, source.volume), defaultMode: 0o444 },
        },
        { name: 'tmp', emptyDir: { sizeLimit: '64Mi' } },
      ],
    },
  };
};

/** Where the scheduler wants the claim's own pod; that one tolerates what is there, whatever it is. */
const onNode = (node: string): object => ({
  affinity: {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: [node] }] }],
      },
    },
  },
  tolerations: [{ operator: 'Exists' }],
});

const isElevated = ({ replica }: FillQuestion): boolean => replica.spec.source.access === 'Elevated';

/** As the application that waits for the volume; else as who wrote the replica. */
const podSecurity = (question: FillQuestion): object => {
  const { claim, users, receiver, options } = question;
  const seccompProfile = { type: 'RuntimeDefault' };
  if (isElevated(question)) return receiverPodSecurity({ access: 'Elevated' }, options.assignedUsers);
  for (const pod of users) {
    const volume = volumeOfClaim(pod, claim.metadata?.name ?? '');
    const user = volume === undefined ? undefined : userOf(pod, volume);
    if (!user) continue;
    const { uid, gid, fsGroup, mustNotBeRoot } = user;
    return {
      // Where its manifest names none the application is what its image says: root writes for any.
      ...(uid === undefined && mustNotBeRoot ? {} : { runAsUser: uid ?? 0 }),
      ...(gid === undefined ? {} : { runAsGroup: gid }),
      runAsNonRoot: uid === undefined ? mustNotBeRoot : uid !== 0,
      ...(fsGroup === undefined ? {} : { fsGroup, fsGroupChangePolicy: 'OnRootMismatch' }),
      seccompProfile,
    };
  }
  const written = receiver?.access === 'SameUser' ? receiver : { access: 'SameUser' as const, ...defaultUser };
  return receiverPodSecurity(written, options.assignedUsers);
};

const containerSecurity = (question: FillQuestion): object => ({
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'], ...(isElevated(question) ? { add: ['CHOWN', 'DAC_OVERRIDE', 'FOWNER'] } : {}) },
});
