// Generated from crds/syncreplica.yaml by `npm run generate`; edit that file.

/**
 * A SyncReplica keeps live replicas of one volume on one or more targets; every change reaches them within milliseconds.
 */
export interface SyncReplica {
  /**
   * syncreplica.io/v1alpha1
   */
  apiVersion?: string;
  /**
   * SyncReplica
   */
  kind?: string;
  /**
   * Standard object metadata.
   */
  metadata: {
    name: string;
    namespace: string;
    uid?: string;
    generation?: number;
    resourceVersion?: string;
    creationTimestamp?: string;
    deletionTimestamp?: string;
    finalizers?: string[];
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
  };
  spec: SyncReplicaSpec;
  status?: SyncReplicaStatus;
}
/**
 * What is copied, to where, and how.
 */
export interface SyncReplicaSpec {
  source: SourceSpec;
  /**
   * Where the replicas are; each has exactly one of `managed`, `external` and `ssh`.
   */
  targets: TargetSpec[];
  filter?: FilterSpec;
  /**
   * Which changes count at once; what is left out still reaches the target with the next full pass.
   */
  events?: ('Write' | 'Create' | 'Delete' | 'Move' | 'Attributes')[];
  sync?: SyncSpec;
  /**
   * The application is asked to be still for a moment, so that targets with a history have a checkpoint that is consistent to it: a database has written all of a transaction, or nothing.
   */
  checkpoints?: {
    /**
     * When, as a cron expression of five fields (UTC) or one of @hourly, @daily, @weekly, @monthly, @yearly; absent: only on request.
     */
    schedule?: string;
    /**
     * Where the application, or something beside it in its pod, is told: a POST of {"order":"BeStill","timeoutSeconds":30}, which is answered with 2xx once nothing is written any more, then one of {"order":"GoOn"}. On the loopback of the pod.
     */
    stillUrl: string;
    /**
     * For how long it is still at most; a checkpoint that is not made by then is none.
     */
    timeout?: string;
  };
  /**
   * Both sides are compared, besides the passes: what was changed at the target by others, or rotted on its disk, is found there whatever its size and time say.
   */
  verify?: {
    /**
     * Continuous: names and attributes are compared all the time, at two hundredths of a core. Never: only as schedule and mode say.
     */
    metadata?: 'Continuous' | 'Never';
    /**
     * What is compared by the schedule and on request. Checksum: contents too. Metadata: names and attributes.
     */
    mode?: 'Checksum' | 'Metadata';
    /**
     * When besides, as a cron expression of five fields (UTC) or one of @hourly, @daily, @weekly, @monthly, @yearly; absent: only on request.
     */
    schedule?: string;
    /**
     * What differs is sent again; what only the target has goes before the guard of deletions. false: it is told only.
     */
    repair?: boolean;
    /**
     * Bytes a second that Checksum reads of each side, a quantity such as 100Mi.
     */
    readLimit?: string;
  };
  retry?: RetrySpec;
  /**
   * Who is told of changes once they are on a target, at least once each and in order.
   */
  hooks?: HookSpec[];
  /**
   * A replica whose oldest pending change is younger than this is in sync.
   */
  maxLag?: string;
  /**
   * With fewer replicas in sync than this the condition InSync is False.
   */
  minInSync?: number;
  /**
   * IfEmpty: an empty source is filled from the target that covers the most recent time before the application starts.
   */
  restore?: 'Never' | 'IfEmpty';
  /**
   * Stop sending; changes are still watched and are sent when it is false again.
   */
  paused?: boolean;
  /**
   * How pods get their agent.
   */
  injection?: {
    /**
     * Pods that started before their SyncReplica have no agent. Never: they go on without one, and the status says how to restart them. Rollout: their Deployment, StatefulSet or DaemonSet is restarted once by the operator, which needs the chart's value `rbac.restarts`.
     */
    restart?: 'Never' | 'Rollout';
  };
  /**
   * The container that pods are given, for those that start from now on.
   */
  agent?: {
    /**
     * What is written here is instead of the chart's agent.resources. A pod of class Guaranteed stays so, the namespace's LimitRanges are met, and a pod that has resources as a whole shares them with its agent.
     */
    resources?: {
      /**
       * What the node keeps for it.
       */
      requests?: {
        /**
         * CPUs that the node keeps for the agent, a quantity such as 100m, instead of the chart's agent.resources. Pods of class Guaranteed stay so.
         */
        cpu?: string;
        /**
         * Memory that the node keeps for it, a quantity such as 128Mi; 32Mi at least.
         */
        memory?: string;
      };
      /**
       * What it can't pass.
       */
      limits?: {
        /**
         * CPUs that it can't pass, a quantity such as 500m; a LimitRange of the namespace may lower it.
         */
        cpu?: string;
        /**
         * Memory that it can't pass, a quantity such as 256Mi; 32Mi at least.
         */
        memory?: string;
      };
    };
    /**
     * Environment variables besides; they win over the chart's agent.extraEnv.
     */
    extraEnv?: {
      /**
       * The variable's name, such as TZ. Not the agent's own: POD_NAME, POD_UID, PATH, GCONV_PATH, GLIBC_TUNABLES, and what begins with SYNCREPLICA_, RSYNC_, NODE_, LD_ or OPENSSL_.
       */
      name: string;
      /**
       * Its value, as it is; a Secret is no source.
       */
      value: string;
    }[];
  };
  /**
   * What becomes of managed targets' claims when the target or the SyncReplica is deleted. Retain: they stay. Delete: they go too.
   */
  deletionPolicy?: 'Retain' | 'Delete';
}
/**
 * The volume that is copied. Immutable but for `path`; make another SyncReplica for another volume.
 */
