/**
 * What one agent is told: the part of a SyncReplica that concerns one source volume, with every unit resolved.
 * All times are milliseconds, all sizes bytes. The operator writes it as JSON, `syncreplica agent` builds it from flags.
 */
export interface ReplicationSettings {
  /** Grows with every edit; the newer of two settings counts. */
  readonly generation: number;
  /** Absolute path of the directory that is replicated (the mount with `source.path` already joined). */
  readonly source: string;
  readonly filter: FilterSettings;
  readonly events: readonly EventKind[];
  readonly sync: SyncSettings;
  readonly retry: { readonly initialMs: number; readonly maxMs: number };
  /** A replica whose lag is within it is in sync. */
  readonly maxLagMs: number;
  readonly restore: 'Never' | 'IfEmpty';
  readonly paused: boolean;
  /** Absent: as `defaultVerify` says. */
  readonly verify?: VerifySettings;
  /** Absent: checkpoints are those at which nothing happened to be on its way. */
  readonly checkpoints?: CheckpointSettings;
  readonly targets: readonly TargetSettings[];
  /** Labels of all the agent's metrics; none on a plain machine. */
  readonly labels?: MetricLabels;
  /** The operator's epoch: instructions of an older one than was seen are refused. Absent without an operator. */
  readonly controllerEpoch?: number;
  /** The identity of the source volume: whose data its targets hold. In a cluster the uid of its claim, or of its pod. */
  readonly lineage?: string;
  /**
   * With `restore: IfEmpty`, from an operator: plain daemons that this source has been compared with. They remember nothing
   * themselves: what another one of them holds may be what the source was to be filled with.
   */
  readonly begun?: readonly string[];
  /** The source's volume was filled before any pod had it, from what these targets hold since then: see VolumeLineage. */
  readonly restoredFrom?: Readonly<Record<string, number>>;
  /** In settings that an operator wrote: the agents' version from which on they mean what they say. */
  readonly minAgentVersion?: string;
  /** The source is the `data` of a receiver, which says in a file beside it as of when it is what it is a copy of. */
  readonly relay?: boolean;
  /** Keep in memory what changed lately, and when it was at which target. */
  readonly journal?: boolean;
  /** Write the journal to the log until then. */
  readonly journalLines?: JournalLinesSettings;
  /** Who is told of what arrives. */
  readonly hooks?: readonly HookSettings[];
  /** What was asked for once. Each counts when its value differs from the last one seen (those found at start included). */
  readonly requests?: RequestSettings;
}

/** `untilMs` is wall clock; `path` an rsync pattern of the names that are written, all without one. */
export interface JournalLinesSettings {
  readonly untilMs: number;
  readonly path?: string;
}

/** When the application is asked to be still for a checkpoint. */
export interface CheckpointSettings {
  /** Absent: on request alone. */
  readonly schedule?: string;
  /** On the loopback of the agent's pod or machine; see call-still.ts. */
  readonly stillUrl: string;
  /** For how long it is still at most. */
  readonly timeoutMs: number;
}

/** Somebody who is told of changes once they are on a target. */
export interface HookSettings {
  readonly name: string;
  /** rsync patterns of which one has to match; none: every name. */
  readonly paths: readonly string[];
  readonly operations: readonly EventKind[];
  /** Of these targets, each by itself; none: of all. */
  readonly targets: readonly string[];
  /** A batch leaves when it is full, or when its oldest has been there so long. */
  readonly debounceMs: number;
  readonly batchSize: number;
  readonly call: HookCall;
}

export type HookCall =
  | {
      readonly kind: 'http';
      readonly url: string;
      readonly method: string;
      readonly bodyTemplate?: string;
      readonly headers: Readonly<Record<string, string>>;
      readonly timeoutMs: number;
    }
  | {
      /** CloudEvents 1.0. */
      readonly kind: 'webhook';
      readonly url: string;
      readonly headers: Readonly<Record<string, string>>;
      readonly timeoutMs: number;
    }
  | {
      /** Lines in a file of the target's receiver, turned over when it is so long; `keep` older ones stay. */
      readonly kind: 'file';
      readonly maxBytes: number;
      readonly keep: number;
    }
  | {
      /** Plain machines only: a program with its arguments, never a shell's text. */
      readonly kind: 'command';
      readonly argv: readonly string[];
    };

/** Which SyncReplica (`replica_namespace`, `replica`) and source volume an agent works for. */
export interface MetricLabels {
  readonly replica_namespace: string;
  readonly replica: string;
  readonly volume: string;
}

