import { isDeepStrictEqual } from 'node:util';
import { type Condition, type ConditionVerdict, mergeConditions } from '../../api/conditions.ts';
import type { SourceSpec, SyncReplica, SyncReplicaStatus } from '../../api/schema/syncreplica.generated.ts';
import type { replicaStates } from '../replica-state.ts';
import { type ReplicaRow, statusRows } from '../states/replica-rows.ts';
import type { Serving } from './serving.ts';

/**
 * How long nothing but figures may move before they are written again, ms: while changes flow at all of a thousand
 * SyncReplicas that is twenty writes a second.
 */
export const figuresIntervalMs = (replicaCount: number): number => Math.max(5_000, replicaCount * 50);

export interface StatusQuestion {
  readonly replica: SyncReplica;
  readonly verdicts: readonly ConditionVerdict[];
  /** Undefined leaves the rows as they are: nothing is known of them yet. */
  readonly rows: readonly ReplicaRow[] | undefined;
  /** Absent where no agent is told anything. */
  readonly serving?: Serving;
  /** Absent leaves what the status says of them. */
  readonly promotions?: readonly NonNullable<SyncReplicaStatus['promotions']>[number][];
  readonly historyReader?: SyncReplicaStatus['historyReader'] | undefined;
  readonly wallMs: number;
}

/** The whole status; what is not in it is removed by `statusPatch`. */
export const makeStatus = ({
  replica,
  verdicts,
  rows,
  serving,
  promotions = replica.status?.promotions ?? [],
  historyReader,
  wallMs,
}: StatusQuestion): SyncReplicaStatus => {
  const present = replica.status ?? {};
  // Observed is what agents run, not what somebody read: who waits for it may rely on it.
  const isServed = serving === undefined || serving.behind.length === 0;
  const generation = isServed ? (replica.metadata.generation ?? 0) : (present.observedGeneration ?? 0);
  const volumes = rows === undefined ? present.volumes : statusRows(rows);
  const replicas = (volumes ?? []).flatMap((volume) => volume.replicas ?? []);
  const lags = replicas.flatMap(({ lagSeconds }) => (lagSeconds === undefined ? [] : [lagSeconds]));
  const lastSync =
    replicas
      .flatMap(({ lastSyncTime }) => lastSyncTime ?? [])
      .sort()
      .at(-1) ?? present.lastSyncTime;
  const epoch = Math.max(0, ...(volumes ?? []).map((volume) => volume.epoch ?? 0));
  const worst = replicas.map(({ state }) => state).sort((a, b) => badness.indexOf(b) - badness.indexOf(a))[0];
  return {
    observedGeneration: generation,
    conditions: mergeConditions((present.conditions ?? []) as Condition[], verdicts, generation, wallMs),
    ...(volumes === undefined ? {} : { volumes }),
    ...(serving === undefined
      ? {}
      : { versions: { agents: countedVersions(serving.agents), receivers: countedVersions(serving.receivers) } }),
    ...(promotions.length > 0 ? { promotions: [...promotions] } : {}),
    // Whoever takes them writes them; what is asked for no more it takes away.
    ...(present.snapshots === undefined ? {} : { snapshots: present.snapshots }),
    ...(historyReader ? { historyReader } : {}),
    source: describeSource(replica.spec.source),
    targets: replica.spec.targets?.map(({ name }) => name).join(',') ?? '',
    inSync: `${replicas.filter((row) => row.inSync).length}/${replicas.length}`,
    ...(lags.length === 0 ? {} : { lag: describeLag(Math.max(...lags)) }),
    ...(lastSync === undefined ? {} : { lastSyncTime: lastSync }),
    pending: replicas.reduce((sum, row) => sum + (row.pending ?? 0), 0),
    ...(epoch > 0 ? { epoch } : {}),
    ...(worst === undefined ? {} : { state: worst }),
  };
};

const countedVersions = (counts: ReadonlyMap<string, number>): { version: string; count: number }[] =>
  [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([version, count]) => ({ version, count }));

/** From best to worst. */
const badness: readonly (typeof replicaStates)[number][] = [
  'Online',
  'Idle',
  'New',
  'NonExistent',
  'Promoted',
  'DeletionSuccessful',
  'DeletionStarted',
  'Offline',
  'DeletionIneligible',
];

const describeSource = (source: SourceSpec | undefined): string =>
  source?.persistentVolumeClaim ??
  (source?.elsewhere ? 'elsewhere' : source?.volume === undefined ? '' : `pods/${source.volume}`);

const describeLag = (seconds: number): string => {
  if (seconds < 60) return `${seconds}s`;
  const whole = Math.round(seconds);
  return whole < 3600
    ? `${Math.floor(whole / 60)}m${whole % 60}s`
    : `${Math.floor(whole / 3600)}h${Math.floor((whole % 3600) / 60)}m`;
};

export type StatusWrite =
  | { readonly kind: 'none' }
  | { readonly kind: 'later'; readonly inMs: number }
  | { readonly kind: 'now'; readonly patch: object };

/**
 * Whether a status is to be written: at once when anything but figures differs, and while only figures move at most
 * that often.
 */
export const judgeStatusWrite = (
  present: SyncReplicaStatus | undefined,
  next: SyncReplicaStatus,
  sinceLastWriteMs: number,
  figuresEveryMs: number,
): StatusWrite => {
  const patch = mergePatch(present ?? {}, next);
  if (patch === undefined) return { kind: 'none' };
  const onlyFigures = isDeepStrictEqual(withoutFigures(present ?? {}), withoutFigures(next));
  if (onlyFigures && sinceLastWriteMs < figuresEveryMs)
    return { kind: 'later', inMs: figuresEveryMs - sinceLastWriteMs };
  return { kind: 'now', patch };
};

const figures = new Set([
  'lag',
  'lastSyncTime',
  'pending',
  'lagSeconds',
  'position',
  'lastFullPassTime',
  'progress',
  'message',
  'history',
  'behindSeconds',
]);

const withoutFigures = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withoutFigures);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, part]) =>
      figures.has(key) || part === undefined ? [] : [[key, withoutFigures(part)]],
    ),
  );
};

/** RFC 7386: what to send so that `from` becomes `to`; undefined where they are equal. Arrays are replaced whole. */
export const mergePatch = (from: object, to: object): Record<string, unknown> | undefined => {
  const before = from as Record<string, unknown>;
  const after = to as Record<string, unknown>;
  const patch: Record<string, unknown> = {};
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (after[key] === undefined) {
      if (before[key] !== undefined) patch[key] = null;
    } else if (!isDeepStrictEqual(before[key], after[key])) patch[key] = after[key];
  }
  return Object.keys(patch).length > 0 ? patch : undefined;
};
