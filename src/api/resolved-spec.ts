import { parseDuration } from './duration.ts';
import { parseQuantity } from './quantity.ts';
import type { EventKind, FilterSettings, SyncSettings } from './replication-settings.ts';
import type { ExternalTargetSpec, ManagedTargetSpec, SourceSpec, SyncReplicaSpec } from './syncreplica.generated.ts';

/** What a replication does, whatever its source and targets are; times in ms, sizes in bytes. */
export interface ResolvedBehaviour {
  readonly filter: FilterSettings;
  readonly events: readonly EventKind[];
  readonly sync: SyncSettings;
  readonly retry: { readonly initialMs: number; readonly maxMs: number };
  readonly maxLagMs: number;
  readonly minInSync: number;
  readonly restore: 'Never' | 'IfEmpty';
  readonly paused: boolean;
}

type WithDefaults<T, K extends keyof T> = T & Required<Pick<T, K>>;

export type ResolvedManagedTarget = WithDefaults<ManagedTargetSpec, 'storage' | 'accessModes' | 'service' | 'access'>;
export type ResolvedExternalTarget = WithDefaults<ExternalTargetSpec, 'port' | 'tls'>;

export type ResolvedTarget =
  | { readonly kind: 'managed'; readonly name: string; readonly managed: ResolvedManagedTarget }
  | { readonly kind: 'external'; readonly name: string; readonly external: ResolvedExternalTarget };

/** A valid spec with defaults filled in and units resolved. */
export interface ResolvedSpec extends ResolvedBehaviour {
  readonly source: WithDefaults<SourceSpec, 'path' | 'access'>;
  readonly targets: readonly ResolvedTarget[];
  readonly deletionPolicy: 'Retain' | 'Delete';
}

/** The spec after defaulting: every field with a default is there. */
type Defaulted = { [K in keyof SyncReplicaSpec]-?: Defaults<NonNullable<SyncReplicaSpec[K]>> };
type Defaults<T> = T extends readonly unknown[] ? T : T extends object ? { [K in keyof T]-?: Defaults<T[K]> } : T;

const ms = (text: string): number => parseDuration(text) ?? 0;

/** Resolves the behaviour of a spec that `validateSchema` filled in and `applyRules` passed. */
export const resolveBehaviour = (valid: SyncReplicaSpec): ResolvedBehaviour => {
  const spec = valid as Defaulted;
  const limit = valid.sync?.bandwidthLimit;
  return {
    filter: { exclude: spec.filter.exclude, include: spec.filter.include },
    events: spec.events,
    sync: {
      minIntervalMs: ms(spec.sync.minInterval),
      maxDelayMs: ms(spec.sync.maxDelay),
      workers: spec.sync.workers,
      delete: spec.sync.delete,
      deleteGuard: spec.sync.deleteGuard,
      ...(limit === undefined ? {} : { bandwidthLimit: Math.floor(parseQuantity(limit) ?? 0) }),
      compression: spec.sync.compression,
      preserve: spec.sync.preserve,
      fullPass: { schedule: spec.sync.fullPass.schedule, jitterMs: ms(spec.sync.fullPass.jitter) },
    },
    retry: { initialMs: ms(spec.retry.initial), maxMs: ms(spec.retry.max) },
    maxLagMs: ms(spec.maxLag),
    minInSync: spec.minInSync,
    restore: spec.restore,
    paused: spec.paused,
  };
};

/** Resolves a whole spec that is valid and filled in. */
export const resolveSpec = (valid: SyncReplicaSpec): ResolvedSpec => ({
  ...resolveBehaviour(valid),
  source: valid.source as ResolvedSpec['source'],
  targets: valid.targets.map((target) =>
    target.managed
      ? { kind: 'managed', name: target.name, managed: target.managed as ResolvedManagedTarget }
      : { kind: 'external', name: target.name, external: target.external as ResolvedExternalTarget },
  ),
  deletionPolicy: valid.deletionPolicy as 'Retain' | 'Delete',
});
