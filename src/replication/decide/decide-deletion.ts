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
import { findHeldPods, releaseSecret } from './held-pods.ts';
import type { Plan } from './plan.ts';

/** An agent that hears of its end from neither the push nor its Secret for this long is not waited for, ms. */
const stopLimitMs = 90_000;

/**
 * What is to be done about a SyncReplica that is being deleted: its agents stop first, then its targets go as the
 * policy says, and the finalizer last. Needs no valid spec. Pure.
 */
export const decideDeletion = (observed: Observed, now: Now): Plan => {
  const { replica } = observed;
  const policy = replica.spec?.deletionPolicy === 'Delete' ? 'Delete' : 'Retain';
  const stopped = stoppedSettings(observed);
  const held = findHeldPods(observed);
  const isStopped =
    (haveStopped(observed, stopped) && held.length === 0) ||
    now.wallMs - Date.parse(replica.metadata.deletionTimestamp ?? '') > stopLimitMs;
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
      ? [...ownedOf(observed), ...targets.flatMap((target) => claimsToDelete(observed, target, policy))]
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

/** What agents had, without any target: they go on watching nothing until their pods end. */
const stoppedSettings = (observed: Observed): Map<string, ReplicationSettings> =>
  new Map(
    rememberedVolumes(observed).flatMap(({ name }): [string, ReplicationSettings][] => {
      const settings = presentSettings(observed, name);
      if (!settings) return [];
      if (settings.targets.length === 0) return [[name, settings]];
      return [[name, { ...settings, targets: [], generation: settings.generation + 1 }]];
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

/** Every agent that reports has the settings without targets. */
const haveStopped = (observed: Observed, stopped: ReadonlyMap<string, ReplicationSettings>): boolean => {
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