export interface RequestSettings {
  /** Value of the annotation sync-requested-at: one full pass of every target now. */
  readonly sync?: string;
  /** Value of the annotation verify-requested-at: one verification of every target now. */
  readonly verify?: string;
  /** Value of the annotation checkpoint-requested-at: one consistent checkpoint now. */
  readonly checkpoint?: string;
  /** Value of the annotation locks-requested-at: who holds and awaits which path is written to the log once. */
  readonly locks?: string;
  /** The id of held deletions that may go on. */
  readonly releaseDeletes?: string;
  /** The id of deletions that a target keeps and is to put back. */
  readonly undelete?: string;
  /**
   * This source counts although the target holds another's data: `any`, or the time (as the refusal tells it) since when
   * the target holds what may be replaced.
   */
  readonly adopt?: string;
}

export type EventKind = 'Write' | 'Create' | 'Delete' | 'Move' | 'Attributes';

/** rsync filter patterns anchored at the source; an include wins over an exclude, as `--include` before `--exclude`. */
export interface FilterSettings {
  readonly exclude: readonly string[];
  readonly include: readonly string[];
  /** Bytes: a larger file is not sent, and what a target has of it stays as long as the source has it. */
  readonly maxFileSize?: number;
}

export interface SyncSettings {
  readonly minIntervalMs: number;
  readonly maxDelayMs: number;
  readonly workers: number;
  /** How long work on a path waits for other work there before it is put back; default 10 min. */
  readonly lockTimeoutMs?: number;
  readonly delete: 'Mirror' | 'Keep';
  /** `keepMs`: how long a mass of deletions can be put back; default 1 h. */
  readonly deleteGuard: { readonly maxPercent: number; readonly minFiles: number; readonly keepMs?: number };
  /** Bytes a second for one replica; absent means unlimited. */
  readonly bandwidthLimit?: number;
  /** Bytes: larger files go when nothing else waits, one at a time; absent: they have a place beside all else. */
  readonly lowPriorityAbove?: number;
  readonly compression: 'None' | 'zstd' | 'lz4';
  readonly preserve: PreserveSettings;
  /** `schedule` is a cron expression or one of its @names. */
  readonly fullPass: {
    readonly schedule: string;
    readonly jitterMs: number;
    /** What a comparison by the schedule leaves out; any other looks at all. */
    readonly filter?: Pick<FilterSettings, 'exclude'>;
  };
}

export interface VerifySettings {
  /** `Continuous`: names and attributes of both sides are compared all the time, slowly. */
  readonly metadata: 'Continuous' | 'Never';
  /** When besides, and when it is asked for: what is compared. */
  readonly mode: 'Checksum' | 'Metadata';
  /** A cron expression or one of its @names; absent: only when it is asked for. */
  readonly schedule?: string;
  /** What differs is sent again. */
  readonly repair: boolean;
  /** Bytes a second that `Checksum` reads of each side; absent means unlimited. */
  readonly readLimit?: number;
}

export interface PreserveSettings {
  readonly owners: boolean;
  readonly permissions: boolean;
  readonly times: boolean;
  readonly hardLinks: boolean;
  readonly xattrs: boolean;
  readonly acls: boolean;
  readonly sparse: boolean;
  readonly devices: boolean;
}

export type TargetSettings = ReceiverTarget | RsyncdTarget | SshTarget;

/** What one target has instead of what is said for all; a pause for all is one for each. */
export interface TargetOverrides {
  readonly paused?: boolean;
  readonly filter?: FilterSettings;
  readonly maxLagMs?: number;
  readonly sync?: Partial<
    Pick<SyncSettings, 'delete' | 'bandwidthLimit' | 'lowPriorityAbove' | 'workers' | 'compression'>
  > & {
    readonly fullPass?: { readonly schedule: string };
  };
}

/** A receiver of ours: mTLS, lease, rename hints, positions. */
export interface ReceiverTarget extends TargetOverrides {
  readonly kind: 'receiver';
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** The receiver's volume, which is also its rsync module. */
  readonly volume: string;
  readonly username: string;
  readonly password: string;
  readonly tls: TlsMaterial;
}

/** Any other rsync daemon. */
export interface RsyncdTarget extends TargetOverrides {
  readonly kind: 'rsyncd';
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly module: string;
  readonly username?: string;
  readonly password?: string;
  /** Absent means plaintext. With `cert` and `key` it is mutual. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string; readonly servername?: string };
}

/** A directory behind an sshd, with an rsync there. */
export type SshTarget = SshAddress & (SshFiles | SshTexts);

interface SshAddress extends TargetOverrides {
  readonly kind: 'ssh';
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** Absolute, without a slash at its end. */
  readonly path: string;
}

/** Absolute paths of a private key without a passphrase, and of known_hosts(5). */
export interface SshFiles {
  readonly keyFile: string;
  readonly knownHostsFile: string;
}

/** What is in them, where an operator has it from a Secret. */
export interface SshTexts {
  readonly key: string;
  readonly knownHosts: string;
}

/** PEM texts. `servername` is what the server's certificate must name, when it is not the host. */
export interface TlsMaterial {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  readonly servername?: string;
}
