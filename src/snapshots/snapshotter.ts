import { annotations, labels, receiverName } from '../api/names.ts';
import { parseStoredSyncReplica } from '../api/parse.ts';
import type { ManagedTarget } from '../api/resolved-spec.ts';
import type { SyncReplica } from '../api/schema/syncreplica.generated.ts';
import { type Caches, isSynced } from '../caches/caches.ts';
import type { ClusterClient } from '../cluster/client.ts';
import { type ClusterError, isClusterError } from '../cluster/cluster-error.ts';
import { createEventEmitter, type EventEmitter } from '../cluster/event-emitter.ts';
import type { KubeObject } from '../cluster/objects.ts';
import { syncReplicas, volumeSnapshots } from '../cluster/resources.ts';
import type { Clock } from '../process/clock.ts';
import { errorMessage } from '../process/failure.ts';
import type { Logger } from '../process/log/logger.ts';
import { type ReconcileResult, runLoop } from '../runtime/loop.ts';
import { createQueue } from '../runtime/queue.ts';
import { keyOf, type StoreChange } from '../runtime/store.ts';
import { decideSnapshots, type SnapshotRow, snapshotRow } from './decide-snapshots.ts';
import { openHold } from './hold-writes.ts';
import { groupSnapshots, type SnapshotGroup, snapshotLabels } from './snapshot-group.ts';
import type { SnapshotMetrics } from './snapshot-metrics.ts';
import { type HeldPart, takeSnapshot } from './take-snapshot.ts';

export interface SnapshotterOptions {
  readonly client: ClusterClient;
  readonly caches: Caches;
  readonly podName: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly metrics: SnapshotMetrics;
}

/** Takes snapshots of targets' claims; only the leader runs it. */
export interface Snapshotter {
  onChange(cache: keyof Caches, change: StoreChange<KubeObject>): void;
  start(): Promise<void>;
  halt(): void;
  stop(): Promise<void>;
}

/** What can't be taken now is tried again: what a receiver waits for comes soon, what a person has to do does not. */
const awaitedMs = 5_000;
const refusedMs = 300_000;
const workers = 4;

export const createSnapshotter = (options: SnapshotterOptions): Snapshotter => {
  const { client, caches, clock, random, logger, podName } = options;
  const emitter = createEventEmitter(client, { instance: podName, clock, logger });
  const queue = createQueue({ clock, random, backoff: { initialMs: 1_000, maxMs: 300_000 } });
  const failing = new Set<string>();
  let working: Promise<void> = Promise.resolve();
  return {
    onChange(cache, { object, type }) {
      if (cache !== 'replicas') return;
      if (type === 'DELETED') {
        options.metrics.forget(keyOf(object));
        for (const one of failing) if (one.startsWith(`${keyOf(object)}/`)) failing.delete(one);
      } else if (hasSnapshots(object as SyncReplica)) queue.add(keyOf(object));
    },
    async start() {
      while (!isSynced(caches)) await clock.sleep(50);
      for (const replica of caches.replicas.list()) if (hasSnapshots(replica)) queue.add(keyOf(replica));
      working = runLoop({
        queue,
        workers,
        clock,
        logger,
        reconcile: (key) => reconcile({ ...options, emitter, failing }, key),
        isConflict: (error) => isClusterError(error, 'conflict'),
      });
      await working;
    },
    halt: () => queue.shutDown(),
    async stop() {
      queue.shutDown();
      await working;
    },
  };
};

/** Also one that has none any more: its status has to say so. */
const hasSnapshots = ({ spec, status }: SyncReplica): boolean =>
  (spec?.targets ?? []).some(({ snapshots }) => snapshots !== undefined) || (status?.snapshots ?? []).length > 0;

type Snapshotting = SnapshotterOptions & {
  readonly emitter: EventEmitter;
  /** Targets, below the SyncReplica's key, of which the last look failed. */
  readonly failing: Set<string>;
};

