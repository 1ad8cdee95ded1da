import {
  containers,
  credentialFiles,
  metricsTlsFlag,
  portNames,
  ports,
  receiverClaimTemplate,
  receiverName,
  receiverSecretName,
  scrapeAnnotations,
  seriesFile,
  usersFile,
} from '../../../api/names.ts';
import type { ResolvedManagedTarget } from '../../../api/resolved-spec.ts';
import type { StatefulSet } from '../../../cluster/objects.ts';
import type { NamespaceLimits } from '../../../inject/limits/fit-resources.ts';
import { ownedLabels, type ReplicaIdentity } from '../../identity.ts';
import type { ReceiverOptions } from '../../observed.ts';
import { receiverArguments } from '../../receiver-defaults.ts';
import { relayMount, relayVolume } from '../readers/relay-secret.ts';
import { receiverResources } from './receiver-resources.ts';
import { type ReceiverUser, receiverPodSecurity, receiverSecurity } from './receiver-security.ts';

export interface ReceiverPodQuestion {
  readonly replica: ReplicaIdentity;
  readonly target: string;
  readonly managed: ResolvedManagedTarget;
  readonly user: ReceiverUser;
  readonly options: ReceiverOptions;
  readonly limits: NamespaceLimits;
}

type PodTemplate = NonNullable<StatefulSet['spec']>['template'];
type PodSpec = NonNullable<PodTemplate['spec']>;
export type PodVolume = NonNullable<PodSpec['volumes']>[number];

/** What a target's own receivers and its readers do not have alike. */
export interface ReceiverPodPart {
  readonly component: 'receiver' | 'reader';
  readonly selector: Readonly<Record<string, string>>;
  /** The name of the volume that it serves. */
  readonly volume: string;
  readonly args: readonly string[];
  readonly resources: object | undefined;
  readonly placement: Readonly<Record<string, unknown>>;
  readonly initContainers?: readonly object[];
  /** It feeds readers. */
  readonly isRelay: boolean;
  /** Where the replica lies, unless a claim of its set has that name. */
  readonly data: readonly PodVolume[];
}

export const paths = { volume: '/replica', certs: '/etc/syncreplica', tmp: '/tmp' } as const;

/** The pod of whatever serves a replica. */
export const receiverPod = (question: ReceiverPodQuestion, part: ReceiverPodPart): PodTemplate => {
  const { replica, target, options, user } = question;
  return {
    metadata: {
      labels: {
        ...outsideMesh.labels,
        ...options.defaults.podLabels,
        ...ownedLabels(replica, part.component, target),
        ...part.selector,
      },
      annotations: {
        'kubectl.kubernetes.io/default-container': containers.receiver,
        ...outsideMesh.annotations,
        ...(options.prometheusAnnotations ? scrapeAnnotations(ports.receiverMetrics, options.metricsTls) : {}),
        ...options.defaults.podAnnotations,
      },
    },
    spec: {
      serviceAccountName: receiverName(replica.name, target),
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      // Long enough to end what is being written; who feeds it takes up the rest after.
      terminationGracePeriodSeconds: 30,
      securityContext: receiverPodSecurity(user, options.assignedUsers),
      ...(options.imagePullSecrets.length > 0
        ? { imagePullSecrets: options.imagePullSecrets.map((name) => ({ name })) }
        : {}),
      ...part.placement,
      ...(part.initContainers === undefined ? {} : { initContainers: part.initContainers as never }),
      containers: [receiverContainer(question, part)],
      volumes: [
        credentialsVolume(replica, target),
        ...(part.isRelay ? [relayVolume(replica, target)] : []),
        { name: 'tmp', emptyDir: { sizeLimit: '64Mi' } },
        ...part.data,
      ],
    },
  };
};

const receiverContainer = (
  { managed, options, limits, user }: ReceiverPodQuestion,
  { volume, args, resources, isRelay }: ReceiverPodPart,
) => ({
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
    `--volume=${volume}`,
    `--access=${managed.access}`,
    ...args,
    ...receiverArguments(options.defaults, managed.receiver),
  ],
  env: [
    fieldVariable('POD_NAME', 'metadata.name'),
    fieldVariable('POD_NAMESPACE', 'metadata.namespace'),
    // No flag: a receiver of an earlier version, by an image that is pinned, would not start with it.
    { name: 'SYNCREPLICA_METRICS_LABELS', value: `${paths.certs}/${seriesFile}` },
    ...(options.defaults.extraEnv as never[]),
  ],
  ports: [
    { name: portNames.receiver, containerPort: ports.receiver, protocol: 'TCP' },
    { name: portNames.metrics, containerPort: ports.receiverMetrics, protocol: 'TCP' },
  ],
  resources: receiverResources((resources ?? options.defaults.resources) as never, limits) as never,
  securityContext: receiverSecurity(user),
  readinessProbe: probe('/readyz', 2),
  livenessProbe: probe('/healthz', 10),
  terminationMessagePolicy: 'FallbackToLogsOnError',
  volumeMounts: [
    { name: receiverClaimTemplate, mountPath: paths.volume },
    { name: 'credentials', mountPath: paths.certs, readOnly: true },
    ...(isRelay ? [relayMount] : []),
    { name: 'tmp', mountPath: paths.tmp },
  ],
});

const credentialsVolume = (replica: ReplicaIdentity, target: string) => ({
  name: 'credentials',
  // Not optional: a receiver without its certificate could serve nobody.
  secret: {
    secretName: receiverSecretName(replica.name, target),
    defaultMode: 0o440,
    items: [...Object.values(credentialFiles), usersFile, seriesFile].map((key) => ({ key, path: key })),
  },
});

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

/** A receiver speaks TLS of its own and to nobody else: a mesh's proxy beside it could not even start. */
const outsideMesh = {
  labels: { 'sidecar.istio.io/inject': 'false', 'istio.io/dataplane-mode': 'none' },
  annotations: { 'linkerd.io/inject': 'disabled' },
};