export interface SourceSpec {
  /**
   * Name of the claim that is copied. Pods that mount it are given an agent.
   */
  persistentVolumeClaim?: string;
  podSelector?: PodSelectorSpec;
  /**
   * Name of a volume in the selected pods' spec: a claim, a StatefulSet's own claim, an emptyDir or an ephemeral volume.
   */
  volume?: string;
  /**
   * The source is in another cluster or on another machine, whose agent writes the targets: here are only their receivers, which are managed.
   */
  elsewhere?: boolean;
  /**
   * A directory inside the volume, relative to its root; empty means the whole volume.
   */
  path?: string;
  /**
   * As whom the agent reads. SameUser: as the container that mounts the volume. Elevated: as root with DAC_OVERRIDE only; needs the label syncreplica.io/allow-elevated="true" on the namespace.
   */
  access?: 'SameUser' | 'Elevated';
}
/**
 * Pods chosen by their labels, instead of a claim; needs `volume`.
 */
export interface PodSelectorSpec {
  /**
   * Labels that a pod must carry.
   */
  matchLabels?: {
    [k: string]: string;
  };
  /**
   * Requirements on labels, all of which a pod must meet.
   *
   * Items: One requirement on a label.
   */
  matchExpressions?: {
    /**
     * The label's name.
     */
    key: string;
    /**
     * How the label's value relates to `values`.
     */
    operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
    /**
     * The values; for In and NotIn only.
     */
    values?: string[];
  }[];
}
/**
 * One target.
 */
