import type { Position } from './control.ts';

/** Why a replica is not running as it should: a small fixed set, also the `reason` label of metrics. */
export type FailureReason =
  | 'TargetUnreachable'
  | 'TargetFull'
  | 'TargetEmpty'
  | 'TargetDenied'
  | 'TargetReadOnly'
  | 'TargetLost'
  | 'AuthenticationFailed'
  | 'CertificateInvalid'
  | 'UnknownModule'
  | 'ProtocolError'
  | 'LeaseHeld'
  | 'OtherSource'
  | 'Promoted'
  | 'RestoreAmbiguous'
  | 'RestoreMissed'
  | 'StaleEpoch'
  | 'SourceUnreadable'
  | 'SourceLost'
  | 'PartialTransfer'
  | 'Stalled'
  | 'TimedOut'
  | 'DeletesHeld'
  | 'Unsupported'
  | 'Internal';

export interface ReplicaError {
  readonly reason: FailureReason;
  readonly message: string;
  /** ms since the epoch. */
  readonly at: number;
}

/** `Online`: changes flow. `Connecting`: nothing known yet. `Offline`: see `lastError`. */
export type LinkState = 'Connecting' | 'Online' | 'Offline' | 'Paused';

export interface PassProgress {
  /** `Comparing` both sides, then `Transferring` what differs. */
  readonly phase: 'InitialPass' | 'FullPass' | 'Restore';
  readonly step: 'Comparing' | 'Transferring';
  readonly filesDone: number;
  /** Grows while the comparison runs. */
  readonly filesTotal: number;
  readonly bytesDone: number;
  readonly bytesTotal: number;
  readonly startedAt: number;
  readonly etaSeconds: number | null;
}

/** How consistent checkpoints of a target went. */
export interface CheckpointStatus {
  /** When the last was made, ms since the epoch. */
  readonly consistentAt: number | null;
  /** Why the one that was tried last was not made. */
  readonly trouble: string | null;
  /** The last request that was carried out. */
  readonly answered: string | null;
}

export interface HeldDeletes {
  /** What has to be repeated to release them. */
  readonly id: string;
  /** `Undeleted`: they were made, and put back on request. */
  readonly reason: 'TooMany' | 'SourceEmpty' | 'SourceReplaced' | 'Undeleted';
  readonly count: number;
  /** Up to 10 paths, bytes escaped as rsync does (`\#ooo`). */
  readonly samples: readonly string[];
  readonly since: number;
}

/** A mass of deletions that was made at a target and can be put back there until then. */
export interface KeptDeletes {
  readonly id: string;
  /** Topmost paths. */
  readonly count: number;
  /** ms since the epoch, the receiver's clock. */
  readonly since: number;
  readonly until: number;
  /** Up to 10 paths, bytes escaped as rsync does (`\#ooo`). */
  readonly samples: readonly string[];
}

/** Why a replica is not in sync. The message is a sentence for a person. */
export interface NotInSync {
  readonly reason:
    | 'Promoted'
    | 'NotOnline'
    | 'InitialPass'
    | 'NotWatched'
    | 'Behind'
    | 'UpstreamBehind'
    | 'NotDurable'
    | 'DeletesHeld'
    | 'Refused'
    | 'Unreadable'
    | 'Diverged';
  readonly message: string;
}

/** What is known from comparing both sides, besides what is pending. */
export interface VerificationStatus {
  /** When a comparison of everything last ended, ms since the epoch, of what, and how many entries it looked at. */
  readonly verifiedAt: number | null;
  readonly mode: VerifyMode | null;
  readonly entries: number;
  /** Entries that differ now, looked at twice while nothing was under way for them. */
  readonly differences: number;
  /** Up to 10 of them, printable: `path (kind)`. */
  readonly samples: readonly string[];
  /** Since the agent's start: entries that were found to differ, and that were mended. */
  readonly found: number;
  readonly repaired: number;
  /** Since the agent's start: entries that work had left different, found by the look after it and sent again. */
  readonly rests: number;
  /** The one that was asked for or scheduled, while it goes on. */
  readonly running: VerifyProgress | null;
  /** The last request that was answered: its value. */
  readonly answered: string | null;
  /** Why it can't be done, in a sentence. */
  readonly trouble: string | null;
}

export type VerifyMode = 'Metadata' | 'Checksum';

export interface VerifyProgress {
  readonly mode: VerifyMode;
  readonly startedAt: number;
  readonly entriesDone: number;
  /** As the last pass counted them; 0 if it is not known. */
  readonly entriesTotal: number;
  readonly bytesDone: number;
}

export interface ReplicaStatus {
  readonly target: string;
  readonly link: LinkState;
  /** The first pass of this agent's life is done. */
  readonly initialPassDone: boolean;
  readonly inSync: boolean;
  /** null when it is; absent from an agent of an earlier version. */
  readonly notInSync?: NotInSync | null;
  readonly lagSeconds: number;
  readonly pending: number;
  readonly position: Position | null;
  readonly lastSyncAt: number | null;
  readonly lastFullPassAt: number | null;
  readonly progress: PassProgress | null;
  readonly lastError: ReplicaError | null;
  readonly heldDeletes: HeldDeletes | null;
  /** Entries that can't be copied (unreadable, too long, special files that are not asked for). */
  readonly skipped: {
    readonly count: number;
    /** How many of them can't be copied by their nature, as sockets: nothing is owed. Absent from an agent that does not tell. */
    readonly special?: number;
    readonly samples: readonly string[];
  };
  /** Absent from an agent that does not verify. */
  readonly checkpoint?: CheckpointStatus;
  readonly verification?: VerificationStatus;
  /** The youngest last, up to 5; absent where nothing is kept. */
  readonly keptDeletes?: readonly KeptDeletes[];
  readonly transferredBytes: number;
  readonly transferredFiles: number;
  readonly renames: number;
}

/** Something that limits the watch of the source. The message says what to do. */
export interface Limit {
  readonly reason: 'WatchLimitReached' | 'QueueOverflow' | 'UnreadableFiles' | 'HookFailing';
  readonly message: string;
}

/** GET /v1/status of an agent. */
export interface AgentStatus {
  readonly version: string;
  readonly holder: string;
  readonly source: string;
  readonly generation: number;
  readonly paused: boolean;
  readonly startedAt: number;
  readonly phase: 'Starting' | 'Restoring' | 'Watching' | 'SourceLost' | 'Stopping';
  readonly watch: {
    readonly kind: 'inotify' | 'polling' | 'chokidar' | null;
    readonly watchedDirectories: number;
    readonly watchLimit: number | null;
    readonly overflows: number;
    readonly unreadable: { readonly count: number; readonly samples: readonly string[] };
  };
  /** The target as which the agent knows the receiver that it hands this to; absent from an older agent, and where it is asked itself. */
  readonly handedTo?: string;
  /** What limits the agent now, the worst first. */
  readonly degraded: readonly Limit[];
  readonly replicas: readonly ReplicaStatus[];
}

/** An agent of which nothing changes hands its status over this often all the same: what a promotion may lose is told from the last. */
export const signOfLifeMs = 4_000;
