import type {
  ExternalTargetSpec,
  FilterSpec,
  HookSpec,
  ManagedTargetSpec,
  ReadersSpec,
  SourceSpec,
  SshTargetSpec,
  SyncReplicaSpec,
  TargetSpec,
} from './schema/syncreplica.generated.ts';
import type {
  CheckpointSettings,
  EventKind,
  FilterSettings,
  SyncSettings,
  TargetOverrides,
  VerifySettings,
} from './settings/replication-settings.ts';
import { parseDuration } from './units/duration.ts';
import { ignoreCase } from './units/ignore-case.ts';
import { parseQuantity } from './units/quantity.ts';

/** What a replication does, whatever its source and targets are; times in ms, sizes in bytes. */
export interface ResolvedBehaviour {
  readonly filter: FilterSettings;
  readonly events: readonly EventKind[];
  readonly sync: SyncSettings;
  readonly retry: { readonly initialMs: number; readonly maxMs: number };
  readonly verify: VerifySettings;
  readonly checkpoints?: CheckpointSettings;
  readonly maxLagMs: number;
  readonly minInSync: number;
  readonly restore: 'Never' | 'IfEmpty';
  readonly paused: boolean;
  readonly hooks: readonly HookSpec[];
}

type WithDefaults<T, K extends keyof T> = T & Required<Pick<T, K>>;

export type ResolvedManagedTarget = WithDefaults<ManagedTargetSpec, 'accessModes' | 'service' | 'access'>;
export type ResolvedExternalTarget = WithDefaults<ExternalTargetSpec, 'port' | 'tls'>;

export type ResolvedSshTarget = WithDefaults<SshTargetSpec, 'port'>;

export type ResolvedHistory = Required<NonNullable<TargetSpec['history']>>;

export type ResolvedSnapshots = WithDefaults<NonNullable<TargetSpec['snapshots']>, 'keep'>;
export type ResolvedReaders = WithDefaults<ReadersSpec, 'fanOut' | 'volume' | 'freshFor'>;

export type ResolvedTarget = { readonly name: string; readonly overrides: TargetOverrides } & (
  | {
      readonly kind: 'managed';
      readonly managed: ResolvedManagedTarget;
      readonly history?: ResolvedHistory;
      readonly snapshots?: ResolvedSnapshots;
      readonly readers?: ResolvedReaders;
    }
  | { readonly kind: 'external'; readonly external: ResolvedExternalTarget }
  | { readonly kind: 'ssh'; readonly ssh: ResolvedSshTarget }
);

/** One whose receivers the operator makes. */
export type ManagedTarget = ResolvedTarget & { readonly kind: 'managed' };

/** A valid spec with defaults filled in and units resolved. */
export interface ResolvedSpec extends ResolvedBehaviour {
  readonly source: WithDefaults<SourceSpec, 'path' | 'access'>;
  readonly targets: readonly ResolvedTarget[];
  readonly deletionPolicy: 'Retain' | 'Delete';
  readonly restart: 'Never' | 'Rollout';
}

/** The spec after defaulting: every field with a default is there. */
type Defaulted = { [K in keyof SyncReplicaSpec]-?: Defaults<NonNullable<SyncReplicaSpec[K]>> };
type Defaults<T> = T extends readonly unknown[] ? T : T extends object ? { [K in keyof T]-?: Defaults<T[K]> } : T;

const bytesOf = (quantity: string): number => Math.floor(parseQuantity(quantity) ?? 0);
const ms = (text: string): number => parseDuration(text) ?? 0;

const resolveFilter = ({ exclude = [], include = [], ...filter }: FilterSpec): FilterSettings => {
  const resolve = (pattern: string): string => (filter.ignoreCase ? ignoreCase(pattern) : pattern);
  return {
    exclude: exclude.map(resolve),
    include: include.map(resolve),
    ...(filter.maxFileSize === undefined ? {} : { maxFileSize: bytesOf(filter.maxFileSize) }),
  };
};