export interface TargetSpec {
  /**
   * The target's name, unique in this SyncReplica; a DNS label.
   */
  name: string;
  managed?: ManagedTargetSpec;
  external?: ExternalTargetSpec;
  ssh?: SshTargetSpec;
  /**
   * What is replaced or deleted on the target is kept for a while: a checkpoint can be looked into, restored from and rolled back to. Absent: nothing is kept. A change restarts the receiver.
   */
  history?: {
    /**
     * For how long; the oldest goes first.
     */
    keep?: string;
    /**
     * How much of the target's volume it may take: a share such as 20%, or a quantity such as 10Gi. When the volume runs full it gives way at once.
     */
    maxSize?: string;
  };
  /**
   * Takes VolumeSnapshots of the target's claims, with writes held for the moment that it takes. Needs a CSI driver that can, snapshot.storage.k8s.io/v1 in the cluster, and volumeSnapshots.enabled of the chart.
   */
  snapshots?: {
    /**
     * When, as a cron expression of five fields or an @name, in UTC; the first is taken as soon as the target was once compared.
     */
    schedule: string;
    /**
     * How many that can be used are kept; the oldest goes first.
     */
    keep?: number;
    /**
     * VolumeSnapshotClass; absent means the default one of the claim's driver.
     */
    className?: string;
  };
  readers?: ReadersSpec;
  /**
   * Stop sending to this target alone; the others go on. spec.paused stops all.
   */
  paused?: boolean;
  /**
   * Instead of spec.maxLag for this target.
   */
  maxLag?: string;
  /**
   * Instead of spec.filter, as a whole, for this target: what it excludes is neither sent there nor deleted there.
   */
  filter?: {
    /**
     * Patterns of what isn't copied to this target.
     */
    exclude?: string[];
    /**
     * Match either case of the letters a to z.
     */
    ignoreCase?: boolean;
    /**
     * Larger files are not sent to this target, a quantity such as 1Gi; what it has of one stays until the source has it no more.
     */
    maxFileSize?: string;
    /**
     * Patterns of what is copied to this target although an exclude matches it.
     */
    include?: string[];
  };
  /**
   * Each field instead of the one of spec.sync for this target.
   */
  sync?: {
    /**
     * rsync runs at a time for this target.
     */
    workers?: number;
    /**
     * Mirror: what goes at the source goes at this target. Keep: this target keeps it.
     */
    delete?: 'Mirror' | 'Keep';
    /**
     * Bytes a second to this target, a quantity such as 50Mi.
     */
    bandwidthLimit?: string;
    /**
     * Larger files go to this target when nothing else waits, one at a time; a quantity such as 1Gi.
     */
    lowPriorityAbove?: string;
    /**
     * Compression on the way to this target.
     */
    compression?: 'None' | 'zstd' | 'lz4';
    /**
     * When this target is compared as a whole.
     */
    fullPass?: {
      /**
       * A cron expression of five fields (UTC) or one of @hourly, @daily, @weekly, @monthly, @yearly.
       */
      schedule?: string;
    };
  };
}
/**
 * The operator runs the receiver, a StatefulSet in this namespace with a claim per source volume.
 */
export interface ManagedTargetSpec {
  /**
   * An existing claim that becomes the target in place, such as the old source after a fail-over; instead of storage. What it holds is renamed into its directory data; it is never deleted. For one source volume only, and nobody else may mount it.
   */
  claimName?: string;
  /**
   * The directory of the existing claim that becomes the replica, where that is not all of it: what was the source's path.
   */
  path?: string;
  /**
   * Size of each claim, a quantity such as 50Gi.
   */
  storage?: string;
  /**
   * StorageClass of the claims; absent means the cluster's default.
   */
  storageClassName?: string;
  /**
   * Access modes of the claims.
   */
  accessModes?: ('ReadWriteOnce' | 'ReadWriteMany' | 'ReadWriteOncePod')[];
  /**
   * What becomes of the receiver when the target is promoted. Stop: it goes, and the claim is free for any node. Serve: it goes on beside the application and serves what is there, and the target's history, read-only; the application has to be on its node unless the claim is ReadWriteMany. Absent means Stop.
   */
  afterPromotion?: 'Stop' | 'Serve';
  service?: TargetServiceSpec;
  /**
   * As whom the receiver writes. SameUser: as the source's user. Elevated: as root, which can keep owners and does by sync.preserve.owners; needs the label syncreplica.io/allow-elevated="true" on the namespace.
   */
  access?: 'SameUser' | 'Elevated';
  /**
   * As whom the receiver writes, instead of the source's user. It can't be changed afterwards.
   */
  user?: {
    /**
     * Number of the user; 1 or more.
     */
    uid: number;
    /**
     * Number of the group; absent means that of the user.
     */
    gid?: number;
  };
  /**
   * Labels of the nodes that the receiver may run on.
   */
  nodeSelector?: {
    [k: string]: string;
  };
  /**
   * Tolerations of the receiver's pod, as in a pod's spec.
   */
  tolerations?: {
    [k: string]: unknown;
  }[];
  /**
   * Affinity of the receiver's pod, as in a pod's spec.
   */
  affinity?: {
    [k: string]: unknown;
  };
  /**
   * Spread constraints of the receiver's pod, as in a pod's spec.
   */
  topologySpreadConstraints?: {
    [k: string]: unknown;
  }[];
  /**
   * Requests and limits of the receiver's container, as in a pod's spec.
   */
  resources?: {
    [k: string]: unknown;
  };
  /**
   * Priority class of the receiver's pod.
   */
  priorityClassName?: string;
  /**
   * How the receiver serves. What isn't said here is as the chart's receiver says it.
   */
  receiver?: {
    /**
     * Addresses and networks that may connect; the operator's pods have to be among them. Empty means all: the NetworkPolicy and TLS judge in any case.
     */
    hostsAllow?: string[];
    /**
     * Addresses and networks that may not connect, unless they are allowed.
     */
    hostsDeny?: string[];
    /**
     * Connections at a time; an agent needs workers + 4.
     */
    maxConnections?: number;
    /**
     * A silent rsync connection is ended after this.
     */
    timeout?: string;
    /**
     * Serve the replica and take no changes; agents are refused.
     */
    readOnly?: boolean;
    /**
     * Name the volume to a client that asks the daemon for its modules.
     */
    list?: boolean;
    /**
     * What such a client is told of the volume, one line.
     */
    comment?: string;
    /**
     * Log every entry that comes, goes or is deleted, by name.
     */
    transferLog?: boolean;
  };
}
/**
 * The Service by which agents, also those of other clusters, reach the receiver.
 */
