import type { ConditionReason } from '../../api/conditions.ts';
import { labels, receiverClaimTemplate, receiverName } from '../../api/names.ts';
import type { ResolvedSpec } from '../../api/resolved-spec.ts';
import { parseQuantity } from '../../api/units/quantity.ts';
import type { Pod } from '../../cluster/objects.ts';
import { unpulledImage } from '../../pods/pull-problem.ts';
import { rememberedVolumes } from '../desired/agent-secrets.ts';
import { whyNotInPlace } from '../desired/claim-of-target.ts';
import { externalProblems, hookProblem } from '../desired/settings.ts';
import type { Observed } from '../observed.ts';
import type { SourceVerdict } from '../source-volumes.ts';

export interface CheckContext {
  readonly observed: Observed;
  readonly spec: ResolvedSpec;
  readonly source: SourceVerdict;
}

/** What stands in the way. `blocks` says that nothing new is made until it is gone; what exists stays. */
export interface Finding {
  readonly reason: ConditionReason;
  readonly message: string;
  readonly blocks: boolean;
  /** Nothing is amiss: it has not begun, and does once this is there. */
  readonly waits?: true;
}

interface Check {
  readonly name: string;
  find(context: CheckContext): Finding | undefined;
}

const blocking = (reason: ConditionReason, message: string): Finding => ({ reason, message, blocks: true });
const noticed = (reason: ConditionReason, message: string): Finding => ({ reason, message, blocks: false });

/** In the order in which a person would mend them: the first finding is the reason of Ready=False. */
export const checks: readonly Check[] = [
  {
    name: 'source is one volume, or one for each pod of a StatefulSet',
    find: ({ source }) => (source.kind === 'ambiguous' ? blocking('AmbiguousSource', source.message) : undefined),
  },
  {
    name: 'an external target has one volume to keep',
    find: ({ spec, source }) => {
      const target = spec.targets.find(({ kind }) => kind !== 'managed');
      if (!target || source.kind !== 'found' || source.volumes.length < 2) return undefined;
      const names = source.volumes.map(({ name }) => name);
      const shown =
        names.length > 3 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ');
      return noticed(
        'AmbiguousSource',
        `target ${target.name} is one place, and the source has ${names.length} volumes (${shown}); write a managed target, or one SyncReplica for each claim, with source.persistentVolumeClaim and a ${target.kind === 'ssh' ? 'path' : 'module'} of its own`,
      );
    },
  },
  {
    name: 'readers copy one volume',
    find: ({ spec, source }) => {
      const target = spec.targets.find((one) => one.kind === 'managed' && one.readers);
      if (!target || source.kind !== 'found' || source.volumes.length < 2) return undefined;
      return noticed(
        'AmbiguousSource',
        `target ${target.name} has readers, and the source has ${source.volumes.length} volumes, which they can't tell apart; write one SyncReplica for each claim, with source.persistentVolumeClaim`,
      );
    },
  },
  {
    name: 'Elevated access is allowed by the namespace',
    find: ({ observed, spec }) => {
      if (observed.namespaceLabels[labels.allowElevated] === 'true') return undefined;
      const where = elevatedFields(spec);
      if (where.length === 0) return undefined;
      return blocking(
        'ElevatedNotAllowed',
        `${where.join(' and ')} is Elevated, which this namespace doesn't allow; write SameUser, or have an administrator label the namespace ${labels.allowElevated}=true`,
      );
    },
  },
  {
    name: 'source claim exists',
    find: ({ observed, source }) => {
      if (source.kind !== 'claimNotFound') return undefined;
      const finding = noticed('ClaimNotFound', source.message);
      // What applies in waves may bring it with the pods, after what waits for this one to be Ready.
      return rememberedVolumes(observed).length > 0 ? finding : { ...finding, waits: true };
    },
  },
  {
    name: 'selected pods have the volume',
    find: ({ source }) => (source.kind === 'notFound' ? noticed('SourceNotFound', source.message) : undefined),
  },
  { name: 'storage classes exist', find: findStorageClass },
  {
    name: 'existing claims are free to be targets',
    find: ({ observed, spec, source }) => {
      const volumes = source.kind === 'found' ? source.volumes : [];
      const [found] = spec.targets.flatMap((target) =>
        target.kind === 'managed' ? (whyNotInPlace(observed, target, volumes) ?? []) : [],
      );
      return found && noticed(found.reason, found.message);
    },
  },
  {
    name: 'external targets are where they may be, and their Secrets complete',
    find: ({ observed, spec }) => {
      const [problem] = externalProblems(spec, observed.externalSecrets, observed.config.addresses);
      return problem && noticed(problem.reason, `target ${problem.target}: ${problem.message}`);
    },
  },
  {
    name: 'Secrets of hooks are there',
    find: ({ observed, spec }) => {
      const problem = hookProblem(spec, observed.externalSecrets);
      return problem && noticed('SecretNotFound', problem.message);
    },
  },
  {
    name: 'names are free',
    find: ({ observed }) => {
      const [taken] = observed.taken;
      if (!taken) return undefined;
      const { resource, name, target } = taken;
      const message = `${target === undefined ? '' : `target ${target}: `}the ${resource.kind} ${name} is there and is not of this SyncReplica; ${target === undefined ? 'rename the SyncReplica' : 'rename the target'}, or delete that ${resource.kind}`;
      return target === undefined ? blocking('NameTaken', message) : noticed('NameTaken', message);
    },
  },
  {
    name: 'the API server takes what is applied',
    find: ({ observed }) => (observed.refusedApply ? noticed('ApplyRefused', observed.refusedApply) : undefined),
  },
  { name: 'claims are as the spec says', find: findChangedClaim },
  { name: 'claims are not to shrink', find: findShrunkClaim },
  { name: 'images can be pulled', find: findImageProblem },
];

