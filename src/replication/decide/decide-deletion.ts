import { settingsKey } from '../../api/names.ts';
import type { ReplicationSettings } from '../../api/settings/replication-settings.ts';
import type { Secret } from '../../cluster/objects.ts';
import { secrets } from '../../cluster/resources.ts';
import { findAgentSecrets, presentSettings, rememberedVolumes } from '../desired/agent-secrets.ts';
import { type DesiredObject, desired } from '../desired/desired-object.ts';
import { isApplied } from '../drift.ts';
import { identityOf } from '../identity.ts';
import type { Now, Observed } from '../observed.ts';
import { ownedOf } from '../owned.ts';
import { decodeSecret, encodeSecret } from '../secret-data.ts';
import { claimsToDelete, leftoverTargets } from '../states/deletion.ts';
import { moveReplicas } from '../states/replica-rows.ts';
import { makeStatus } from '../status/status.ts';
import { hasFinalizer } from './decide.ts';
import { findHeldPods, findReleasedPods, findUnheardPods, releaseSecret, toldBy } from './held-pods.ts';
import type { Plan } from './plan.ts';

/** An agent that was told of its end, and says for so long not that it has heard of it, is not waited for, ms: a kubelet brings a Secret within 90 s. */
const stopLimitMs = 120_000;

/**
 * What is to be done about a SyncReplica that is being deleted: its agents stop first, then its targets go as the
 * policy says, and the finalizer last. Needs no valid spec. Pure.
 */
export const decideDeletion = (observed: Observed, now: Now): Plan => {
  const { replica } = observed;
  const policy = replica.spec?.deletionPolicy === 'Delete' ? 'Delete' : 'Retain';
  const stopped = stoppedSettings(observed, now.wallMs);
  const held = findHeldPods(observed);
  const isStopped = haveStopped(observed, stopped) || now.wallMs - toldAt(observed, held.length > 0) > stopLimitMs;
  const targets = leftoverTargets(observed, new Set());
  const { rows, memory, transitions, refused } = moveReplicas(
    observed,
    [],
    targets,
    { deletionPolicy: policy, isDeleting: true, promoted: new Set() },
    now,
  );
  const isDone = isStopped && rows.length === 0;
  const status = makeStatus({
    replica,
    verdicts: [
      {
        type: 'Ready',
        status: 'False',
        reason: 'Deleting',
        message: [describe(isStopped, rows.length, policy), observed.refusedApply].filter(Boolean).join('; '),
      },
    ],
    rows,
    wallMs: now.wallMs,
  });
  return {
    finalizer: isDone && hasFinalizer(observed) ? 'remove' : 'leave',
    apply: isStopped
      ? []
      : findAgentSecrets(observed)
          .flatMap((secret) => {
            const stop = stopSecret(secret, stopped);
            return isApplied(stop.object, secret) ? [] : [stop];
          })
          .concat(held.map((pod) => releaseSecret(identityOf(observed.replica), pod, now.wallMs))),
    prune: isStopped
      ? [
          ...ownedOf(observed).filter(({ uid }) => !isReadYet(observed, uid)),
          ...targets.flatMap((target) => claimsToDelete(observed, target, policy)),
        ]
      : [],
    rolls: [],
    orders: [],
    patchClaims: [],
    restarts: [],
    settings: stopped,
    status: isDone ? undefined : status,
    memory: isStopped ? memory : observed.memory,
    rows: isStopped ? rows : [],
    transitions: isStopped ? transitions : [],
    refused: isStopped ? refused : [],
    events: [],
    requeueAfterMs: isDone ? undefined : 1_000,
  };
};

/** What agents had, without any target: they go on watching nothing until their pods end. The generation says when they were told. */
const stoppedSettings = (observed: Observed, nowMs: number): Map<string, ReplicationSettings> =>
  new Map(
    rememberedVolumes(observed).flatMap(({ name }): [string, ReplicationSettings][] => {
      const settings = presentSettings(observed, name);
      if (!settings) return [];
      if (settings.targets.length === 0) return [[name, settings]];
      const generation = Math.max(settings.generation + 1, Math.floor(nowMs / 1_000));
      return [[name, { ...settings, targets: [], generation }]];
    }),
  );

const stopSecret = (secret: Secret, stopped: ReadonlyMap<string, ReplicationSettings>): DesiredObject => {
  const present = decodeSecret(secret);
  const told = [...stopped].filter(([volume]) => present[settingsKey(volume)] !== undefined);
  const texts = {
    ...present,
    ...Object.fromEntries(told.map(([volume, settings]) => [settingsKey(volume), JSON.stringify(settings)])),
  };
  const { name, namespace, labels, ownerReferences, annotations } = secret.metadata ?? {};
  const kept = Object.fromEntries(Object.entries(annotations ?? {}).filter(([key]) => key.endsWith('/volumes')));
  return desired(secrets, {
    metadata: { name, namespace, labels, ownerReferences, annotations: kept } as never,
    type: 'Opaque',
    data: encodeSecret(texts),
  } satisfies Secret);
};

/**
 * Since when all that agents and held pods read says that it is over, wall clock, ms. The operator may have been away when the
 * end was asked for; only what can't be written is waited for from then on.
 */
const toldAt = (observed: Observed, isAnyHeld: boolean): number => {
  const said = rememberedVolumes(observed).flatMap(({ name }) => presentSettings(observed, name) ?? []);
  const isTold = !isAnyHeld && said.every(({ targets }) => targets.length === 0);
  const askedAt = Date.parse(observed.replica.metadata.deletionTimestamp ?? '');
  if (!isTold) return observed.refusedApply === undefined ? Infinity : askedAt;
  const released = findReleasedPods(observed).map((pod) =>
    Date.parse(toldBy(observed, pod)?.metadata?.creationTimestamp ?? ''),
  );
  return Math.max(askedAt, ...said.map(({ generation }) => generation * 1_000), ...released.filter(Number.isFinite));
};

/** It lets an application go, and goes with its owner. */
const isReadYet = (observed: Observed, uid: string | undefined): boolean =>
  findReleasedPods(observed).some((pod) => toldBy(observed, pod)?.metadata?.uid === uid);

/** Every agent has the settings without targets, as far as there are some that have begun; and none waits to be told. */
const haveStopped = (observed: Observed, stopped: ReadonlyMap<string, ReplicationSettings>): boolean => {
  if ([findHeldPods, findReleasedPods, findUnheardPods].some((find) => find(observed).length > 0)) return false;
  const newest = Math.max(0, ...[...stopped.values()].map(({ generation }) => generation));
  return [...observed.agents.values()].every(
    ({ status }) =>
      status.generation >= newest || [...stopped.values()].some(({ generation }) => generation === status.generation),
  );
};

const describe = (isStopped: boolean, left: number, policy: 'Retain' | 'Delete'): string => {
  if (!isStopped) return 'its agents are being told to stop';
  const claims = policy === 'Delete' ? 'with their claims' : 'and their claims stay';
  return `${left} replicas are being removed, ${claims}`;
};
