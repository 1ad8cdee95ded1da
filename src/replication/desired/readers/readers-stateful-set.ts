import {
  containers,
  metricsTlsFlag,
  ports,
  readersHeadlessName,
  readersHostPath,
  readersName,
  readersVolume,
  receiverClaimTemplate,
  receiverName,
  scrapeAnnotations,
} from '../../../api/names.ts';
import type { ResolvedReaders } from '../../../api/resolved-spec.ts';
import type { StatefulSet } from '../../../cluster/objects.ts';
import { ownedLabels, ownedMeta, readerLabels } from '../../identity.ts';
import { receiverArguments, receiverPlacement } from '../../receiver-defaults.ts';
import { receiverResources } from '../receiver-resources.ts';
import { receiverPodSecurity, receiverSecurity } from '../receiver-security.ts';
import {
  claimTemplate,
  credentialsVolume,
  outsideMesh,
  paths,
  podVariables,
  type ReceiverQuestion,
  receiverPorts,
  receiverProbes,
  temporaryVolume,
} from '../receiver-stateful-set.ts';
import { relayArguments, relayMount, relayVolume } from './relay-secret.ts';

export type ReadersQuestion = Pick<
  ReceiverQuestion,
  'replica' | 'target' | 'managed' | 'user' | 'options' | 'limits'
> & {
  readonly readers: ResolvedReaders;
  /** None are wanted while the target itself is in use in place of its source, or while its user is a guess. */
  readonly replicas: number;
};

/** The readers of a target: receivers that its own receiver, or one another, feed. */
export const readersStatefulSet = (question: ReadersQuestion): StatefulSet => {
  const { replica, target, readers, options, user } = question;
  return {
    metadata: ownedMeta(replica, readersName(replica.name, target), 'reader', target) as never,
    spec: {
      replicas: question.replicas,
      serviceName: readersHeadlessName(replica.name, target),
      podManagementPolicy: 'Parallel',
      updateStrategy: { type: 'RollingUpdate' },
      minReadySeconds: 0,
      selector: { matchLabels: readerLabels(replica, target) },
      // Copies of what the target has: nothing is lost with them.
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete', whenScaled: 'Delete' },
      template: {
        metadata: {
          labels: {
            ...outsideMesh.labels,
            ...options.defaults.podLabels,
            ...ownedLabels(replica, 'reader', target),
            ...readerLabels(replica, target),
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
          terminationGracePeriodSeconds: 30,
          securityContext: receiverPodSecurity(user, options.assignedUsers),
          ...(options.imagePullSecrets.length > 0
            ? { imagePullSecrets: options.imagePullSecrets.map((name) => ({ name })) }
            : {}),
          ...receiverPlacement({ ...readers, affinity: oneForEachNode(question) }, options.defaults),
          ...(readers.volume === 'HostPath' && user.access === 'SameUser'
            ? { initContainers: [prepareContainer(question, user)] }
            : {}),
          containers: [readerContainer(question)],
          volumes: [
            credentialsVolume(replica, target),
            relayVolume(replica, target),
            temporaryVolume,
            ...dataVolume(question),
          ],
        },
      },
      ...(readers.volume === 'Claim'
        ? {
            volumeClaimTemplates: [
              claimTemplate({
                accessModes: ['ReadWriteOnce'],
                ...(readers.size === undefined ? {} : { storage: readers.size }),
                ...(readers.storageClassName === undefined ? {} : { storageClassName: readers.storageClassName }),
              }),
            ],
          }
        : {}),
    },
  };
};

const readerContainer = ({ replica, target, managed, readers, options, limits, user }: ReadersQuestion) => ({
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
    // One name for all: a node's directory is whichever reader's comes to run there.
    `--volume=${readersVolume(replica.namespace, replica.name, target)}`,
    `--access=${managed.access}`,
    `--fresh-for=${readers.freshFor}`,
    ...relayArguments('$(POD_NAME)'),
    ...receiverArguments(options.defaults, managed.receiver),
  ],
  env: podVariables(options),
  ports: receiverPorts,
  resources: receiverResources((readers.resources ?? options.defaults.resources) as never, limits) as never,
  securityContext: receiverSecurity(user),
  ...receiverProbes,
  terminationMessagePolicy: 'FallbackToLogsOnError',
  volumeMounts: [
    { name: receiverClaimTemplate, mountPath: paths.volume },
    { name: 'credentials', mountPath: paths.certs, readOnly: true },
    relayMount,
    { name: 'tmp', mountPath: paths.tmp },
  ],
});

/** A directory that the kubelet made is root's, and no fsGroup counts there. */
const prepareContainer = (
  { options, limits }: ReadersQuestion,
  { uid, gid }: { readonly uid: number; readonly gid: number },
) => ({
  name: 'prepare',
  image: options.image,
  imagePullPolicy: options.imagePullPolicy,
  command: ['chown', `${uid}:${gid}`, paths.volume],
  resources: receiverResources(options.defaults.resources as never, limits) as never,
  securityContext: {
    runAsUser: 0,
    runAsGroup: 0,
    runAsNonRoot: false,
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    privileged: false,
    capabilities: { drop: ['ALL'], add: ['CHOWN'] },
  },
  volumeMounts: [{ name: receiverClaimTemplate, mountPath: paths.volume }],
});

type PodVolume = NonNullable<NonNullable<NonNullable<StatefulSet['spec']>['template']['spec']>['volumes']>[number];

const dataVolume = ({ replica, target, readers }: ReadersQuestion): PodVolume[] => {
  const name = receiverClaimTemplate;
  if (readers.volume === 'Claim') return [];
  if (readers.volume === 'EmptyDir')
    return [{ name, emptyDir: readers.size === undefined ? {} : { sizeLimit: readers.size } }];
  const path = readersHostPath(replica.namespace, replica.name, target);
  return [{ name, hostPath: { path, type: 'DirectoryOrCreate' } }];
};

/** Two can't share a node's directory; others should be where they are needed. */
const oneForEachNode = ({ replica, target, readers }: ReadersQuestion): object => {
  const term = { labelSelector: { matchLabels: readerLabels(replica, target) }, topologyKey: 'kubernetes.io/hostname' };
  return {
    podAntiAffinity:
      readers.volume === 'HostPath'
        ? { requiredDuringSchedulingIgnoredDuringExecution: [term] }
        : { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm: term }] },
  };
};
