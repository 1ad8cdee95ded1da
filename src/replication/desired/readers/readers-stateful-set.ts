import {
  readersHeadlessName,
  readersHostPath,
  readersName,
  readersVolume,
  receiverClaimTemplate,
} from '../../../api/names.ts';
import type { ResolvedReaders } from '../../../api/resolved-spec.ts';
import type { StatefulSet } from '../../../cluster/objects.ts';
import { ownedMeta, readerLabels } from '../../identity.ts';
import { receiverPlacement } from '../../receiver-defaults.ts';
import { type PodVolume, paths, type ReceiverPodQuestion, receiverPod } from '../receivers/receiver-pod.ts';
import { receiverResources } from '../receivers/receiver-resources.ts';
import { claimTemplate } from '../receivers/receiver-stateful-set.ts';
import { relayArguments } from './relay-secret.ts';

export interface ReadersQuestion extends ReceiverPodQuestion {
  readonly readers: ResolvedReaders;
  /** None are wanted while the target itself is in use in place of its source, or while its user is a guess. */
  readonly replicas: number;
}

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
      template: receiverPod(question, {
        component: 'reader',
        selector: readerLabels(replica, target),
        // One name for all: a node's directory is whichever reader's comes to run there.
        volume: readersVolume(replica.namespace, replica.name, target),
        args: [`--fresh-for=${readers.freshFor}`, ...relayArguments('$(POD_NAME)')],
        resources: readers.resources,
        placement: receiverPlacement({ ...readers, affinity: oneForEachNode(question) }, options.defaults),
        ...(readers.volume === 'HostPath' && user.access === 'SameUser'
          ? { initContainers: [prepareContainer(question, user)] }
          : {}),
        isRelay: true,
        data: dataVolume(question),
      }),
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
