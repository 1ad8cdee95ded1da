import { isAgentContainer, labels } from '../api/names.ts';
import { type LabelSelector, matchesLabels } from '../pods/label-selector.ts';
import type { Container, Pod, Resources, Volume } from '../pods/pod.ts';
import { isReceiver } from '../pods/pod-state.ts';
import { userOf } from '../pods/user-of.ts';
import { type ClaimName, claimNameOf, claimOf, isDataVolume } from '../pods/volumes.ts';
import { agentResources, type OwnResources, type ResourceSettings } from './limits/agent-resources.ts';
import { fitResources, type NamespaceLimits, noLimits } from './limits/fit-resources.ts';

/** The part of a SyncReplica that injection reads. */
export interface ReplicaSource {
  readonly metadata: {
    readonly name?: string | undefined;
    readonly deletionTimestamp?: string | Date | undefined;
  };
  readonly spec: {
    readonly source: {
      readonly persistentVolumeClaim?: string | undefined;
      readonly podSelector?: LabelSelector | undefined;
      readonly volume?: string | undefined;
      readonly access?: 'SameUser' | 'Elevated' | undefined;
    };
    readonly restore?: 'Never' | 'IfEmpty' | undefined;
    readonly agent?:
      | { readonly resources?: OwnResources | undefined; readonly extraEnv?: readonly EnvVariable[] | undefined }
      | undefined;
  };
}

export interface EnvVariable {
  readonly name: string;
  readonly value: string;
}

/** What is known of the pod besides its own text. At admission its name and namespace may be only here. */
export interface PodSurroundings {
  readonly podName?: string | undefined;
  readonly namespaceLabels: Readonly<Record<string, string>>;
  /** What the agent asks for, and what the namespace allows. */
  readonly resources?: ResourceSettings;
  readonly limits?: NamespaceLimits;
}

/** One agent to add: for one SyncReplica and the volume of the pod that it names. */
export interface AgentPlacement {
  readonly replica: string;
  /** Name in `spec.volumes`. */
  readonly volume: string;
  /** The claim behind it; absent for a volume without one, which is then named by its pod. */
  readonly claim: ClaimName | undefined;
  /** The source volume's name, as in the SyncReplica's status; absent where it hangs on a pod's name that comes later. */
  readonly sourceVolume?: string;
  readonly access: 'SameUser' | 'Elevated';
  readonly restore: 'Never' | 'IfEmpty';
  /** As the namespace takes them. */
  readonly resources: Resources;
  readonly extraEnv?: readonly EnvVariable[];
  /** The container whose user the agent takes. */
  readonly user: string;
}

export type SkipReason =
  | 'NoMatch'
  | 'PodOptedOut'
  | 'NamespaceOptedOut'
  | 'MirrorPod'
  | 'WindowsPod'
  | 'OwnReceiver'
  | 'Refused';

/** Why a SyncReplica that means this pod gets no agent in it. */
export type RefusalReason =
  | 'ElevatedNotAllowed'
  | 'VolumeNotFound'
  | 'UnsupportedVolume'
  | 'BlockVolume'
  | 'VolumeNotMounted'
  | 'PodSecurity'
  | 'LimitRange'
  | 'QuotaExceeded';

export const refusalSentences: Readonly<Record<RefusalReason, string>> = {
  ElevatedNotAllowed: 'access: Elevated needs the label syncreplica.io/allow-elevated="true" on the namespace',
  VolumeNotFound: 'the pod has no volume of that name',
  UnsupportedVolume: 'only claims, ephemeral volumes and emptyDirs can be replicated',
  BlockVolume: 'the volume is a raw block device; only file systems can be replicated',
  VolumeNotMounted: 'no container of the pod mounts the volume',
  PodSecurity:
    'access: Elevated is root, which the Pod Security level "restricted" of this namespace refuses; write access: SameUser',
  LimitRange:
    'no resources that an agent can work with fit the LimitRanges of this namespace; raise their max, or that of the pod',
  QuotaExceeded: 'the quota of this namespace has no room for an agent beside the pod; raise it',
};

export interface Refusal {
  readonly replica: string;
  readonly reason: RefusalReason;
}

export interface InjectionDecision {
  readonly agents: readonly AgentPlacement[];
  readonly refusals: readonly Refusal[];
  /** Why there is no agent at all. */
  readonly skipped?: SkipReason;
}

