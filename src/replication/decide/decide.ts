import {
  agentSecretName,
  finalizer,
  receiverClaimName,
  receiverName,
  settingsKey,
  writerSecretName,
} from '../../api/names.ts';
import { parseQuantity } from '../../api/quantity.ts';
import type { ReplicationSettings } from '../../api/replication-settings.ts';
import type { ResolvedSpec } from '../../api/resolved-spec.ts';
import { type DesiredObject, desiredObjects } from '../desired/desired-objects.ts';
import type { Material } from '../desired/material.ts';
import { isPublic } from '../desired/receiver-services.ts';
import { parseSettings, volumeSettings } from '../desired/settings.ts';
import { isApplied } from '../drift.ts';
import { appliedKey, type Now, type Observed } from '../observed.ts';
import { findOwned, type OwnedRef, ownedOf } from '../owned.ts';
import { heartbeatIntervalMs } from '../replica-state.ts';
import { decodeSecret } from '../secret-data.ts';
import type { SourceVerdict, SourceVolume } from '../source-volumes.ts';
import { claimsToDelete, leftoverTargets } from '../states/deletion.ts';
import { moveReplicas, type ReplicaRow } from '../states/replica-rows.ts';
import { viewReplicas } from '../states/replica-view.ts';
import { runChecks } from '../status/checks.ts';
import { judgeConditions } from '../status/conditions.ts';
import { tellChanges } from '../status/replica-events.ts';
import { makeStatus } from '../status/status.ts';
import type { ClaimGrowth, Plan } from './plan.ts';

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
    apply: desired.filter(
      (one) =>
        !isApplied(
          one.object,
          findOwned(observed, one.resource, one.object.metadata?.name),
          lastApplied(observed, one),
        ),
    ),
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

const lastApplied = ({ applied }: Observed, { resource, object }: DesiredObject) =>
  applied.get(appliedKey(resource.plural, object.metadata?.name ?? ''));

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
