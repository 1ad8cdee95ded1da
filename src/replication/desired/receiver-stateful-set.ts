import {
  containers,
  credentialFiles,
  metricsTlsFlag,
  portNames,
  ports,
  receiverClaimTemplate,
  receiverHeadlessName,
  receiverName,
  receiverSecretName,
  scrapeAnnotations,
  seriesFile,
  sourceLabel,
  usersFile,
} from '../../api/names.ts';
import type { ResolvedHistory, ResolvedManagedTarget, ResolvedReaders } from '../../api/resolved-spec.ts';
import type { StatefulSet } from '../../cluster/objects.ts';
import type { NamespaceLimits } from '../../inject/fit-resources.ts';
import { ownedLabels, ownedMeta, type ReplicaIdentity, selectorLabels } from '../identity.ts';
import type { ReceiverOptions } from '../observed.ts';
import { receiverArguments, receiverPlacement } from '../receiver-defaults.ts';
import { relayArguments, relayMount, relayVolume } from './readers/relay-secret.ts';
import { receiverResources } from './receiver-resources.ts';
import { type ReceiverUser, receiverPodSecurity, receiverSecurity } from './receiver-security.ts';

export interface ReceiverQuestion {
  readonly replica: ReplicaIdentity;
  readonly target: string;
  readonly managed: ResolvedManagedTarget;
  readonly history: ResolvedHistory | undefined;
  readonly readers?: ResolvedReaders | undefined;
  /** One receiver and one claim for each ordinal below it. */
  readonly replicas: number;
  readonly user: ReceiverUser;
  readonly options: ReceiverOptions;
  readonly limits: NamespaceLimits;
  /** What is there now: a claim template can't change after the set is made. */
  readonly present: StatefulSet | undefined;
}

export const paths = { volume: '/replica', certs: '/etc/syncreplica', tmp: '/tmp' } as const;

/** The receivers of one managed target: pod N holds the replica of the source volume with ordinal N. */
export const receiverStatefulSet = (question: ReceiverQuestion): StatefulSet => {
  const { replica, target, managed, options } = question;
  const annotations = {
    'kubectl.kubernetes.io/default-container': containers.receiver,
    ...outsideMesh.annotations,
    ...(options.prometheusAnnotations ? scrapeAnnotations(ports.receiverMetrics, options.metricsTls) : {}),
    ...options.defaults.podAnnotations,
  };
  const labels = {
    ...outsideMesh.labels,
    ...options.defaults.podLabels,
    ...ownedLabels(replica, 'receiver', target),
    ...selectorLabels(replica, target),
  };
  return {
    metadata: ownedMeta(replica, receiverName(replica.name, target), 'receiver', target) as never,
    spec: {
      replicas: question.replicas,
      serviceName: receiverHeadlessName(replica.name, target),
      podManagementPolicy: 'Parallel',
      updateStrategy: { type: 'RollingUpdate' },
      minReadySeconds: 0,
      selector: { matchLabels: selectorLabels(replica, target) },
      // Claims never go with the set, whoever deletes it: where they are to go the operator deletes each by its uid.
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
      template: {
        metadata: { labels, annotations },
        spec: {
          serviceAccountName: receiverName(replica.name, target),
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          // Long enough to end what is being written; the agent takes up the rest after.
          terminationGracePeriodSeconds: 30,
          securityContext: receiverPodSecurity(question.user, options.assignedUsers),
          ...(options.imagePullSecrets.length > 0
            ? { imagePullSecrets: options.imagePullSecrets.map((name) => ({ name })) }
            : {}),
          affinity: awayFromSource(replica),
          ...receiverPlacement({ ...managed }, options.defaults),
          containers: [receiverContainer(question)],
          volumes: [
            credentialsVolume(replica, target),
            ...(question.readers === undefined ? [] : [relayVolume(replica, target)]),
            temporaryVolume,
            ...(managed.claimName === undefined
              ? []
              : [{ name: receiverClaimTemplate, persistentVolumeClaim: { claimName: managed.claimName } }]),
          ],
        },
      },
      ...claimTemplates(question),
    },
  };
};

export const credentialsVolume = (replica: ReplicaIdentity, target: string) => ({
  name: 'credentials',
  // Not optional: a receiver without its certificate could serve nobody.
  secret: {
    secretName: receiverSecretName(replica.name, target),
    defaultMode: 0o440,
    items: [...Object.values(credentialFiles), usersFile, seriesFile].map((key) => ({ key, path: key })),
  },
});

export const temporaryVolume = { name: 'tmp', emptyDir: { sizeLimit: '64Mi' } };