export interface TargetServiceSpec {
  /**
   * Type of the Service. NodePort and LoadBalancer offer the receiver to other clusters; what an agent there needs is kept in the Secret <name>-<target>-srep-writer.
   */
  type?: 'ClusterIP' | 'NodePort' | 'LoadBalancer';
  /**
   * Annotations of the Service, for example for a load balancer.
   */
  annotations?: {
    [k: string]: string;
  };
}
/**
 * An rsync daemon that runs elsewhere, either the receiver of another installation or any rsyncd.
 */
export interface ExternalTargetSpec {
  /**
   * Host name or IP address of the daemon.
   */
  address: string;
  /**
   * Port of the daemon; 8730 is a receiver's, 873 a plain rsyncd's.
   */
  port?: number;
  /**
   * The daemon's module; of a receiver, the volume's name.
   */
  module: string;
  /**
   * Secret in this namespace: username and password; for a receiver also ca.crt, tls.crt and tls.key, and servername when its certificate doesn't name the address; for ServerOnly ca.crt when the CA is private.
   */
  secretName?: string;
  /**
   * Mutual: a receiver of SyncReplica, both sides show certificates. ServerOnly: an rsyncd behind TLS. None: a plain rsyncd; needs allowPlaintext.
   */
  tls?: 'Mutual' | 'ServerOnly' | 'None';
  /**
   * Accept that content crosses the network in the clear; needed by tls: None.
   */
  allowPlaintext?: boolean;
}
/**
 * A directory of a machine that lets in nothing but sshd, with an rsync there. Whose key is not in the Secret is not believed. Keeps no lease and no history, as any rsync daemon.
 */
export interface SshTargetSpec {
  /**
   * Host name or IP address of the machine, as known_hosts names it.
   */
  address: string;
  /**
   * Port of its sshd.
   */
  port?: number;
  /**
   * Who is logged in there; the copy is that user's.
   */
  user: string;
  /**
   * The directory, absolute; it has to exist.
   */
  path: string;
  /**
   * Secret in this namespace: ssh-privatekey, a private key without a passphrase, and known_hosts, the machine's own keys as ssh-keyscan writes them.
   */
  secretName: string;
}
/**
 * Copies on other nodes that the pods there read: the target's receiver feeds the first, these feed others, so that the source pays for the target alone. For sources of one volume.
 */
export interface ReadersSpec {
  /**
   * How many; with volume HostPath one on each node that nodeSelector means, and no more than there are nodes.
   */
  replicas: number;
  /**
   * How many one receiver feeds at most.
   */
  fanOut?: number;
  /**
   * Where a reader keeps its copy. HostPath: in /var/lib/syncreplica/<namespace>/<name>/<target> of its node, where pods of the node mount it; the namespace's Pod Security has to allow hostPath. Claim: in a claim of its own. EmptyDir: gone with its pod.
   */
  volume?: 'HostPath' | 'Claim' | 'EmptyDir';
  /**
   * Size of each claim, or the most that an emptyDir may take; a quantity such as 50Gi.
   */
  size?: string;
  /**
   * StorageClass of the claims; absent means the cluster's default.
   */
  storageClassName?: string;
  /**
   * For so long after a copy was known to be the source its file fresh/until says that it may be served.
   */
  freshFor?: string;
  /**
   * Labels of the nodes that readers may run on.
   */
  nodeSelector?: {
    [k: string]: string;
  };
  /**
   * Tolerations of the readers' pods, as in a pod's spec.
   */
  tolerations?: {
    [k: string]: unknown;
  }[];
  /**
   * Requests and limits of a reader's container, as in a pod's spec.
   */
  resources?: {
    [k: string]: unknown;
  };
  /**
   * Priority class of the readers' pods.
   */
  priorityClassName?: string;
}
/**
 * rsync filter patterns, anchored at the source path; what is excluded is neither sent nor deleted.
 */
