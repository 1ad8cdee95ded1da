import { agentContainerName, finalizer, labels } from '../../api/names.ts';
import type { ResolvedSpec } from '../../api/resolved-spec.ts';
import type { ReplicationSettings } from '../../api/settings/replication-settings.ts';
import { presentSettings } from '../desired/agent-secrets.ts';
import { whyNotInPlace } from '../desired/claim-of-target.ts';
import type { DesiredObject } from '../desired/desired-object.ts';
import { desiredObjects } from '../desired/desired-objects.ts';
import type { Material } from '../desired/material.ts';
import { judgeReceiverUser } from '../desired/receivers/receiver-user.ts';
import { claimUidsOf, restoredFromOf, volumeSettings } from '../desired/settings.ts';
import { isApplied } from '../drift.ts';
import { isDeaf } from '../hearing.ts';
import { identityOf } from '../identity.ts';
import { appliedKey, type Now, type Observed, replicaKey } from '../observed.ts';
import { findOwned, type OwnedRef, ownedOf } from '../owned.ts';
import { decidePromotions } from '../promotion/decide-promotions.ts';
import { heartbeatIntervalMs } from '../replica-state.ts';
import type { SourceVerdict, SourceVolume } from '../source-volumes.ts';
import { claimsToDelete, leftoverTargets } from '../states/deletion.ts';
import { moveReplicas, type ReplicaRow } from '../states/replica-rows.ts';
import { type ReplicaView, viewReplicas } from '../states/replica-view.ts';
import type { Finding } from '../status/checks.ts';
import { judgeConditions } from '../status/conditions.ts';
import { judgeServing } from '../status/serving.ts';
import { makeStatus } from '../status/status.ts';
import { tellChanges } from '../status/told/replica-events.ts';
import { findUnheard } from '../status/unheard.ts';
import { findClaimChanges } from './claim-changes.ts';
import { findRestarts } from './find-restarts.ts';
import { findHeldPods } from './held-pods.ts';
import { judgeRolls } from './judge-rolls.ts';
import type { Plan } from './plan.ts';

/** What is known of the source before anything is decided. */
export interface Subject {
  readonly spec: ResolvedSpec;
  readonly source: SourceVerdict;
  readonly volumes: readonly SourceVolume[];
  /** What stands in the way; see `runChecks`. */
  readonly findings: readonly Finding[];
}

/** What is to be done about a SyncReplica that is valid and not being deleted. Pure. */
export const decide = (observed: Observed, subject: Subject, material: Material, now: Now): Plan => {
  const { spec, volumes, findings } = subject;
  const isBlocked = findings.some(({ blocks }) => blocks);
  const promotion = decidePromotions({ observed, spec, volumes, now });
  const notInPlace = spec.targets.flatMap((target) =>
    target.kind === 'managed' && whyNotInPlace(observed, target, volumes) ? target.name : [],
  );
  const views = viewReplicas(observed, spec, volumes, now);
  const withheld = new Set([...promotion.promoted, ...notInPlace]);
  const settings = allSettings(observed, subject, material, views, withheld, now);
  const wanted = new Set(spec.targets.map(({ name }) => name));
  const leftovers = leftoverTargets(observed, wanted);
  const { rows, memory, transitions, refused } = moveReplicas(
    observed,
    views,
    leftovers,
    { deletionPolicy: spec.deletionPolicy, isDeleting: false, promoted: promotion.promoted },
    now,
  );
  const identity = identityOf(observed.replica);
  const all =
    volumes.length === 0
      ? []
      : desiredObjects({
          observed,
          identity,
          spec,
          volumes,
          material,
          settings,
          released: new Set([...promotion.released, ...notInPlace]),
        });
  // Of a blocked one nothing new is made; what its agents and receivers have is kept good.
  const desired = isBlocked
    ? all.filter(
        (one) =>
          (one.resource.plural === 'secrets' || isReleased(one, promotion.released)) && findPresent(observed, one),
      )
    : all;
  const changed = desired.filter(
    (one) =>
      !isApplied(one.object, findOwned(observed, one.resource, one.object.metadata?.name), lastApplied(observed, one)),
  );
  const rolls = judgeRolls({ observed, apply: changed, rows, now });
  const serving = judgeServing(observed, volumes, settings, (pod) => hasAgent(observed, pod));
  const unheard = findUnheard(observed, volumes, now);
  const { condition, promotions } = promotion;
  const verdicts = [
    ...judgeConditions({ observed, spec, volumes, rows, findings, serving, unheard, isDeaf: isDeaf(observed, now) }),
    ...(condition ? [condition] : []),
  ];
  const status = makeStatus({
    replica: observed.replica,
    verdicts,
    rows,
    serving,
    promotions,
    historyReader: material.historyReader,
    wallMs: now.wallMs,
  });
  const before = observed.replica.status;
  return {
    // Who holds an application has to be there to let it go.
    finalizer: (desired.length > 0 || findHeldPods(observed).length > 0) && !hasFinalizer(observed) ? 'set' : 'leave',
    apply: rolls.apply,
    rolls: rolls.rolls,
    prune: leftovers
      .filter((target) => canPrune(rows, target))
      .flatMap((target) => [...ownedOf(observed, target), ...claimsToDelete(observed, target, spec.deletionPolicy)])
      .concat(isBlocked || desired.length === 0 ? [] : findStrays(observed, desired, leftovers)),
    orders: promotion.orders,
    patchClaims: isBlocked ? [] : findClaimChanges(observed, spec, volumes),
    restarts: isBlocked || !observed.settled ? [] : findRestarts(observed, spec),
    settings,
    status: observed.settled ? status : undefined,
    memory: observed.settled ? memory : observed.memory,
    rows: observed.settled ? rows : [],
    transitions: observed.settled ? transitions : [],
    refused,
    // Of what it can't hear it tells nothing.
    events:
      observed.settled && !isDeaf(observed, now)
        ? tellChanges({ transitions, before, after: status, verdicts, rows, memory: observed.memory })
        : [],
    requeueAfterMs: promotion.lookAgainMs ?? nextLookMs(rows, observed.settled, notInPlace.length > 0 || rolls.isHeld),
  };
};

