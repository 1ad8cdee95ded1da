import type { ResolvedSpec } from '../api/resolved-spec.ts';
import type { Pod } from '../cluster/objects.ts';
import { matchesLabels } from '../pods/label-selector.ts';
import { isLive, isReceiver } from '../pods/pod-state.ts';
import { claimOf, isDataVolume } from '../pods/volumes.ts';
import type { Observed } from './observed.ts';

/** One volume being copied. Its ordinal is that of its target claims. */
export interface SourceVolume {
  /** The claim's name, or the pod's for a volume without a claim. */
  readonly name: string;
  readonly ordinal: number;
  /** Absent for a volume without a claim. */
  readonly claim?: string;
  /** Pods that have it now, by name. */
  readonly pods: readonly string[];
}

/** A volume seen before whose pods may be away at the moment. */
export interface RememberedVolume {
  readonly name: string;
  readonly ordinal: number;
}

export type SourceVerdict =
  | { readonly kind: 'found'; readonly volumes: readonly SourceVolume[] }
  | { readonly kind: 'ambiguous' | 'claimNotFound' | 'notFound' | 'noPods'; readonly message: string };

export interface SourceQuestion {
  readonly source: {
    readonly elsewhere?: boolean | undefined;
    readonly persistentVolumeClaim?: string | undefined;
    readonly podSelector?: Parameters<typeof matchesLabels>[0] | undefined;
    readonly volume?: string | undefined;
  };
  /** Pods of the SyncReplica's namespace. */
  readonly pods: readonly Pod[];
  /** Names of the claims of the namespace. */
  readonly claims: ReadonlySet<string>;
  readonly remembered: readonly RememberedVolume[];
}

/**
 * Which volumes a SyncReplica copies. A claim that is named is one volume with ordinal 0, whoever mounts it, and so is what
 * agents elsewhere write. Selected
 * pods give one volume each when one StatefulSet owns them, with their own ordinals; else they must share one.
 * Volumes seen before stay while their claims exist, so that a rollout or a scaled-down source takes nothing away.
 */
export const resolveSource = (question: SourceQuestion): SourceVerdict => {
  const { persistentVolumeClaim: claim, elsewhere } = question.source;
  if (elsewhere) return { kind: 'found', volumes: [{ name: 'elsewhere', ordinal: 0, pods: [] }] };
  return claim === undefined ? resolveSelected(question) : resolveClaim(claim, question);
};

/** The same of what is observed, with the volumes to go on with. */
export const findSource = (
  { pods, claims }: Pick<Observed, 'pods' | 'claims'>,
  { source: asked }: Pick<ResolvedSpec, 'source'>,
  remembered: readonly RememberedVolume[],
): { readonly source: SourceVerdict; readonly volumes: readonly SourceVolume[] } => {
  const known = { pods, claims: new Set(claims.map(({ metadata }) => metadata?.name ?? '')), remembered };
  const source = resolveSource({ source: asked, ...known });
  return { source, volumes: source.kind === 'found' ? source.volumes : keptVolumes(known) };
};

/** While the source can't be found nothing is taken away from what was replicated before, and who has it goes on. */
const keptVolumes = ({ remembered, pods, claims }: Omit<SourceQuestion, 'source'>): SourceVolume[] =>
  remembered.map(({ name, ordinal }) => {
    const isClaim = claims.has(name);
    const users = pods.filter(
      (pod) =>
        isLive(pod) &&
        !isReceiver(pod) &&
        (isClaim ? mountedVolumes(pod).some(({ claim }) => claim === name) : podName(pod) === name),
    );
    return { name, ordinal, ...(isClaim ? { claim: name } : {}), pods: users.map(podName) };
  });

const resolveClaim = (claim: string, { pods, claims }: SourceQuestion): SourceVerdict => {
  // A receiver that has it holds a copy of something else there.
  const having = pods.filter((pod) => isLive(pod) && !isReceiver(pod));
  const users = having.filter((pod) => mountedVolumes(pod).some((mounted) => mounted.claim === claim));
  if (!claims.has(claim)) {
    return {
      kind: 'claimNotFound',
      message: `the claim ${claim} doesn't exist in this namespace; create it, or name one that does`,
    };
  }
  return { kind: 'found', volumes: [{ name: claim, ordinal: 0, claim, pods: users.map(podName) }] };
};

interface Candidate {
  readonly pod: Pod;
  readonly volume: string;
  readonly claim: string | undefined;
}

const resolveSelected = ({ source, pods, claims, remembered }: SourceQuestion): SourceVerdict => {
  const selected = pods
    .filter(isLive)
    .filter((pod) => matchesLabels(source.podSelector ?? {}, pod.metadata?.labels ?? {}));
  const having = selected.flatMap((pod): Candidate[] => {
    const mounted = mountedVolumes(pod).find(({ name }) => name === source.volume);
    return mounted ? [{ pod, volume: mounted.claim ?? podName(pod), claim: mounted.claim }] : [];
  });
  if (having.length === 0 && selected.length > 0) {
    const names = [...new Set(selected.flatMap((pod) => mountedVolumes(pod).map(({ name }) => name)))].sort();
    const instead = names.length > 0 ? `; they have ${names.join(', ')}` : '';
    return { kind: 'notFound', message: `the selected pods have no volume named ${source.volume}${instead}` };
  }
  const current = judgeCandidates(newestRevision(having), source.volume ?? '');
  if (!('volumes' in current)) return current;
  const volumes = withRemembered(current.volumes, remembered, claims);
  if (volumes.length > 0) return { kind: 'found', volumes };
  return { kind: 'noPods', message: 'no pod matches podSelector yet; the replica begins with the first one' };
};

