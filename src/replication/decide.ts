import {
  agentSecretName,
  finalizer,
  labels,
  receiverClaimName,
  receiverName,
  settingsKey,
  writerSecretName,
} from '../api/names.ts';
import { parseQuantity } from '../api/quantity.ts';
import type { ReplicationSettings } from '../api/replication-settings.ts';
import type { ResolvedSpec } from '../api/resolved-spec.ts';
import type { KubeObject } from '../cluster/objects.ts';
import {
  disruptionBudgets,
  networkPolicies,
  type Resource,
  secrets,
  serviceAccounts,
  services,
  statefulSets,
} from '../cluster/resources.ts';
import { runChecks } from './checks.ts';
import { judgeConditions } from './conditions.ts';
import { claimsToDelete, leftoverTargets } from './deletion.ts';
import { isPublic } from './desired/receiver-services.ts';
import { type DesiredObject, desiredObjects } from './desired-objects.ts';
import { isApplied } from './drift.ts';
import type { Material } from './material.ts';
import { appliedKey, type Now, type Observed } from './observed.ts';
import type { OwnedRef } from './owned-ref.ts';
import type { ClaimGrowth, Plan } from './plan.ts';
import { tellChanges } from './replica-events.ts';
import { moveReplicas, type ReplicaRow } from './replica-rows.ts';
import { heartbeatIntervalMs } from './replica-state.ts';
import { viewReplicas } from './replica-view.ts';
import { decodeSecret } from './secret-data.ts';
import { parseSettings, volumeSettings } from './settings.ts';
import type { SourceVerdict, SourceVolume } from './source-volumes.ts';
import { makeStatus } from './status.ts';

/** What is known of the source before anything is decided. */
export interface Subject {
  readonly spec: ResolvedSpec;
  readonly source: SourceVerdict;
  readonly volumes: readonly SourceVolume[];
}

/** What is to be done about a SyncReplica that is valid and not being deleted. Pure. */
export const decide = (observed: Observed, subject: Subject, material: Material, now: Now): Plan => {
  const { spec, source, volumes } = subject;
  const findings = runChecks({ observed, spec, source });
  const isBlocked = findings.some(({ blocks }) => blocks);
  const settings = isBlocked ? new Map() : allSettings(observed, subject, material, now);
  const wanted = new Set(spec.targets.map(({ name }) => name));
  const leftovers = leftoverTargets(observed, wanted);
  const views = viewReplicas(observed, spec, volumes, now);
  const { rows, memory, transitions, refused } = moveReplicas(
    observed,
    views,
    leftovers,
    spec.deletionPolicy,
    false,
    now,
  );
  const identity = identityOf(observed);
  const desired =
    isBlocked || volumes.length === 0 ? [] : desiredObjects({ observed, identity, spec, volumes, material, settings });
  const verdicts = judgeConditions({ observed, spec, volumes, rows, findings });
  const status = makeStatus({ replica: observed.replica, verdicts, rows, wallMs: now.wallMs });
  const before = observed.replica.status;
  return {
    finalizer: desired.length > 0 && !hasFinalizer(observed) ? 'set' : 'leave',
    apply: desired.filter((one) => !isApplied(one.object, findOwned(observed, one), lastApplied(observed, one))),
    prune: leftovers
      .filter((target) => canPrune(rows, target))
      .flatMap((target) => [...ownedOf(observed, target), ...claimsToDelete(observed, target, spec.deletionPolicy)])
      .concat(withdrawnWriters(observed, spec)),
    growClaims: isBlocked ? [] : claimsToGrow(observed, spec),
    settings,
    status: observed.settled ? status : undefined,
    memory: observed.settled ? memory : observed.memory,
    rows: observed.settled ? rows : [],
    transitions: observed.settled ? transitions : [],
    refused,
    events: observed.settled
      ? tellChanges({ transitions, before, after: status, verdicts, rows, memory: observed.memory })
      : [],
    requeueAfterMs: isWaiting(rows) || !observed.settled ? heartbeatIntervalMs / 5 : undefined,
  };
};

/** Replicas on their way somewhere are looked at often; the others change by what is reported. */
const isWaiting = (rows: readonly ReplicaRow[]): boolean =>
  rows.some(({ state }) => state !== 'Online' && state !== 'Offline' && state !== 'DeletionIneligible');

/** A target that is no longer offered to the outside takes back what was made for agents there. */
const withdrawnWriters = (observed: Observed, spec: ResolvedSpec): OwnedRef[] => {
  const names = spec.targets.flatMap((target) =>
    target.kind === 'managed' && !isPublic(target.managed.service)
      ? [writerSecretName(observed.replica.metadata.name, target.name)]
      : [],
  );
  return ownedOf(observed).filter(({ resource, name }) => resource.plural === 'secrets' && names.includes(name));
};