export interface FilterSpec {
  /**
   * Patterns of what isn't copied, for example "*.tmp" or "/cache/".
   */
  exclude?: string[];
  /**
   * Match either case of the letters a to z: *.jpg is IMG_1.JPG too.
   */
  ignoreCase?: boolean;
  /**
   * Larger files are not sent, a quantity such as 1Gi; what a target has of one stays until the source has it no more.
   */
  maxFileSize?: string;
  /**
   * Patterns of what is copied although an exclude matches it.
   */
  include?: string[];
}
/**
 * How changes are sent.
 */
export interface SyncSpec {
  /**
   * The least time between two runs for one replica; 0s sends at once and adapts to the load.
   */
  minInterval?: string;
  /**
   * A file that is never closed is sent at least this often while it changes.
   */
  maxDelay?: string;
  /**
   * rsync runs at a time for one replica.
   */
  workers?: number;
  /**
   * How long work on a path waits for other work there before it is put back and tried later. Ten minutes where it is not said.
   */
  lockTimeout?: string;
  /**
   * Mirror: what goes at the source goes at the target. Keep: the target keeps it.
   */
  delete?: 'Mirror' | 'Keep';
  deleteGuard?: DeleteGuardSpec;
  /**
   * Bytes a second for each replica, a quantity such as 50Mi; absent means unlimited.
   */
  bandwidthLimit?: string;
  /**
   * Larger files go when nothing else waits, one at a time; a quantity such as 1Gi. Absent means that each has a place beside all else.
   */
  lowPriorityAbove?: string;
  /**
   * Compression on the way; worth it on slow links only.
   */
  compression?: 'None' | 'zstd' | 'lz4';
  preserve?: PreserveSpec;
  fullPass?: FullPassSpec;
}
/**
 * Deletions of one full pass beyond both limits, and those of an emptied or vanished root, are held until they are released.
 */
export interface DeleteGuardSpec {
  /**
   * Percentage of the target's files that one full pass may delete.
   */
  maxPercent?: number;
  /**
   * This many files may always be deleted.
   */
  minFiles?: number;
  /**
   * How long a receiver keeps what a mass of deletions took away, so that it can be put back; less where its volume runs full. One hour where it is not said; 0 keeps nothing.
   */
  keep?: string;
}
/**
 * What of a file, besides its content, is kept.
 */
export interface PreserveSpec {
  /**
   * Owner and group; needs a target with Elevated access.
   */
  owners?: boolean;
  /**
   * Permission bits.
   */
  permissions?: boolean;
  /**
   * Modification times.
   */
  times?: boolean;
  /**
   * Hard links between files of the source.
   */
  hardLinks?: boolean;
  /**
   * Extended attributes.
   */
  xattrs?: boolean;
  /**
   * Access control lists.
   */
  acls?: boolean;
  /**
   * Holes in sparse files.
   */
  sparse?: boolean;
  /**
   * Devices and other special files.
   */
  devices?: boolean;
}
/**
 * A comparison of the whole tree as a safety net; there is one at start and after any overflow too.
 */
export interface FullPassSpec {
  /**
   * When, as a cron expression of five fields (UTC) or one of @hourly, @daily, @weekly, @monthly, @yearly.
   */
  schedule?: string;
  /**
   * What a comparison by the schedule leaves out; the one at the start, after lost events and on request looks at all.
   */
  filter?: {
    /**
     * rsync patterns, for example "/archive/"; changes below them are sent as ever.
     */
    exclude?: string[];
  };
  /**
   * A random delay up to this is added, so that many replicas don't start at once.
   */
  jitter?: string;
}
/**
 * Back-off after a failure, doubled each time, with jitter.
 */
export interface RetrySpec {
  /**
   * The first wait.
   */
  initial?: string;
  /**
   * The longest wait.
   */
  max?: string;
}
/**
 * One hook.
 */
