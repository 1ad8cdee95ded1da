import type { AgentStatus } from '../../sidecar/protocol/agent-status.ts';
import type { VolumeStatus } from '../../sidecar/protocol/control.ts';
import type { SyncReplica } from '../api/schema/syncreplica.generated.ts';
import type { SecretTexts } from '../api/settings/to-replication-settings.ts';
import type { OwnedKind, OwnedObject } from '../caches/owned-kinds.ts';
import type { KubeObject, PersistentVolumeClaim, Pod } from '../cluster/objects.ts';
import type { Resource } from '../cluster/resources.ts';
import type { NamespaceLimits } from '../inject/limits/fit-resources.ts';
import type { RefusalReason } from '../inject/policy.ts';
import type { Trust } from '../trust/authorities.ts';
import type { Applied } from './drift.ts';
import type { AddressRules } from './external-address.ts';
import type { ReceiverDefaults } from './receiver-defaults.ts';
import type { ReplicaState } from './replica-state.ts';

/** The last answer of an agent or receiver. Times are monotonic, ms: `at` is when it came. */
export interface Report<T> {
  /** Until when it was asked for a younger one; absent: until now. What nobody asked for is not missed. */
  readonly lookedAt?: number;
  /** A receiver told it, and not the agent itself. */
  readonly isHanded?: boolean;
  readonly at: number;
  readonly status: T;
}

/** What is remembered of a replica between two looks; lost with the process, and rebuilt. */
export interface ReplicaMemory {
  readonly state: ReplicaState;
  /** Monotonic ms. */
  readonly since: number;
  readonly inSync: boolean;
  /** Since when something is not on the target, wall clock, ms: see `judgeBehindSince`. */
  readonly behindSince?: number | undefined;
  /** The pod that wrote its volume last. */
  readonly writer?: string | undefined;
  /** Was everything brought over once? */
  readonly compared?: boolean;
  /** Who could write its volume last. */
  readonly users?: LastUsers | undefined;
}

/** Who could write a source volume when pods had it last, as far as this process has seen. */
export interface LastUsers {
  /** Of their agents, as they call themselves. */
  readonly holders: readonly string[];
  /** When one without an agent was last seen, wall clock, ms. */
  readonly unwatchedAt?: number | undefined;
  /** No pod has it any more. */
  readonly isOver: boolean;
}

/** Objects that the operator owns for one SyncReplica. */
export type OwnedObjects = { readonly [K in OwnedKind]: readonly OwnedObject<K>[] };

/** What the operator is told of every receiver. */
export interface ReceiverOptions {
  readonly image: string;
  readonly imagePullPolicy: 'Always' | 'IfNotPresent' | 'Never';
  readonly imagePullSecrets: readonly string[];
  readonly defaults: ReceiverDefaults;
  /** Users and groups are given by the cluster: see OperatorConfig. */
  readonly assignedUsers: boolean;
  /** Add prometheus.io annotations to receivers. */
  readonly prometheusAnnotations: boolean;
  readonly metricsTls: boolean;
}

/** Settings of the operator that decisions depend on. */
export interface ReplicationConfig {
  /** The namespace the operator runs in. */
  readonly operatorNamespace: string;
  /** The operator comes from addresses of nodes, which no selector of pods means. */
  readonly operatorOnNodes: boolean;
  /** Where external targets may be. */
  readonly addresses: AddressRules;
  readonly receiver: ReceiverOptions;
}

/** All that is read before anything is decided about one SyncReplica. */
export interface Observed {
  readonly replica: SyncReplica;
  readonly namespaceLabels: Readonly<Record<string, string>>;
  /** What its LimitRanges and quotas say. */
  readonly limits: NamespaceLimits;
  /** Those that this SyncReplica has to do with, of its namespace. */
  readonly pods: readonly Pod[];
  readonly claims: readonly PersistentVolumeClaim[];
  /** Names of the cluster's storage classes; `default` is the one for claims that name none. */
  readonly storageClasses: { readonly names: ReadonlySet<string>; readonly default: string | undefined };
  readonly owned: OwnedObjects;
  /** Secrets that external targets name, decoded; undefined for one that doesn't exist. */
  readonly externalSecrets: ReadonlyMap<string, SecretTexts | undefined>;
  /** By pod name. */
  readonly agents: ReadonlyMap<string, Report<AgentStatus>>;
  readonly receivers: ReadonlyMap<string, Report<VolumeStatus>>;
  /** Names of pods that should have an agent of this SyncReplica and have none. */
  readonly missingSidecars: readonly string[];
  /** Pods that have no agent because they, or their namespace, said so. */
  readonly optedOut: readonly string[];
  /** Pods for which injection was refused, and why. */
  readonly refusals: readonly { readonly pod: string; readonly reason: RefusalReason }[];
  /** Pull secrets of the operator's that the namespace lacks, while an image can't be pulled. */
  readonly missingPullSecrets: readonly string[];
  readonly trust: Trust;
  readonly config: ReplicationConfig;
  readonly controllerEpoch: number;
  /** By `replicaKey`; empty after a start. */
  readonly memory: ReadonlyMap<string, ReplicaMemory>;
  /** True once every agent and receiver had time to report to this process. */
  readonly settled: boolean;
  /**
   * When this process last heard anybody, of any SyncReplica, monotonic ms; Infinity while there are too few to tell. Silence
   * counts up to then: when all are silent it is the operator that is cut off.
   */
  readonly hearingAt: number;
  /** What this process applied last, by `appliedKey`. */
  readonly applied: ReadonlyMap<string, Applied>;
  /** Who set the annotation promote, and when; undefined where nobody did, or the status has it already. */
  readonly promotionAsked: { readonly by: string; readonly atMs: number } | undefined;
  /** Why a receiver could not be asked at the last look, by pod. */
  readonly orderTroubles: ReadonlyMap<string, string>;
  /** Names of objects to be made that other objects have. */
  readonly taken: readonly TakenName[];
  /** An apply that the API server refused at the last look, in its words. */
  readonly refusedApply: string | undefined;
}

/** An object that is there and is not this SyncReplica's, in the place of one that would be. */
export interface TakenName {
  readonly resource: Resource<KubeObject>;
  readonly name: string;
  /** Absent where it is not for one target. */
  readonly target: string | undefined;
}

/** Times of one look: `wallMs` since 1970, `monotonicMs` for ages. */
export interface Now {
  readonly wallMs: number;
  readonly monotonicMs: number;
}

/** One replica among those of its SyncReplica. */
export const replicaKey = (ordinal: number, target: string): string => `${ordinal}/${target}`;

/** One owned object among those of its SyncReplica. */
export const appliedKey = (plural: string, name: string): string => `${plural}/${name}`;