/** A receiver that is to stop does so whatever else stands in the way. */
const isReleased = ({ resource, object }: DesiredObject, released: ReadonlySet<string>): boolean =>
  resource.plural === 'statefulsets' && released.has(object.metadata?.labels?.[labels.target] ?? '');

const hasAgent = ({ pods, replica }: Observed, name: string): boolean =>
  pods
    .find(({ metadata }) => metadata?.name === name)
    ?.spec?.initContainers?.some((one) => one.name === agentContainerName(replica.metadata.name)) === true;

/** What is being deleted tells nothing by itself; a new replica is told of by reports, but for the end of its patience. */
const nextLookMs = (rows: readonly ReplicaRow[], isSettled: boolean, isAwaited: boolean): number | undefined => {
  if (!isSettled || rows.some(({ state }) => state === 'DeletionStarted' || state === 'DeletionSuccessful'))
    return heartbeatIntervalMs / 5;
  // Of one that is alive, and of one that nobody uses, reports and pods tell.
  const isWaitedFor = ({ state, view }: ReplicaRow): boolean =>
    (state === 'New' || state === 'Idle') && view?.alive === false && view.volume.pods.length > 0;
  return isAwaited || rows.some(isWaitedFor) ? heartbeatIntervalMs : undefined;
};

/**
 * What is owned and no longer named: of a target that is not offered to the outside any more, of a volume that is gone, of a
 * name that an earlier version gave. A target that is leaving, or whose names are taken, is left alone.
 */
const findStrays = (
  observed: Observed,
  desired: readonly DesiredObject[],
  leftovers: readonly string[],
): OwnedRef[] => {
  const named = new Set(
    desired.map(({ resource, object }) => appliedKey(resource.plural, object.metadata?.name ?? '')),
  );
  const spared = new Set([...leftovers, ...observed.taken.map(({ target }) => target)].flatMap((one) => one ?? []));
  const kept = new Set([...spared].flatMap((target) => ownedOf(observed, target).map(({ uid }) => uid)));
  return ownedOf(observed).filter(
    ({ resource, name, uid }) => !named.has(appliedKey(resource.plural, name)) && !kept.has(uid),
  );
};

const allSettings = (
  observed: Observed,
  { spec, volumes }: Subject,
  material: Material,
  views: readonly ReplicaView[],
  withheld: ReadonlySet<string>,
  now: Now,
): Map<string, ReplicationSettings> => {
  const question = {
    replica: identityOf(observed.replica),
    annotations: observed.replica.metadata.annotations ?? {},
    spec,
    material,
    externalSecrets: observed.externalSecrets,
    unsettled: new Set(
      spec.targets.flatMap((target) =>
        target.kind === 'managed' && !judgeReceiverUser(observed, target.name, target.managed, volumes).isSettled
          ? target.name
          : [],
      ),
    ),
    controllerEpoch: observed.controllerEpoch,
    withheld,
    claimUids: claimUidsOf(observed),
    restoredFrom: restoredFromOf(observed),
    addresses: observed.config.addresses,
    isCompared: (ordinal: number, target: string) =>
      views.find(({ key }) => key === replicaKey(ordinal, target))?.initialPassDone === true,
    wasCompared: (ordinal: number, target: string) =>
      observed.replica.status?.volumes
        ?.find((volume) => (volume.ordinal ?? 0) === ordinal)
        ?.replicas?.find((row) => row.target === target)?.lastFullPassTime !== undefined,
    volumeCount: volumes.length,
    nowMs: now.wallMs,
  };
  return new Map(
    volumes
      .filter(({ name }) => material.agents.has(name))
      // Of a claim that was not seen yet nobody knows whose data it is; targets would hold those who are told otherwise for another source.
      .filter(
        ({ name, claim }) => claim === undefined || question.claimUids.has(claim) || presentSettings(observed, name),
      )
      .map((volume) => [
        volume.name,
        volumeSettings(volume, { ...question, present: presentSettings(observed, volume.name) }),
      ]),
  );
};

export const hasFinalizer = ({ replica }: Observed): boolean =>
  replica.metadata.finalizers?.includes(finalizer) ?? false;

/** A target's objects go once its replicas were taken offline, never before. */
const canPrune = (rows: readonly ReplicaRow[], target: string): boolean =>
  rows.every((row) => row.target !== target || row.state === 'DeletionStarted' || row.state === 'DeletionIneligible');

const findPresent = (observed: Observed, { resource, object }: DesiredObject) =>
  findOwned(observed, resource, object.metadata?.name);

const lastApplied = ({ applied }: Observed, { resource, object }: DesiredObject) =>
  applied.get(appliedKey(resource.plural, object.metadata?.name ?? ''));