const receiverContainer = ({ managed, history, readers, options, limits, user }: ReceiverQuestion) => ({
  name: containers.receiver,
  image: options.image,
  imagePullPolicy: options.imagePullPolicy,
  args: [
    'receiver',
    `--dir=${paths.volume}`,
    `--listen=:${ports.receiver}`,
    `--metrics=:${ports.receiverMetrics}`,
    ...(options.metricsTls ? [metricsTlsFlag] : []),
    `--certs=${paths.certs}`,
    // As receiverVolume says it: one template serves every ordinal.
    '--volume=$(POD_NAMESPACE).$(POD_NAME)',
    `--access=${managed.access}`,
    ...(managed.claimName === undefined ? [] : [`--take-in=${managed.path ?? '.'}`]),
    ...(history ? [`--history-keep=${history.keep}`, `--history-max-size=${history.maxSize}`] : []),
    ...(readers ? [`--fresh-for=${readers.freshFor}`, ...relayArguments('first')] : []),
    ...receiverArguments(options.defaults, managed.receiver),
  ],
  env: podVariables(options),
  ports: receiverPorts,
  resources: receiverResources((managed.resources ?? options.defaults.resources) as never, limits) as never,
  securityContext: receiverSecurity(user),
  ...receiverProbes,
  terminationMessagePolicy: 'FallbackToLogsOnError',
  volumeMounts: [
    { name: receiverClaimTemplate, mountPath: paths.volume },
    { name: 'credentials', mountPath: paths.certs, readOnly: true },
    ...(readers ? [relayMount] : []),
    { name: 'tmp', mountPath: paths.tmp },
  ],
});

export const podVariables = ({ defaults }: ReceiverOptions) => [
  fieldVariable('POD_NAME', 'metadata.name'),
  fieldVariable('POD_NAMESPACE', 'metadata.namespace'),
  // No flag: a receiver of an earlier version, by an image that is pinned, would not start with it.
  { name: 'SYNCREPLICA_METRICS_LABELS', value: `${paths.certs}/${seriesFile}` },
  ...(defaults.extraEnv as never[]),
];

export const receiverPorts = [
  { name: portNames.receiver, containerPort: ports.receiver, protocol: 'TCP' },
  { name: portNames.metrics, containerPort: ports.receiverMetrics, protocol: 'TCP' },
];

const fieldVariable = (name: string, fieldPath: string) => ({
  name,
  valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath } },
});

const probe = (path: string, periodSeconds: number) => ({
  httpGet: { path, port: portNames.metrics, scheme: 'HTTP' },
  periodSeconds,
  timeoutSeconds: 5,
  failureThreshold: 3,
});

export const receiverProbes = { readinessProbe: probe('/readyz', 2), livenessProbe: probe('/healthz', 10) };

/** None where there is one claim, which is here already. */
const claimTemplates = ({
  managed,
  present,
}: ReceiverQuestion): Pick<NonNullable<StatefulSet['spec']>, 'volumeClaimTemplates'> =>
  managed.claimName === undefined
    ? { volumeClaimTemplates: present?.spec?.volumeClaimTemplates?.map(writtenTemplate) ?? [claimTemplate(managed)] }
    : {};

export const claimTemplate = (
  managed: Pick<ResolvedManagedTarget, 'accessModes' | 'storage' | 'storageClassName'>,
) => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: receiverClaimTemplate },
  spec: {
    accessModes: [...managed.accessModes],
    resources: { requests: { storage: managed.storage as string } },
    ...(managed.storageClassName === undefined ? {} : { storageClassName: managed.storageClassName }),
    volumeMode: 'Filesystem',
  },
});

type Template = NonNullable<NonNullable<StatefulSet['spec']>['volumeClaimTemplates']>[number];

/** A template as it was written once, without what the server added. */
const writtenTemplate = ({ metadata, spec }: Template): Template => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  ...(metadata?.name === undefined ? {} : { metadata: { name: metadata.name } }),
  ...(spec ? { spec } : {}),
});

/** A receiver speaks TLS of its own and to nobody else: a mesh's proxy beside it could not even start. */
export const outsideMesh = {
  labels: { 'sidecar.istio.io/inject': 'false', 'istio.io/dataplane-mode': 'none' },
  annotations: { 'linkerd.io/inject': 'disabled' },
};

/** Another node, and rather another zone, than the source: what takes the one away leaves the other. */
const awayFromSource = (replica: ReplicaIdentity): object => {
  const labelSelector = { matchExpressions: [{ key: sourceLabel(replica.name), operator: 'Exists' }] };
  const rather = (weight: number, topologyKey: string) => ({ weight, podAffinityTerm: { labelSelector, topologyKey } });
  return {
    podAntiAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: [
        rather(100, 'kubernetes.io/hostname'),
        rather(50, 'topology.kubernetes.io/zone'),
      ],
    },
  };
};
