import { finalizer } from '../../api/names.ts';
import { parseStoredSyncReplica } from '../../api/parse.ts';
import { describeProblem } from '../../api/rules/problem.ts';
import type { SyncReplica } from '../../api/schema/syncreplica.generated.ts';
import type { ReplicationSettings } from '../../api/settings/replication-settings.ts';
import { ownerKey } from '../../caches/caches.ts';
import type { EventEmitter } from '../../cluster/event-emitter.ts';
import type { Clock } from '../../process/clock.ts';
import type { Logger } from '../../process/log/logger.ts';
import type { ReconcileResult } from '../../runtime/loop.ts';
import type { OverlapTiming } from '../../trust/generations.ts';
import { decide } from '../decide/decide.ts';
import { decideDeletion } from '../decide/decide-deletion.ts';
import { decideNothing } from '../decide/decide-invalid.ts';
import type { Plan } from '../decide/plan.ts';
import { rememberedVolumes } from '../desired/agent-secrets.ts';
import type { Material } from '../desired/material.ts';
import type { Now, Observed } from '../observed.ts';
import { isRolling } from '../rolling.ts';
import { findSource, type SourceVolume } from '../source-volumes.ts';
import { runChecks } from '../status/checks.ts';
import { figuresIntervalMs } from '../status/status.ts';
import { carryOut, sayFailure } from './carry-out.ts';
import { findTaken, keepTaken } from './find-taken.ts';
import { makeMaterial } from './make-material.ts';
import { namedSecrets, type ObserveOptions, observe } from './observe.ts';
import { type OrderOptions, orderReceivers } from './order-receivers.ts';
import { newRecord, type ReplicaRecord, type ToldSettings } from './record.ts';
import type { ReplicationMetrics } from './replication-metrics.ts';
import { tellPlan } from './tell-plan.ts';
import { createTurns, lookAfterMs } from './turns.ts';

export interface ControllerOptions extends ObserveOptions, Pick<OrderOptions, 'nudge'> {
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly emitter: EventEmitter;
  readonly metrics: ReplicationMetrics;
  readonly leafLifeMs: number;
  readonly credentialTiming: OverlapTiming;
}

export interface Controller {
  /** One look at the SyncReplica `namespace/name`. Throws ClusterError for what is to be tried again. */
  reconcile(key: string): Promise<ReconcileResult>;
  /** What is remembered of a SyncReplica; undefined for one that was not looked at. */
  record(key: string): ReplicaRecord | undefined;
  /** Those that waited to replace receivers and may, since others are done. */
  nextTurns(): readonly string[];
}

/** Everything is looked at again after this, ms, with a jitter: what no event tells is found then. */
const resyncMs = 5 * 60_000;
/** The least time between two restarts of workloads, ms. */
const restartEveryMs = 10_000;
/** An upgrade ends within the time of some twenty restarts, and stops at the first few where receivers don't come up. */
const rollsAtATime = (replicas: number): number => Math.max(5, Math.ceil(replicas / 20));
/** A Secret of the user's is not watched; one that an external target names is read again this often, ms. */
const externalResyncMs = 30_000;

export const createController = (options: ControllerOptions): Controller => {
  const { caches, clock, logger, metrics } = options;
  const records = new Map<string, ReplicaRecord>();
  let restartedAt = -Infinity;
  const turns = createTurns({
    busy: () => caches.statefulSets.list().flatMap((set) => (isRolling(set) ? (ownerKey(set) ?? []) : [])),
    width: () => rollsAtATime(caches.replicas.size),
    now: () => clock.monotonic(),
  });
  return {
    record: (key) => records.get(key),
    nextTurns: turns.next,
    async reconcile(key) {
      const cached = caches.replicas.get(key);
      const replica = cached && withWrittenStatus(cached, records.get(key));
      // Without our finalizer nothing of a deleted one is ours any more, even while another's keeps it.
      const isOver =
        replica?.metadata.deletionTimestamp !== undefined && !replica.metadata.finalizers?.includes(finalizer);
      if (!replica || isOver) {
        const [namespace = '', name = ''] = key.split('/');
        records.delete(key);
        metrics.forget(namespace, name);
        return {};
      }
      const record = records.get(key) ?? newRecord();
      records.set(key, record);
      // The cache has seen it, or what came after.
      if (record.writtenStatus?.over !== cached?.metadata.resourceVersion) record.writtenStatus = undefined;
      const now: Now = { wallMs: clock.now(), monotonicMs: clock.monotonic() };
      const { observed, plan, volumes, material } = await lookAndPlan(options, replica, record, now);
      // One workload after the other: what a restart breaks is seen before the next.
      const restarts = now.monotonicMs - restartedAt < restartEveryMs ? [] : plan.restarts.slice(0, 1);
      const rolls = plan.rolls.length > 0 && turns.take(key) ? plan.rolls : [];
      const sinceStatusMs = clock.monotonic() - record.statusWrittenAt;
      const done = await carryOut(
        options.client,
        observed,
        { ...plan, apply: [...plan.apply, ...rolls] },
        restarts,
        sinceStatusMs,
        figuresIntervalMs(caches.replicas.size),
      );
      if (done.restarted.length > 0) restartedAt = now.monotonicMs;
      remember(record, plan, volumes);
      record.orderTroubles = await orderReceivers(options, observed, plan.orders, { volumes, material });
      for (const [object, how] of done.applied) record.applied.set(object, how);
      // The failure of a moment is not told: it is tried again at once.
      const stillFailing = done.failedApply && record.hasFailed ? sayFailure(done.failedApply) : undefined;
      record.refusedApply = done.refusedApply ?? stillFailing;
      record.hasFailed = done.failedApply !== undefined;
      if (done.statusWritten && plan.status) {
        record.statusWrittenAt = clock.monotonic();
        record.writtenStatus = { over: replica.metadata.resourceVersion, status: plan.status };
      }
      tellPlan(options, observed, plan, { replaced: material?.replaced, restarted: done.restarted });
      metrics.show({ ...replica.metadata, rows: plan.rows, missingSidecars: observed.missingSidecars.length });
      if (done.refusedApply) logger.warn({ key, reason: done.refusedApply }, 'apply refused');
      if (done.failedApply) throw done.failedApply;
      const lookMs = nextLookMs(
        options,
        replica,
        plan,
        done.statusInMs,
        done.refusedApply !== undefined || record.taken.length > 0,
      );
      return { requeueAfterMs: lookAfterMs(lookMs, rolls.length > 0) };
    },
  };
};