/** Resolves the behaviour of a spec that `validateSchema` filled in and `applyRules` passed. */
export const resolveBehaviour = (valid: SyncReplicaSpec): ResolvedBehaviour => {
  const spec = valid as Defaulted;
  const { bandwidthLimit: limit, lowPriorityAbove: low, lockTimeout } = valid.sync ?? {};
  const { keep, ...guard } = spec.sync.deleteGuard;
  const left = valid.sync?.fullPass?.filter?.exclude;
  return {
    filter: resolveFilter(spec.filter),
    events: spec.events,
    sync: {
      minIntervalMs: ms(spec.sync.minInterval),
      maxDelayMs: ms(spec.sync.maxDelay),
      workers: spec.sync.workers,
      ...(lockTimeout === undefined ? {} : { lockTimeoutMs: ms(lockTimeout) }),
      delete: spec.sync.delete,
      deleteGuard: keep === undefined ? guard : { ...guard, keepMs: ms(keep) },
      ...(limit === undefined ? {} : { bandwidthLimit: bytesOf(limit) }),
      ...(low === undefined ? {} : { lowPriorityAbove: bytesOf(low) }),
      compression: spec.sync.compression,
      preserve: spec.sync.preserve,
      fullPass: {
        schedule: spec.sync.fullPass.schedule,
        jitterMs: ms(spec.sync.fullPass.jitter),
        ...(left === undefined || left.length === 0 ? {} : { filter: { exclude: left } }),
      },
    },
    retry: { initialMs: ms(spec.retry.initial), maxMs: ms(spec.retry.max) },
    verify: resolveVerify(valid),
    ...(valid.checkpoints === undefined ? {} : { checkpoints: resolveCheckpoints(valid.checkpoints) }),
    maxLagMs: ms(spec.maxLag),
    minInSync: spec.minInSync,
    restore: spec.restore,
    paused: spec.paused,
    hooks: valid.hooks ?? [],
  };
};

const resolveVerify = (valid: SyncReplicaSpec): VerifySettings => {
  const { metadata, mode, repair, readLimit } = (valid as Defaulted).verify;
  const { schedule } = valid.verify ?? {};
  return { metadata, mode, repair, readLimit: bytesOf(readLimit), ...(schedule === undefined ? {} : { schedule }) };
};

const resolveCheckpoints = ({
  schedule,
  stillUrl,
  timeout,
}: NonNullable<SyncReplicaSpec['checkpoints']>): CheckpointSettings => ({
  ...(schedule === undefined ? {} : { schedule }),
  stillUrl,
  timeoutMs: ms(timeout ?? ''),
});

/** What a valid target has instead of what its spec says for all. */
export const resolveOverrides = ({ paused, filter, maxLag, sync }: OverridableSpec): TargetOverrides => {
  const { bandwidthLimit, lowPriorityAbove, fullPass, ...rest } = sync ?? {};
  const { schedule } = fullPass ?? {};
  const own = {
    ...rest,
    ...(bandwidthLimit === undefined ? {} : { bandwidthLimit: bytesOf(bandwidthLimit) }),
    ...(lowPriorityAbove === undefined ? {} : { lowPriorityAbove: bytesOf(lowPriorityAbove) }),
    ...(schedule === undefined ? {} : { fullPass: { schedule } }),
  };
  return {
    ...(paused ? { paused } : {}),
    ...(filter === undefined ? {} : { filter: resolveFilter(filter) }),
    ...(maxLag === undefined ? {} : { maxLagMs: ms(maxLag) }),
    ...(Object.keys(own).length === 0 ? {} : { sync: own }),
  };
};

export type OverridableSpec = Pick<TargetSpec, 'paused' | 'filter' | 'maxLag' | 'sync'>;

/** Resolves a whole spec that is valid and filled in. */
export const resolveSpec = (valid: SyncReplicaSpec): ResolvedSpec => ({
  ...resolveBehaviour(valid),
  source: valid.source as ResolvedSpec['source'],
  targets: valid.targets.map((target) => ({
    name: target.name,
    overrides: resolveOverrides(target),
    ...(target.managed
      ? {
          kind: 'managed',
          managed: target.managed as ResolvedManagedTarget,
          ...(target.history ? { history: target.history as ResolvedHistory } : {}),
          ...(target.snapshots ? { snapshots: target.snapshots as ResolvedSnapshots } : {}),
          ...(target.readers ? { readers: target.readers as ResolvedReaders } : {}),
        }
      : target.ssh
        ? { kind: 'ssh', ssh: target.ssh as ResolvedSshTarget }
        : { kind: 'external', external: target.external as ResolvedExternalTarget }),
  })),
  deletionPolicy: valid.deletionPolicy as 'Retain' | 'Delete',
  restart: (valid as Defaulted).injection.restart,
});