const reconcile = async (options: Snapshotting, key: string): Promise<ReconcileResult> => {
  const replica = options.caches.replicas.get(key);
  if (!replica || replica.metadata.deletionTimestamp) return {};
  const parsed = parseStoredSyncReplica(replica);
  if (!parsed.ok) return {};
  const rows: SnapshotRow[] = [];
  const looks: number[] = [];
  const failures: unknown[] = [];
  for (const target of parsed.spec.targets) {
    if (target.kind !== 'managed' || !target.snapshots) continue;
    const { row, lookAgainMs, failure } = await seeTo(options, replica, target);
    if (row) rows.push(row);
    looks.push(lookAgainMs);
    if (failure !== undefined) failures.push(failure);
  }
  await tell(options, replica, rows);
  if (failures.length > 0) throw failures[0];
  return looks.length === 0 ? {} : { requeueAfterMs: Math.max(200, Math.min(...looks)) };
};

interface SeenTo {
  readonly row: SnapshotRow | undefined;
  readonly lookAgainMs: number;
  /** Tried again with all others of the SyncReplica, which were seen to. */
  readonly failure?: unknown;
}

const seeTo = async (options: Snapshotting, replica: SyncReplica, target: ManagedTarget): Promise<SeenTo> => {
  const { name } = target;
  const key = `${keyOf(replica)}/${name}`;
  const before = replica.status?.snapshots?.find((one) => one.target === name);
  let groups: readonly SnapshotGroup[] | undefined;
  const hasFailed = options.failing.delete(key);
  try {
    groups = await listGroups(options, replica, name);
    const plan = decideSnapshots({ settings: settingsOf(target), groups, nowMs: options.clock.now() });
    await tidy(options, replica, plan);
    if (!plan.isDue) return { row: snapshotRow(name, groups, undefined), lookAgainMs: plan.lookAgainMs };
    return await takeNow(options, replica, target, groups);
  } catch (error) {
    const trouble = troubleOf(error);
    const rowWith = (why: Pick<SnapshotRow, 'reason' | 'message'>): SnapshotRow =>
      groups || !before ? snapshotRow(name, groups ?? [], why) : { ...before, ...why };
    if (trouble) return { row: rowWith(trouble), lookAgainMs: refusedMs };
    // The failure of a moment is not told.
    options.failing.add(key);
    const why = { reason: 'SnapshotFailed', message: errorMessage(error).slice(0, 900) } as const;
    return { row: hasFailed ? rowWith(why) : before, lookAgainMs: refusedMs, failure: error };
  }
};

const settingsOf = ({ snapshots }: ManagedTarget) => snapshots as NonNullable<typeof snapshots>;

const listGroups = async ({ client }: Snapshotting, { metadata }: SyncReplica, target: string) => {
  const labelSelector = Object.entries(snapshotLabels(metadata.name, target))
    .map(([label, value]) => `${label}=${value}`)
    .join(',');
  return groupSnapshots(await client.list(volumeSnapshots, { namespace: metadata.namespace, labelSelector }));
};

const tidy = async (
  { client, logger }: Snapshotting,
  { metadata: { namespace } }: SyncReplica,
  { remove, unmarked }: ReturnType<typeof decideSnapshots>,
): Promise<void> => {
  for (const { metadata } of remove) {
    await client.delete(volumeSnapshots, { namespace, name: metadata?.name ?? '' }, metadata?.uid);
    logger.info({ namespace, name: metadata?.name }, 'snapshot is not kept any longer');
  }
  const mark = { [annotations.atCheckpoint]: 'not known: the operator that took it was cut off' };
  for (const { metadata } of unmarked)
    await client.patch(volumeSnapshots, { namespace, name: metadata?.name ?? '' }, { metadata: { annotations: mark } });
};