const judgeCandidates = (
  candidates: readonly Candidate[],
  volumeName: string,
): { readonly volumes: readonly SourceVolume[] } | (SourceVerdict & { kind: 'ambiguous' }) => {
  const names = [...new Set(candidates.map(({ volume }) => volume))].sort();
  const owners = [...new Set(candidates.map(({ pod }) => statefulSetOf(pod) ?? ''))];
  const isOneSet = owners.length === 1 && owners[0] !== '';
  if (names.length > 1 && !isOneSet)
    return { kind: 'ambiguous', message: describeAmbiguity(candidates, names, owners, volumeName) };
  const volumes = names.map((name): SourceVolume => {
    const having = candidates.filter(({ volume }) => volume === name);
    const [first] = having as [Candidate];
    // A set whose pods share one claim has one volume, whatever their ordinals.
    const own = [`${volumeName}-${podName(first.pod)}`, `${podName(first.pod)}-${volumeName}`];
    const isOwn = isOneSet && (first.claim === undefined || own.includes(first.claim));
    const ordinal = isOwn || names.length > 1 ? ordinalOf(first.pod) : 0;
    return {
      name,
      ordinal,
      ...(first.claim ? { claim: first.claim } : {}),
      pods: having.map(({ pod }) => podName(pod)),
    };
  });
  return { volumes: volumes.sort((a, b) => a.ordinal - b.ordinal) };
};

const describeAmbiguity = (
  candidates: readonly Candidate[],
  names: readonly string[],
  owners: readonly string[],
  volumeName: string,
): string => {
  const shown = names.length > 4 ? `${names.slice(0, 4).join(', ')} and ${names.length - 4} more` : names.join(', ');
  if (owners.length > 1 && owners.every((owner) => owner !== '')) {
    return `podSelector matches pods of several StatefulSets (${[...owners].sort().join(', ')}); write one SyncReplica for each, with labels that only its pods carry`;
  }
  if (candidates.every(({ claim }) => claim !== undefined)) {
    return `podSelector matches pods with different claims (${shown}); write one SyncReplica for each, with source.persistentVolumeClaim`;
  }
  return `${candidates.length} selected pods each have a ${volumeName} volume of their own (${shown}); select one pod, or have them mount one claim, or run them as a StatefulSet`;
};

/** During a rollout the old and the new pods of a Deployment overlap: the newest ReplicaSet's count. */
const newestRevision = (candidates: readonly Candidate[]): readonly Candidate[] => {
  const revisions = new Set(candidates.map(({ pod }) => replicaSetOf(pod)));
  if (revisions.size <= 1 || revisions.has(undefined)) return candidates;
  const deployments = new Set([...revisions].map((name) => name?.replace(/-[a-z0-9]+$/, '')));
  if (deployments.size > 1) return candidates;
  const newest = [...candidates].sort((a, b) => createdAt(b.pod) - createdAt(a.pod))[0];
  return candidates.filter(({ pod }) => newest && replicaSetOf(pod) === replicaSetOf(newest.pod));
};

const withRemembered = (
  current: readonly SourceVolume[],
  remembered: readonly RememberedVolume[],
  claims: ReadonlySet<string>,
): SourceVolume[] => {
  const taken = new Set(current.map(({ ordinal }) => ordinal));
  const names = new Set(current.map(({ name }) => name));
  const away = remembered
    .filter(({ name, ordinal }) => !taken.has(ordinal) && !names.has(name))
    .filter(({ name }) => current.length === 0 || claims.has(name))
    .map(({ name, ordinal }) => ({ name, ordinal, ...(claims.has(name) ? { claim: name } : {}), pods: [] }));
  return [...current, ...away].sort((a, b) => a.ordinal - b.ordinal);
};

/** The volumes of a pod that hold an application's data, and the claims behind them. */
interface MountedVolume {
  readonly name: string;
  readonly claim: string | undefined;
}

const mountedVolumes = (pod: Pod): MountedVolume[] =>
  (pod.spec?.volumes ?? [])
    .filter(isDataVolume)
    .map((volume) => ({ name: volume.name, claim: claimOf(volume, podName(pod)) }));

const podName = (pod: Pod): string => pod.metadata?.name ?? '';
const createdAt = (pod: Pod): number => Date.parse(pod.metadata?.creationTimestamp ?? '') || 0;
const controllerOf = (pod: Pod, kind: string): string | undefined =>
  pod.metadata?.ownerReferences?.find((owner) => owner.controller === true && owner.kind === kind)?.name;
const statefulSetOf = (pod: Pod): string | undefined => controllerOf(pod, 'StatefulSet');
const replicaSetOf = (pod: Pod): string | undefined => controllerOf(pod, 'ReplicaSet');
const ordinalOf = (pod: Pod): number => Number(/-(\d+)$/.exec(podName(pod))?.[1] ?? 0);
