import { agentContainerName, isAgentContainer, isAgentVolume, labels } from '../../api/names.ts';
import type { SyncReplica } from '../../api/schema/syncreplica.generated.ts';
import type { ClusterClient } from '../../cluster/client.ts';
import { isClusterError } from '../../cluster/cluster-error.ts';
import type { Pod } from '../../cluster/objects.ts';
import { pods } from '../../cluster/resources.ts';
import { matchesLabels } from '../../pods/label-selector.ts';
import { isLive, isReceiver } from '../../pods/pod-state.ts';
import { volumeOfClaim } from '../../pods/volumes.ts';

/** What came of asking the API server for a pod of the source, without making one. */
export interface Trial {
  readonly about: string;
  readonly result:
    | { readonly kind: 'injected' | 'notInjected' | 'notAllowed' }
    | { readonly kind: 'refused'; readonly message: string };
}

const isTokenVolume = (name: string): boolean => name.startsWith('kube-api-access-');

/** A pod that ought to get an agent: like one that runs, or as plain as Pod Security "restricted" wants it. */
export const makeTrialPod = (replica: SyncReplica, present: readonly Pod[]): Pod => {
  const like = present.find((pod) => usesSource(replica, pod));
  const { namespace } = replica.metadata;
  if (!like?.spec)
    return { metadata: { namespace, name: 'syncreplica-doctor-0', ...plainLabels(replica) }, spec: plainSpec(replica) };
  const isKept = ({ name }: { readonly name: string }): boolean => !isAgentVolume(name) && !isTokenVolume(name);
  const strip = <T extends { readonly name: string; readonly volumeMounts?: { readonly name: string }[] }>(
    containers: readonly T[] | undefined,
  ): T[] =>
    (containers ?? [])
      .filter(({ name }) => !isAgentContainer(name))
      .map((container) => ({ ...container, volumeMounts: (container.volumeMounts ?? []).filter(isKept) }));
  const { nodeName: _, ...spec } = like.spec;
  const { [labels.injected]: __, ...kept } = like.metadata?.labels ?? {};
  return {
    metadata: { namespace, name: trialName(like.metadata?.name ?? ''), labels: kept },
    spec: {
      ...spec,
      containers: strip(like.spec.containers),
      initContainers: strip(like.spec.initContainers),
      volumes: (like.spec.volumes ?? []).filter(isKept),
    },
  } as Pod;
};

/** The ordinal of a StatefulSet's pod stays at the end: its volume's name follows from it. */
const trialName = (name: string): string => {
  const [, ordinal = '0'] = /-(\d+)$/.exec(name) ?? [];
  return `syncreplica-doctor-${ordinal}`;
};

const usesSource = ({ spec: { source } }: SyncReplica, pod: Pod): boolean => {
  if (!isLive(pod) || isReceiver(pod) || pod.metadata?.deletionTimestamp) return false;
  if (source.persistentVolumeClaim !== undefined) return volumeOfClaim(pod, source.persistentVolumeClaim) !== undefined;
  return source.podSelector !== undefined && matchesLabels(source.podSelector as never, pod.metadata?.labels);
};

const plainLabels = ({ spec: { source } }: SyncReplica) =>
  source.podSelector?.matchLabels ? { labels: source.podSelector.matchLabels } : {};

const plainSpec = ({ spec: { source } }: SyncReplica): NonNullable<Pod['spec']> => ({
  securityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: 'RuntimeDefault' } },
  containers: [
    {
      name: 'application',
      image: 'none',
      securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
      volumeMounts: [{ name: source.volume ?? 'data', mountPath: '/data' }],
    },
  ],
  volumes: [
    source.persistentVolumeClaim === undefined
      ? { name: source.volume ?? 'data', emptyDir: {} }
      : { name: 'data', persistentVolumeClaim: { claimName: source.persistentVolumeClaim } },
  ],
});

/** A dry run: webhooks, Pod Security, limits and quotas all judge it, and nothing is kept. */
export const tryInjection = async (
  client: ClusterClient,
  replica: SyncReplica,
  present: readonly Pod[],
): Promise<Trial> => {
  const about = `${replica.metadata.namespace}/${replica.metadata.name}`;
  try {
    const made = await client.create(pods, makeTrialPod(replica, present), { dryRun: true });
    const agent = agentContainerName(replica.metadata.name);
    const isInjected = made.spec?.initContainers?.some(({ name }) => name === agent) === true;
    return { about, result: { kind: isInjected ? 'injected' : 'notInjected' } };
  } catch (error) {
    if (!isClusterError(error, 'forbidden', 'invalid', 'server', 'conflict')) throw error;
    // RBAC and admission both answer 403; only RBAC says so of a user.
    if (/cannot create resource/.test(error.message)) return { about, result: { kind: 'notAllowed' } };
    return { about, result: { kind: 'refused', message: error.message } };
  }
};