export interface HookSpec {
  /**
   * The hook's name, unique in this SyncReplica; a DNS label.
   */
  name: string;
  /**
   * rsync patterns of which one has to match, for example "*.jpg" or "/site/**"; empty means every name.
   */
  paths?: string[];
  /**
   * Which changes it is told of. A new file is a Create; a hook that wants only Write is told of it too.
   */
  operations?: ('Write' | 'Create' | 'Delete' | 'Move' | 'Attributes')[];
  /**
   * Names of the targets at which a change has to be, each told by itself; empty means all.
   */
  targets?: string[];
  /**
   * A batch leaves when it is full, or when its oldest event has waited so long.
   */
  debounce?: string;
  /**
   * Events of one call at most.
   */
  batchSize?: number;
  http?: HttpHookSpec;
  webhook?: WebhookHookSpec;
  /**
   * A line of JSON for each event in a file beside the replica, .syncreplica/hooks/<name>.jsonl in the target's volume; what batchSize says does not matter to it.
   */
  file?: {
    /**
     * Longer than this the file is turned over; a quantity from 4Ki to 1Gi.
     */
    maxSize?: string;
    /**
     * So many older files stay.
     */
    keep?: number;
  };
}
/**
 * A request of your own. In url and bodyTemplate {path}, {from} and {operation} are those of the event, {paths} and {events} all of them as JSON, {hook} and {target} the names.
 */
export interface HttpHookSpec {
  /**
   * Where to; http:// or https://.
   */
  url: string;
  /**
   * The request's method.
   */
  method?: 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'GET' | 'PURGE' | 'BAN';
  /**
   * The body; absent means JSON with all that is known of the events.
   */
  bodyTemplate?: string;
  /**
   * Secret in this namespace whose keys are names of headers and whose values are theirs, for example Authorization.
   */
  headersSecretName?: string;
  /**
   * How long an answer may take.
   */
  timeout?: string;
}
/**
 * CloudEvents 1.0 by POST: one event, or a JSON batch where batchSize is more than 1.
 */
export interface WebhookHookSpec {
  /**
   * Where to; http:// or https://.
   */
  url: string;
  /**
   * Secret in this namespace whose keys are names of headers and whose values are theirs, for example Authorization.
   */
  headersSecretName?: string;
  /**
   * How long an answer may take.
   */
  timeout?: string;
}
/**
 * What was last observed.
 */