const allSettings = (
  observed: Observed,
  { spec, volumes }: Subject,
  material: Material,
  now: Now,
): Map<string, ReplicationSettings> => {
  const texts = decodeSecret(findAgentSecret(observed));
  const question = {
    replica: identityOf(observed),
    annotations: observed.replica.metadata.annotations ?? {},
    spec,
    material,
    externalSecrets: observed.externalSecrets,
    controllerEpoch: observed.controllerEpoch,
    volumeCount: volumes.length,
    nowMs: now.wallMs,
  };
  return new Map(
    volumes.map((volume) => [
      volume.name,
      volumeSettings(volume, { ...question, present: parseSettings(texts[settingsKey(volume.name)]) }),
    ]),
  );
};

export const identityOf = ({ replica }: Observed): { namespace: string; name: string; uid: string } => ({
  namespace: replica.metadata.namespace,
  name: replica.metadata.name,
  uid: replica.metadata.uid ?? '',
});

export const hasFinalizer = ({ replica }: Observed): boolean =>
  replica.metadata.finalizers?.includes(finalizer) ?? false;

export const findAgentSecret = ({ owned, replica }: Observed) =>
  owned.secrets.find((secret) => secret.metadata?.name === agentSecretName(replica.metadata.name));

/** A target's objects go once its replicas were taken offline, never before. */
const canPrune = (rows: readonly ReplicaRow[], target: string): boolean =>
  rows.every((row) => row.target !== target || row.state === 'DeletionStarted' || row.state === 'DeletionIneligible');

/** The receiver itself goes first, so that nothing it needs is taken from under it. */
const pruneOrder = [
  statefulSets,
  services,
  disruptionBudgets,
  networkPolicies,
  serviceAccounts,
  secrets,
] as readonly Resource<KubeObject>[];

const collection = ({ owned }: Observed, resource: Resource<KubeObject>): readonly KubeObject[] => {
  switch (resource) {
    case statefulSets as Resource<KubeObject>:
      return owned.statefulSets as readonly KubeObject[];
    case services as Resource<KubeObject>:
      return owned.services as readonly KubeObject[];
    case disruptionBudgets as Resource<KubeObject>:
      return owned.disruptionBudgets as readonly KubeObject[];
    case networkPolicies as Resource<KubeObject>:
      return owned.networkPolicies as readonly KubeObject[];
    case serviceAccounts as Resource<KubeObject>:
      return owned.serviceAccounts as readonly KubeObject[];
    default:
      return owned.secrets as readonly KubeObject[];
  }
};

/** What is owned for one target, or for all of them and the agents. */
export const ownedOf = (observed: Observed, target?: string): OwnedRef[] =>
  pruneOrder.flatMap((resource) =>
    collection(observed, resource)
      .filter((object) => target === undefined || object.metadata?.labels?.[labels.target] === target)
      .filter((object) => object.metadata?.deletionTimestamp === undefined)
      .map((object) => ({ resource, name: object.metadata?.name ?? '', uid: object.metadata?.uid })),
  );

const lastApplied = ({ applied }: Observed, { resource, object }: DesiredObject) =>
  applied.get(appliedKey(resource.plural, object.metadata?.name ?? ''));

const findOwned = (observed: Observed, { resource, object }: DesiredObject): KubeObject | undefined =>
  collection(observed, resource).find(({ metadata }) => metadata?.name === object.metadata?.name);

/** A StatefulSet's claim template can't change, but its claims can grow. */
const claimsToGrow = (observed: Observed, spec: ResolvedSpec): ClaimGrowth[] =>
  spec.targets.flatMap((target): ClaimGrowth[] => {
    if (target.kind !== 'managed') return [];
    const { storage } = target.managed;
    const set = observed.owned.statefulSets.find(
      ({ metadata }) => metadata?.name === receiverName(observed.replica.metadata.name, target.name),
    );
    return Array.from({ length: set?.spec?.replicas ?? 0 }, (_, ordinal) =>
      receiverClaimName(observed.replica.metadata.name, target.name, ordinal),
    ).flatMap((claim): ClaimGrowth[] => {
      const found = observed.claims.find(({ metadata }) => metadata?.name === claim);
      // An apiserver lets only a bound claim grow.
      const present = found?.status?.phase === 'Bound' ? found.spec?.resources?.requests?.storage : undefined;
      const isSmaller = present !== undefined && (parseQuantity(present) ?? 0) < (parseQuantity(storage) ?? 0);
      return isSmaller ? [{ claim, storage }] : [];
    });
  });
