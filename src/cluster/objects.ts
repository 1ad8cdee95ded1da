import type {
  EventsV1Event,
  V1DaemonSet,
  V1Deployment,
  V1Lease,
  V1LimitRange,
  V1MutatingWebhookConfiguration,
  V1Namespace,
  V1NetworkPolicy,
  V1PersistentVolume,
  V1PersistentVolumeClaim,
  V1Pod,
  V1PodDisruptionBudget,
  V1ReplicaSet,
  V1ResourceQuota,
  V1Secret,
  V1Service,
  V1ServiceAccount,
  V1StatefulSet,
  V1StorageClass,
} from '@kubernetes/client-node';

/**
 * The client's classes as they are on the wire, which is all that this program handles: times are RFC 3339 strings,
 * and names that the generated classes escape (`_from`) are as the API spells them.
 */
type Wire<T> = T extends Date
  ? string
  : T extends readonly (infer Item)[]
    ? Wire<Item>[]
    : T extends object
      ? { [Key in keyof T as Key extends `_${infer Name}` ? Name : Key]: Wire<T[Key]> }
      : T;

/** Of an object that is not (yet) asked for as a whole, e.g. when it is written. */
export interface ObjectMeta {
  readonly name?: string;
  readonly generateName?: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly finalizers?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly OwnerReference[];
}

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

export interface KubeObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata?: ObjectMeta;
}

export type Pod = Wire<V1Pod>;
export type Namespace = Wire<V1Namespace>;
export type LimitRange = Wire<V1LimitRange>;
export type ResourceQuota = Wire<V1ResourceQuota>;
export type Secret = Wire<V1Secret>;
export type Service = Wire<V1Service>;
export type ServiceAccount = Wire<V1ServiceAccount>;
export type PersistentVolume = Wire<V1PersistentVolume>;
export type PersistentVolumeClaim = Wire<V1PersistentVolumeClaim>;
export type StatefulSet = Wire<V1StatefulSet>;
export type Deployment = Wire<V1Deployment>;
export type DaemonSet = Wire<V1DaemonSet>;
export type ReplicaSet = Wire<V1ReplicaSet>;
/** snapshot.storage.k8s.io/v1, as far as it is written or read here. */
export interface VolumeSnapshot extends KubeObject {
  readonly spec?: {
    readonly volumeSnapshotClassName?: string;
    readonly source: { readonly persistentVolumeClaimName?: string };
  };
  readonly status?: {
    /** When the driver cut it. */
    readonly creationTime?: string;
    readonly readyToUse?: boolean;
    readonly error?: { readonly message?: string };
  };
}
export type StorageClass = Wire<V1StorageClass>;
export type NetworkPolicy = Wire<V1NetworkPolicy>;
export type PodDisruptionBudget = Wire<V1PodDisruptionBudget>;
export type Lease = Wire<V1Lease>;
export type Event = Wire<EventsV1Event>;
export type MutatingWebhookConfiguration = Wire<V1MutatingWebhookConfiguration>;