export interface SyncReplicaStatus {
  /**
   * The generation of the spec that agents run; it grows when the last of them was told. -1 until the operator has looked.
   */
  observedGeneration?: number;
  /**
   * Ready, InSync, Injected, TargetsReady, Progressing, DeletesHeld, Verified, Degraded, Promoted, AgentsOutdated, Reconciling, Stalled.
   */
  conditions?: StatusCondition[];
  /**
   * One row for each source volume.
   */
  volumes?: VolumeStatusRow[];
  /**
   * What agents and receivers run, by version.
   */
  versions?: {
    /**
     * Agents of the source's pods.
     *
     * Items: How many run one version.
     */
    agents?: {
      /**
       * The program's version.
       */
      version: string;
      /**
       * How many run it.
       */
      count: number;
    }[];
    /**
     * Receivers of managed targets.
     *
     * Items: How many run one version.
     */
    receivers?: {
      /**
       * The program's version.
       */
      version: string;
      /**
       * How many run it.
       */
      count: number;
    }[];
  };
  /**
   * Who may read the past of its targets by the annotation syncreplica.io/history-reader. Nothing here is a secret: the certificate is of use to the holder of the private key alone.
   */
  historyReader?: {
    /**
     * Until when.
     */
    until: string;
    /**
     * The key that was asked for, base64 of its SPKI.
     */
    publicKey: string;
    /**
     * What is shown to receivers, PEM.
     */
    certificate: string;
    /**
     * Whose receivers can be trusted, PEM.
     */
    authorities: string;
  };
  /**
   * Targets that are in use in place of their source, or on the way to it, by the annotation syncreplica.io/promote.
   *
   * Items: One target.
   */
  promotions?: {
    /**
     * The target's name.
     */
    target: string;
    /**
     * When it was asked for.
     */
    requestedAt: string;
    /**
     * By which client, as the API server knows it: a field manager.
     */
    requestedBy?: string;
    /**
     * Since when every writer is refused. The value of the annotation syncreplica.io/demote that ends it.
     */
    fencedAt?: string;
    /**
     * The moment that it was rolled back to as it was promoted, by the annotation syncreplica.io/roll-back-to.
     */
    rolledBackTo?: string;
    /**
     * What the source had and the target has not, in a sentence.
     */
    loss?: string;
    /**
     * How many changes that is; absent where nobody can know.
     */
    lostChanges?: number;
    /**
     * The age of the oldest of it at that time.
     */
    lostSeconds?: number;
    /**
     * The claims to mount, one for each source volume.
     *
     * Items: One claim.
     */
    claims?: {
      /**
       * The source volume that it takes the place of.
       */
      volume: string;
      /**
       * The claim's name.
       */
      claim: string;
      /**
       * The directory in it that holds the replica: the subPath of the mount.
       */
      path: string;
    }[];
    /**
     * What to write into the pods that mount it.
     */
    manifest?: string;
    /**
     * Its steps: Drained, Fenced, Released.
     *
     * Items: One condition, as metav1.Condition.
     */
    conditions?: {
      /**
       * The step.
       */
      type: string;
      /**
       * True or False.
       */
      status: 'True' | 'False';
      /**
       * One word of why.
       */
      reason: string;
      /**
       * A sentence.
       */
      message: string;
      /**
       * When the status last changed.
       */
      lastTransitionTime: string;
    }[];
  }[];
  /**
   * VolumeSnapshots of targets' claims; see spec.targets[].snapshots.
   *
   * Items: One target.
   */
  snapshots?: {
    /**
     * The target's name.
     */
    target: string;
    /**
     * When the last was taken.
     */
    takenAt?: string;
    /**
     * Its VolumeSnapshots, one for each source volume, up to ten of them.
     */
    names?: string[];
    /**
     * Whether the target was its source then.
     */
    atCheckpoint?: boolean;
    /**
     * How many can be used.
     */
    ready?: number;
    /**
     * One word of why there is none when there should be.
     */
    reason?: string;
    /**
     * That in a sentence.
     */
    message?: string;
  }[];
  /**
   * The source, for the printer column.
   */
  source?: string;
  /**
   * The targets' names, for the printer column.
   */
  targets?: string;
  /**
   * Replicas in sync of those expected, for the printer column: 2/2.
   */
  inSync?: string;
  /**
   * The worst lag, for the printer column: 0.2s.
   */
  lag?: string;
  /**
   * When a change last reached a target.
   */
  lastSyncTime?: string;
  /**
   * Changes not yet on every target.
   */
  pending?: number;
  /**
   * The highest writer epoch.
   */
  epoch?: number;
  /**
   * The worst state of any replica.
   */
  state?: string;
}
/**
 * One condition, as metav1.Condition.
 */
export interface StatusCondition {
  /**
   * What the condition is about.
   */
  type: string;
  /**
   * True, False or Unknown.
   */
  status: 'True' | 'False' | 'Unknown';
  /**
   * One word of why.
   */
  reason: string;
  /**
   * A sentence that says what is the matter and what to do.
   */
  message: string;
  /**
   * When the status last changed.
   */
  lastTransitionTime: string;
  /**
   * The generation that this is about.
   */
  observedGeneration?: number;
}
/**
 * One source volume.
 */
export interface VolumeStatusRow {
  /**
   * The claim's name, or the pod's for a volume without a claim.
   */
  name: string;
  /**
   * The ordinal of the source volume, and so of its target claims.
   */
  ordinal?: number;
  /**
   * The pod whose agent holds the write lease.
   */
  writer?: string;
  /**
   * Grows by one with every new writer and every new connection of one; a receiver refuses an older one.
   */
  epoch?: number;
  /**
   * One row for each target.
   */
  replicas?: ReplicaStatusRow[];
}
/**
 * One replica: this source volume on one target.
 */