/** Looks and plans; and plans again without the targets for which somebody else's objects have the names. */
const lookAndPlan = async (
  options: ControllerOptions,
  replica: SyncReplica,
  record: ReplicaRecord,
  now: Now,
): Promise<Decided & { readonly observed: Observed }> => {
  const { client } = options;
  let observed = await observe(options, replica, record);
  observed = { ...observed, taken: await keepTaken(client, observed, observed.taken) };
  const alreadyRead = new Set<string>();
  for (;;) {
    const decided = await makePlan(options, observed, now);
    const found = await findTaken(client, observed, decided.plan.apply, alreadyRead);
    record.taken = [...observed.taken, ...found];
    if (found.length === 0) return { ...decided, observed };
    observed = { ...observed, taken: record.taken };
  }
};

interface Decided {
  readonly plan: Plan;
  readonly volumes: readonly SourceVolume[];
  readonly material: Material | undefined;
}

const makePlan = async (options: ControllerOptions, observed: Observed, now: Now): Promise<Decided> => {
  const none = { volumes: [], material: undefined };
  if (observed.replica.metadata.deletionTimestamp) return { ...none, plan: decideDeletion(observed, now) };
  const parsed = parseStoredSyncReplica(observed.replica);
  if (!parsed.ok) {
    const message = parsed.problems.map(describeProblem).join('; ');
    return { ...none, plan: decideNothing(observed, 'InvalidSpec', message, now.wallMs) };
  }
  const { spec } = parsed;
  const { source, volumes } = findSource(observed, spec, rememberedVolumes(observed));
  const findings = runChecks({ observed, spec, source });
  const isBlocked = findings.some(({ blocks }) => blocks);
  const material = await makeMaterial(options, observed, spec, volumes, isBlocked, now);
  return { volumes, material, plan: decide(observed, { spec, source, volumes, findings }, material, now) };
};

const remember = (record: ReplicaRecord, plan: Plan, volumes: readonly SourceVolume[]): void => {
  record.memory = plan.memory;
  record.volumes = volumes.length > 0 ? volumes : record.volumes;
  const { told } = record;
  // A second look that plans the same has read it: what is in the Secret is not kept twice.
  const keep = (volume: string, settings: ReplicationSettings): ToldSettings => ({
    generation: settings.generation,
    ...(told.get(volume)?.generation === settings.generation ? {} : { unseen: settings }),
  });
  record.told = new Map([...plan.settings].map(([volume, settings]) => [volume, keep(volume, settings)]));
};

/** A look that comes before the echo of the last status would find every change again, and tell it again. */
const withWrittenStatus = (replica: SyncReplica, record: ReplicaRecord | undefined): SyncReplica => {
  const written = record?.writtenStatus;
  return written && written.over === replica.metadata.resourceVersion
    ? { ...replica, status: written.status }
    : replica;
};

const nextLookMs = (
  { random }: ControllerOptions,
  replica: SyncReplica,
  plan: Plan,
  statusInMs: number | undefined,
  isRefused: boolean,
): number => {
  const regular =
    (namedSecrets(replica).length > 0 || isRefused ? externalResyncMs : resyncMs) * (0.9 + 0.2 * random());
  const restart = plan.restarts.length > 0 ? restartEveryMs : Infinity;
  return Math.min(regular, restart, plan.requeueAfterMs ?? Infinity, statusInMs ?? Infinity);
};