const takeNow = async (
  options: Snapshotting,
  replica: SyncReplica,
  target: ManagedTarget,
  groups: readonly SnapshotGroup[],
): Promise<SeenTo> => {
  const { client, clock, emitter, logger, metrics } = options;
  const { namespace, name, uid } = replica.metadata;
  const awaited = (message: string): SeenTo => ({
    row: snapshotRow(target.name, groups, { reason: 'SnapshotAwaited', message: `target ${target.name}: ${message}` }),
    lookAgainMs: awaitedMs,
  });
  const [last] = groups;
  if (!last && !isCompared(replica, target.name)) return awaited('it was never compared with its source');
  const parts = partsOf(options, replica, target);
  if (parts === undefined) return awaited('a receiver does not run, so it can’t be asked to hold writes');
  // To the second, as the API server keeps times; two within one second are one.
  const takenAtMs = Math.floor(clock.now() / 1000) * 1000;
  let now: readonly SnapshotGroup[];
  try {
    const why = await takeSnapshot({ client, clock }, replica, target, parts, takenAtMs);
    now = await listGroups(options, replica, target.name);
    const isTaken = now.some((group) => group.takenAtMs === takenAtMs && group.isTaken);
    metrics.took({ namespace, name, target: target.name }, why === undefined, isTaken ? takenAtMs : undefined);
    logger.info({ namespace, name, target: target.name, why }, 'snapshot taken');
    const regarding = { apiVersion: 'syncreplica.io/v1alpha1', kind: 'SyncReplica', namespace, name, uid };
    const at = why === undefined ? 'the target was its source then' : `at no checkpoint: ${why}`;
    const note = `a snapshot of ${target.name} was asked for; ${at}`.slice(0, 1024);
    await emitter.emit({
      regarding,
      type: why ? 'Warning' : 'Normal',
      reason: 'SnapshotTaken',
      action: 'Snapshot',
      note,
    });
  } finally {
    for (const { hold } of parts) hold.close();
  }
  return { row: snapshotRow(target.name, now, undefined), lookAgainMs: 1_000 };
};

const isCompared = ({ status }: SyncReplica, target: string): boolean =>
  (status?.volumes ?? []).some(({ replicas = [] }) =>
    replicas.some((row) => row.target === target && row.lastFullPassTime !== undefined),
  );

/** Undefined unless every receiver can be asked. */
const partsOf = (
  { caches }: Snapshotting,
  replica: SyncReplica,
  target: ManagedTarget,
): readonly HeldPart[] | undefined => {
  const { namespace, name } = replica.metadata;
  const set = receiverName(name, target.name);
  const count = caches.statefulSets.get(`${namespace}/${set}`)?.spec?.replicas ?? 0;
  const parts = Array.from({ length: count }, (_, ordinal) => {
    const pod = caches.pods.get(`${namespace}/${set}-${ordinal}`);
    const isOurs = pod?.metadata?.labels?.[labels.target] === target.name;
    return { ordinal, hold: isOurs ? openHold(caches, replica, target.name, ordinal, pod) : undefined };
  });
  const open = parts.filter((part): part is HeldPart => part.hold !== undefined);
  if (open.length === parts.length && count > 0) return open;
  for (const { hold } of open) hold.close();
  return undefined;
};

/** What only a person can change; undefined for any other failure. */
const troubleOf = (error: unknown): Pick<SnapshotRow, 'reason' | 'message'> | undefined => {
  if (isClusterError(error, 'notFound'))
    return {
      reason: 'SnapshotsNotServed',
      message:
        'this cluster serves no snapshot.storage.k8s.io/v1; install the CRDs and the controller of kubernetes-csi/external-snapshotter, or leave snapshots out: history needs neither',
    };
  if (isClusterError(error, 'forbidden'))
    return {
      reason: 'SnapshotsNotAllowed',
      message: `${sayShort(error)}; write volumeSnapshots.enabled: true for the chart`,
    };
  if (isClusterError(error, 'invalid')) return { reason: 'SnapshotFailed', message: sayShort(error) };
  return undefined;
};

const sayShort = ({ message }: ClusterError): string => message.slice(0, 900);

const tell = async ({ client }: Snapshotting, replica: SyncReplica, rows: readonly SnapshotRow[]): Promise<void> => {
  if (JSON.stringify(rows) === JSON.stringify(replica.status?.snapshots ?? [])) return;
  const { namespace, name } = replica.metadata;
  await client.patchStatus(syncReplicas, { namespace, name }, { status: { snapshots: rows } });
};