export interface ReplicaStatusRow {
  /**
   * The target's name.
   */
  target: string;
  /**
   * The replica's state.
   */
  state:
    | 'NonExistent'
    | 'New'
    | 'Online'
    | 'Offline'
    | 'Idle'
    | 'Promoted'
    | 'DeletionStarted'
    | 'DeletionSuccessful'
    | 'DeletionIneligible';
  /**
   * Whether it is Online and within maxLag.
   */
  inSync?: boolean;
  /**
   * Whether nothing is sent because spec, or this target, is paused.
   */
  paused?: boolean;
  /**
   * Age of the oldest change not yet on the target, 0 when there is none.
   */
  lagSeconds?: number;
  /**
   * Changes not yet on the target.
   */
  pending?: number;
  position?: ReplicaPosition;
  /**
   * Since when something of the source is not on the target, as far as anybody has said, also while no pod runs; absent while it is in sync.
   */
  behindSince?: string;
  /**
   * When a change last reached the target.
   */
  lastSyncTime?: string;
  /**
   * When the whole tree was last compared.
   */
  lastFullPassTime?: string;
  /**
   * What the target keeps of the past; see spec.targets[].history.
   */
  history?: {
    /**
     * The earliest moment that can be gone back to.
     */
    oldestTime?: string;
    /**
     * When the target was last known to be the source.
     */
    checkpointTime?: string;
    /**
     * When it was last let go before its time: the volume was nearly full, or it could not be written.
     */
    shortenedTime?: string;
    /**
     * Room that it takes, in bytes.
     */
    bytes?: number;
    /**
     * Entries that are kept.
     */
    entries?: number;
  };
  readers?: ReadersStatusRow;
  /**
   * How the last consistent checkpoint went; see spec.checkpoints.
   */
  checkpoint?: {
    /**
     * When the last one was made.
     */
    consistentTime?: string;
    /**
     * Why the one that was tried last was not made.
     */
    trouble?: string;
    /**
     * The last value of checkpoint-requested-at that was carried out.
     */
    answered?: string;
  };
  /**
   * When both sides were last compared as a whole.
   */
  verifiedAt?: string;
  /**
   * What comparing both sides has shown; see spec.verify.
   */
  verification?: {
    /**
     * What was compared last.
     */
    mode?: 'Checksum' | 'Metadata';
    /**
     * Entries compared then.
     */
    entries?: number;
    /**
     * Entries that differ now.
     */
    differences?: number;
    /**
     * Entries found to differ since the agent's start.
     */
    found?: number;
    /**
     * Of these those that were mended.
     */
    repaired?: number;
    /**
     * Some that differ, with how.
     */
    samples?: string[];
    /**
     * The last value of verify-requested-at that was carried out.
     */
    answered?: string;
    /**
     * Why it can't be done.
     */
    trouble?: string;
    /**
     * How far the one is that was asked for or scheduled.
     */
    progress?: {
      /**
       * Entries compared.
       */
      entriesDone?: number;
      /**
       * Entries known.
       */
      entriesTotal?: number;
      /**
       * Bytes compared.
       */
      bytesDone?: number;
    };
  };
  progress?: ReplicaProgress;
  lastError?: ReplicaError;
}
/**
 * The last change known to be on the target.
 */
export interface ReplicaPosition {
  /**
   * The writer's epoch.
   */
  epoch?: number;
  /**
   * The change's number in that epoch.
   */
  sequence?: number;
}
/**
 * The target's readers; see spec.targets[].readers.
 */
export interface ReadersStatusRow {
  /**
   * How many there are to be.
   */
  replicas: number;
  /**
   * How many were known to be the source within freshFor.
   */
  fresh: number;
  /**
   * Of the others the worst, up to five.
   *
   * Items: One reader.
   */
  behind?: {
    /**
     * Its pod.
     */
    pod: string;
    /**
     * How long ago it was last known to be the source; absent where nobody knows.
     */
    behindSeconds?: number;
  }[];
}
/**
 * How far a pass over the whole tree is.
 */
export interface ReplicaProgress {
  /**
   * InitialPass, FullPass or Restore.
   */
  phase?: 'InitialPass' | 'FullPass' | 'Restore';
  /**
   * Files seen to.
   */
  filesDone?: number;
  /**
   * Files known.
   */
  filesTotal?: number;
  /**
   * Bytes seen to.
   */
  bytesDone?: number;
  /**
   * Bytes known.
   */
  bytesTotal?: number;
  /**
   * Estimated seconds left.
   */
  etaSeconds?: number;
}
/**
 * The last failure, until a run succeeds.
 */
export interface ReplicaError {
  /**
   * One word of why.
   */
  reason?: string;
  /**
   * A sentence.
   */
  message?: string;
  /**
   * When.
   */
  time?: string;
}