/** All findings, in order; those that block first of all. */
export const runChecks = (context: CheckContext): readonly Finding[] =>
  checks.flatMap((check) => check.find(context) ?? []);

const elevatedFields = (spec: ResolvedSpec): string[] => [
  ...(spec.source.access === 'Elevated' ? ['spec.source.access'] : []),
  ...spec.targets.flatMap((target, index) =>
    target.kind === 'managed' && target.managed.access === 'Elevated' ? [`spec.targets[${index}].managed.access`] : [],
  ),
];

function findStorageClass({ observed, spec }: CheckContext): Finding | undefined {
  const { names, default: fallback } = observed.storageClasses;
  for (const target of spec.targets) {
    if (target.kind !== 'managed' || target.managed.claimName !== undefined) continue;
    const name = target.managed.storageClassName;
    if (name === undefined && fallback === undefined) {
      return noticed(
        'StorageClassNotFound',
        `target ${target.name}: the cluster has no default StorageClass; write managed.storageClassName (${list(names)})`,
      );
    }
    if (name !== undefined && name !== '' && !names.has(name)) {
      return noticed(
        'StorageClassNotFound',
        `target ${target.name}: the StorageClass ${name} doesn't exist; create it, or write one that does (${list(names)})`,
      );
    }
  }
  return undefined;
}

/** A claim keeps its class and modes for life; only its size can grow. */
function findChangedClaim({ observed, spec }: CheckContext): Finding | undefined {
  for (const target of spec.targets) {
    if (target.kind !== 'managed') continue;
    const name = receiverName(observed.replica.metadata.name, target.name);
    const set = observed.owned.statefulSets.find((one) => one.metadata?.name === name);
    const template = set?.spec?.volumeClaimTemplates?.[0]?.spec;
    const hadOne = set?.spec?.template.spec?.volumes?.some((volume) => volume.persistentVolumeClaim) === true;
    if (set && (target.managed.claimName === undefined ? hadOne : template !== undefined))
      return noticed(
        'ApplyRefused',
        `target ${target.name}: claims of its own and an existing one can't take each other's place; add a target with another name, and remove this one when that is in sync`,
      );
    if (!template) continue;
    const isOtherClass =
      template.storageClassName !== undefined &&
      target.managed.storageClassName !== undefined &&
      template.storageClassName !== target.managed.storageClassName;
    const isOtherMode =
      [...(template.accessModes ?? [])].sort().join() !== [...target.managed.accessModes].sort().join();
    if (isOtherClass || isOtherMode) {
      return noticed(
        'ApplyRefused',
        `target ${target.name}: ${isOtherClass ? 'the StorageClass' : 'the access modes'} of claims that exist can't change; add a target with another name, and remove this one when that is in sync`,
      );
    }
  }
  return undefined;
}

/** A claim can grow and never shrink: less is not accepted and then ignored. */
function findShrunkClaim({ observed, spec }: CheckContext): Finding | undefined {
  for (const target of spec.targets) {
    if (target.kind !== 'managed' || target.managed.storage === undefined) continue;
    const set = receiverName(observed.replica.metadata.name, target.name);
    const wanted = parseQuantity(target.managed.storage) ?? 0;
    for (const { metadata, spec: claim } of observed.claims) {
      const size = claim?.resources?.requests?.storage;
      const isOfTarget = metadata?.name?.replace(/-\d+$/, '') === `${receiverClaimTemplate}-${set}`;
      if (!isOfTarget || size === undefined || (parseQuantity(size) ?? 0) <= wanted) continue;
      return noticed(
        'ApplyRefused',
        `target ${target.name}: the claim ${metadata?.name} has ${size} and can't shrink to ${target.managed.storage}; write storage: ${size}, or add a target with another name and remove this one when that is in sync`,
      );
    }
  }
  return undefined;
}

function findImageProblem({ observed }: CheckContext): Finding | undefined {
  for (const pod of concernedPods(observed)) {
    const image = unpulledImage(pod);
    if (image === undefined) continue;
    const missing = observed.missingPullSecrets;
    const todo =
      missing.length === 0
        ? 'look at its events, and give the operator an image and pull secrets that the nodes can use'
        : `the nodes are to pull it with ${missing.join(' and ')}, which this namespace does not have: make ${missing.length === 1 ? 'that Secret' : 'those Secrets'} here (type kubernetes.io/dockerconfigjson)`;
    return noticed('ImagePullFailed', `the image ${image} can't be pulled for pod ${pod.metadata?.name}; ${todo}`);
  }
  return undefined;
}

const concernedPods = (observed: Observed): readonly Pod[] => {
  const receivers = new Set(observed.owned.statefulSets.map((set) => set.metadata?.name));
  return observed.pods.filter(
    (pod) =>
      pod.metadata?.labels?.[labels.injected] === 'true' ||
      pod.metadata?.ownerReferences?.some((owner) => owner.kind === 'StatefulSet' && receivers.has(owner.name)),
  );
};

const list = (names: ReadonlySet<string>): string =>
  names.size > 0 ? `there are ${[...names].sort().join(', ')}` : 'there is none';