/**
 * Which agents a pod should have. The webhook asks for pods that come, the controller for pods that run; one answer
 * for both, so that a pod is missed exactly when it should have been injected.
 * @param replicas the SyncReplicas of the pod's namespace
 */
export const decideInjection = (
  pod: Pod,
  surroundings: PodSurroundings,
  replicas: readonly ReplicaSource[],
): InjectionDecision => {
  const none = (skipped: SkipReason): InjectionDecision => ({ agents: [], refusals: [], skipped });
  if (surroundings.namespaceLabels[labels.injection] === 'disabled') return none('NamespaceOptedOut');
  if (pod.metadata?.labels?.[labels.inject] === 'false') return none('PodOptedOut');
  if (pod.metadata?.annotations?.['kubernetes.io/config.mirror'] !== undefined) return none('MirrorPod');
  if (pod.spec.os?.name === 'windows' || pod.spec.nodeSelector?.['kubernetes.io/os'] === 'windows')
    return none('WindowsPod');
  if (isReceiver(pod)) return none('OwnReceiver');

  const podName = pod.metadata?.name || surroundings.podName || undefined;
  const agents: AgentPlacement[] = [];
  const refusals: Refusal[] = [];
  for (const replica of [...replicas].sort(byName)) {
    const placed = place(pod, podName, surroundings, replica);
    if (placed === undefined) continue;
    if ('reason' in placed) refusals.push(placed);
    else agents.push(placed);
  }
  if (agents.length > 0) return { agents, refusals };
  return { agents, refusals, skipped: refusals.length > 0 ? 'Refused' : 'NoMatch' };
};

/** Undefined where the SyncReplica doesn't mean this pod. */
const place = (
  pod: Pod,
  podName: string | undefined,
  { namespaceLabels, resources: settings, limits = noLimits }: PodSurroundings,
  replica: ReplicaSource,
): AgentPlacement | Refusal | undefined => {
  const { source, restore = 'Never', agent = {} } = replica.spec;
  const name = replica.metadata.name;
  if (name === undefined || replica.metadata.deletionTimestamp !== undefined) return undefined;
  const refuse = (reason: RefusalReason): Refusal => ({ replica: name, reason });

  const volumes = pod.spec.volumes ?? [];
  let candidates: readonly Volume[];
  if (source.persistentVolumeClaim !== undefined) {
    candidates = volumes.filter((volume) => claimOf(volume, podName) === source.persistentVolumeClaim);
    if (candidates.length === 0) return undefined;
  } else {
    // A selector without a volume, or without a selector at all, must not mean every pod.
    if (source.podSelector === undefined || source.volume === undefined) return undefined;
    if (!matchesLabels(source.podSelector, pod.metadata?.labels)) return undefined;
    candidates = volumes.filter((volume) => volume.name === source.volume);
    if (candidates.length === 0) return refuse('VolumeNotFound');
  }

  const volume = candidates.find((candidate) => userOf(pod, candidate.name) !== undefined) ?? candidates[0];
  if (volume === undefined || !isDataVolume(volume)) return refuse('UnsupportedVolume');
  if (allContainers(pod).some((container) => container.volumeDevices?.some((device) => device.name === volume.name))) {
    return refuse('BlockVolume');
  }
  const user = userOf(pod, volume.name);
  if (user === undefined) return refuse('VolumeNotMounted');
  const access = source.access ?? 'SameUser';
  if (access === 'Elevated' && namespaceLabels[labels.allowElevated] !== 'true') return refuse('ElevatedNotAllowed');
  if (access === 'Elevated' && namespaceLabels['pod-security.kubernetes.io/enforce'] === 'restricted')
    return refuse('PodSecurity');
  const own = allContainers(pod).filter((container) => !isAgentContainer(container.name));
  const resources = settings ? fitResources(agentResources(pod, own, settings, agent.resources), pod, own, limits) : {};
  if (typeof resources === 'string') return refuse(resources);
  const claim = claimNameOf(volume);
  const sourceVolume = claim === undefined ? podName : claimOf(volume, podName);
  return {
    replica: name,
    volume: volume.name,
    claim,
    ...(sourceVolume === undefined ? {} : { sourceVolume }),
    access,
    restore,
    resources,
    ...(agent.extraEnv === undefined ? {} : { extraEnv: agent.extraEnv }),
    user: user.container,
  };
};

const allContainers = (pod: Pod): readonly Container[] => [...pod.spec.containers, ...(pod.spec.initContainers ?? [])];

const byName = (a: ReplicaSource, b: ReplicaSource): number =>
  (a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1;
