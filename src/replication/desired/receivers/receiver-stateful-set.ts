import { receiverClaimTemplate, receiverHeadlessName, receiverName, sourceLabel } from '../../../api/names.ts';
import type { ResolvedHistory, ResolvedManagedTarget, ResolvedReaders } from '../../../api/resolved-spec.ts';
import type { StatefulSet } from '../../../cluster/objects.ts';
import { ownedMeta, type ReplicaIdentity, selectorLabels } from '../../identity.ts';
import { receiverPlacement } from '../../receiver-defaults.ts';
import { relayArguments } from '../readers/relay-secret.ts';
import { type ReceiverPodQuestion, receiverPod } from './receiver-pod.ts';

export interface ReceiverQuestion extends ReceiverPodQuestion {
  readonly history: ResolvedHistory | undefined;
  readonly readers?: ResolvedReaders | undefined;
  /** One receiver and one claim for each ordinal below it. */
  readonly replicas: number;
  /** What is there now: a claim template can't change after the set is made. */
  readonly present: StatefulSet | undefined;
}

/** The receivers of one managed target: pod N holds the replica of the source volume with ordinal N. */
export const receiverStatefulSet = (question: ReceiverQuestion): StatefulSet => {
  const { replica, target, managed, history, readers, options } = question;
  const { claimName } = managed;
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
      template: receiverPod(question, {
        component: 'receiver',
        selector: selectorLabels(replica, target),
        // As receiverVolume says it: one template serves every ordinal.
        volume: '$(POD_NAMESPACE).$(POD_NAME)',
        args: [
          ...(claimName === undefined ? [] : [`--take-in=${managed.path ?? '.'}`]),
          ...(history ? [`--history-keep=${history.keep}`, `--history-max-size=${history.maxSize}`] : []),
          ...(readers ? [`--fresh-for=${readers.freshFor}`, ...relayArguments('first')] : []),
        ],
        resources: managed.resources,
        placement: { affinity: awayFromSource(replica), ...receiverPlacement({ ...managed }, options.defaults) },
        isRelay: readers !== undefined,
        data: claimName === undefined ? [] : [{ name: receiverClaimTemplate, persistentVolumeClaim: { claimName } }],
      }),
      ...claimTemplates(question),
    },
  };
};

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
