import type { FilterSettings } from '../../src/api/settings/replication-settings.ts';
import type { AgentStatus } from './agent-status.ts';
import type { KeptMass } from './past/kept.ts';
import type { HistoryFigures, RolledBackTo } from './past/past.ts';

/**
 * What an agent and a receiver say to each other on the control connection (ALPN `syncreplica-control/1`):
 * HTTP/1.1 with JSON bodies, kept alive. Paths are base64url of their bytes; '' is the root of the replica.
 * Every request but GET names the writer's epoch; an older one is answered 409 `{ code: 'StaleEpoch', epoch }`, one from before the machine's boot 503 NotReady.
 * Every request but `GET /v1/volumes/{volume}` shows the rsync user's name and password as HTTP basic authentication.
 */

/** ALPN names of the receiver's one port. */
export const alpnRsync = 'rsync';
export const alpnControl = 'syncreplica-control/1';

/**
 * First line of a connection with ALPN `rsync`, sent by the agent before rsync's own greeting:
 * `@SYNCREPLICA: <volume> <epoch>\n`, with ` framed` at its end where what follows comes in frames (framed-rsync.ts). The receiver answers nothing to a valid one and goes straight on with the
 * daemon's greeting; else it answers one line `@ERROR: <reason> <text>\n` and closes. Epoch 0 reads only and needs no
 * lease.
 */
export const rsyncPreamble = (volume: string, epoch: number, isFramed = false): string =>
  `@SYNCREPLICA: ${volume} ${epoch}${isFramed ? ' framed' : ''}\n`;

/** The epoch of a connection that only reads. */
export const readingEpoch = 0;

/** TTL of a lease, and how often a writer renews it. */
export const leaseTtlMs = 15_000;
export const leaseRenewMs = 5_000;

/** PUT /v1/volumes/{volume}/lease: take or renew. A holder renews with its epoch; a new one gets a higher epoch. */
export interface LeaseRequest {
  /** Who asks: stable for one run of an agent (pod name + random). */
  readonly holder: string;
  /** The epoch held, 0 for none. */
  readonly epoch: number;
  /**
   * A new connection of the one who holds that epoch: it gets the next one, and what runs under the former, which may still
   * finish a file, is ended before that is answered. False: a renewal. Absent: of an agent from before this field, either.
   */
  readonly fresh?: boolean;
  /**
   * The operator's controller epoch, 0 without an operator; an older one than seen is refused with StaleController. It
   * counts only with a certificate that names a SyncReplica: from elsewhere it is taken for 0, which is never refused.
   */
  readonly controllerEpoch: number;
  /** Take it although another's lease has not run out (the other is known to be gone, or `local`). */
  readonly takeOver: boolean;
  /** Whose data the writer brings; absent where the writer can't say. */
  readonly lineage?: Lineage;
  /**
   * This lineage counts from now on: a person said so, or the source was restored from this volume. A number is the
   * `since` of the lineage that is known to end by it; with another one nothing is adopted.
   */
  readonly adopt?: true | number;
  /** Where the answer says that the volume has a history, the writer names what each rsync run sends: see framed-rsync.ts. */
  readonly preserves?: true;
  /** How old the replica is at most, ms, all the way to the first source; absent while it is not in sync. */
  readonly coveredMs?: number;
}

/** The source volume's identity: in a cluster the uid of its claim, else an id kept with the source. */
export interface Lineage {
  readonly id: string;
}

/**
 * A receiver's life. What was written and not yet acknowledged by a position may be lost when `bootId` changed (the
 * machine's kernel started anew); with another `instance` alone (its process started anew) nothing is.
 */
export interface ReceiverLife {
  readonly bootId: string;
  readonly instance: string;
}

/**
 * 200. On 409 `{ code: 'LeaseHeld', holder, expiresInMs }` another writer's lease is still valid; `OtherSource`: the
 * volume holds another lineage's data; `Promoted`: it is in use in its place. A writer that asks with epoch 0 gets a new epoch, also when it held the last one:
 * what its former life had under way is ended before this is answered.
 */
export interface LeaseAnswer extends ReceiverLife {
  readonly epoch: number;
  /** Nobody else has written since the epoch that was shown; absent from a receiver older than this field. */
  readonly continues?: boolean;
  readonly ttlMs: number;
  /** Durable: everything up to it has been synced to the disk. */
  readonly position: Position | null;
  /** Whose data the volume holds; null as long as no writer said. */
  readonly lineage: string | null;
  /** What times of files are rounded down to on the volume, ns: 1 where they are kept as they are. */
  readonly timeGranularityNs: number;
  /** The last writer's note, null when there is none. */
  readonly note: string | null;
  /**
   * Where the volume lies inside the rsync module: '' or an absolute path. A receiver that may not chroot serves `/`
   * under Landlock instead, because rsync rewrites symlinks in a module that is a mere subdirectory.
   * Goes into `receiverDestination` and `receiverTransferArgs`.
   */
  readonly root: string;
  /** What a run replaces is kept, if it is named before: see PreserveRequest. */
  readonly hasHistory?: true;
  /** Small files may come without rsync: see small-files.ts. */
  readonly takesSmallFiles?: true;
}

/** DELETE /v1/volumes/{volume}/lease: the writer ends; another may come at once. The epoch stays. Answered 204. */
export interface LeaseRelease {
  readonly epoch: number;
}

/**
 * PUT /v1/volumes/{volume}/promotion: the replica is taken into use where it is. The next epoch is nobody's, and what the
 * volume holds is of `lineage` from now on: when this is answered, no writer there was can write any more, and each is
 * refused with `Promoted`, also after restarts. Asked again it changes nothing. Needs a certificate that names a SyncReplica,
 * which an agent of another installation has not; answered with the VolumeStatus.
 */
export interface PromoteRequest {
  readonly lineage: Lineage;
  /** Who asked, for people. */
  readonly by: string;
}

/**
 * DELETE /v1/volumes/{volume}/promotion: the volume is a target again, and the source of `lineage` may replace what it
 * holds, or the source that it had before. As with PromoteRequest it can be asked again, and is answered with the
 * VolumeStatus. The other end of a promotion is a writer that adopts exactly what the volume holds since then.
 */
export interface DemoteRequest {
  readonly lineage?: Lineage;
  readonly by: string;
}

/** What became of a replica that was taken into use. */
export interface Promotion {
  /** ms since the epoch, the receiver's clock. */
  readonly at: number;
  readonly by: string;
  /** Whose data it held before; null where no writer had said. */
  readonly from: string | null;
  /** Where it was made what it was before. */
  readonly rolledBack?: RolledBackTo;
}

/** How far a replica is. Sequences go on over epochs, and over restarts whose state directory survived; else they start anew. */
export interface Position {
  readonly epoch: number;
  readonly sequence: number;
}

/** What a path must be, as lstat says it at the source. */
export interface EntryFingerprint {
  readonly type: 'file' | 'directory' | 'symlink' | 'other';
  /**
   * sha256 (base64url) over the entry and, for a directory, all below it: see `fingerprint.ts`, the one implementation
   * both sides run. Absent: the sender asks for no comparison.
   */
  readonly digest: string;
}

/** POST /v1/volumes/{volume}/rename. Applied in order; each is best effort and answered on its own. */
export interface RenameRequest {
  readonly epoch: number;
  readonly renames: readonly { readonly from: string; readonly to: string; readonly expect?: EntryFingerprint }[];
}
export interface RenameAnswer {
  /** `matches`: after the rename the target's entry has the expected fingerprint, so nothing of it needs to be sent. */
  readonly results: readonly { readonly renamed: boolean; readonly matches: boolean; readonly reason?: string }[];
}

/**
 * POST /v1/volumes/{volume}/delete: each topmost path is renamed out of the replica and removed behind, so that the time
 * of a call does not grow with what is below. Hundreds of paths a call, in order, each on its own.
 */
export interface DeleteRequest {
  readonly epoch: number;
  /** Keep what is deleted, to be put back; all calls with one id are one mass. */
  readonly keep?: KeepRequest;
  readonly paths: readonly string[];
  /** What it excludes is spared, and the directories that lead to it. Costs a look at all that is below. */
  readonly filter?: FilterSettings;
}
export interface KeepRequest {
  /** 1 to 64 letters, digits, `-`, `_`. */
  readonly id: string;
  readonly reason: string;
  /** Counted from the last call; default one hour, less when the volume runs full. */
  readonly forMs?: number;
}
export interface DeleteAnswer {
  /**
   * `deleted`: nothing is there any more but what the filter spares, `spared` entries; what was not there counts too.
   * Else `reason` is one word, such as Denied (immutable, or another's), Busy (a mount), ReadOnly, OtherFileSystem.
   */
  readonly results: readonly { readonly deleted: boolean; readonly spared?: number; readonly reason?: string }[];
}

/** PUT /v1/volumes/{volume}/position: after runs; acknowledged once the data before it and the position itself are durable. */
export interface PositionReport {
  readonly position: Position;
  /** Age of the oldest change not yet on the target, ms. */
  readonly lagMs: number;
  readonly fullPassAt?: number;
  /** What the next writer has to know, kept as it is with the position: JSON of an AgentNote, at most 4,096 characters. */
  readonly note?: string;
}

/** 200: what is durable now, under this life of the receiver. */
export interface PositionAnswer extends ReceiverLife {
  /** See CheckpointRequest; absent from an older receiver without a history. */
  readonly operation?: number;
  readonly position: Position;
}

/** POST /v1/volumes/{volume}/report: an agent hands over its AgentStatus; answered 204. The last of each holder is kept, for the operator. */
export interface HandedReport {
  readonly ageMs: number;
  readonly status: AgentStatus;
}

/** GET /v1/volumes/{volume} */
export interface VolumeStatus extends ReceiverLife {
  /** What agents handed over, the newest first; absent for a certificate that names no SyncReplica and is not the operator’s. */
  readonly agents?: readonly HandedReport[];
  /** Of the receiver's program; absent from one that is older than this field. */
  readonly version?: string;
  readonly volume: string;
  readonly epoch: number;
  readonly holder: string | null;
  readonly leaseExpiresInMs: number;
  readonly position: Position | null;
  readonly heartbeatAt: number | null;
  readonly fullPassAt: number | null;
  /** The last writer's note, and where the volume lies in the rsync module: as in a LeaseAnswer. */
  readonly note: string | null;
  readonly root: string;
  readonly lineage: VolumeLineage | null;
  /** Since when the replica is in use in place of its source; null where it is not, absent from an older receiver. */
  readonly promoted?: Promotion | null;
  readonly trouble?: VolumeTrouble;
  /** How old the replica is at most, ms, all the way to the first source; null where nobody said. */
  readonly coveredMs?: number | null;
  /** Since when nothing is written, for a snapshot: see hold.ts. */
  readonly heldSince?: number;
  readonly freeBytes: number;
  readonly totalBytes: number;
  /** True when `data/` holds nothing (but `lost+found`). */
  readonly empty: boolean;
  readonly kept: readonly Omit<KeptMass, 'samples'>[];
  /** Absent where none is kept, and from an older receiver. */
  readonly history?: HistoryFigures;
}

/** Why a volume can't be written: it is read-only, or lost its mount. */
export interface VolumeTrouble {
  readonly reason: 'TargetReadOnly' | 'TargetLost';
  readonly message: string;
  readonly hint: string;
}

/** Whose data a volume holds, and since when; `adopted` says who decided it where the volume had held another's. */
export interface VolumeLineage extends Lineage {
  readonly since: number;
  readonly epoch: number;
  readonly adopted?: { readonly by: string; readonly from: string };
}

/** Any refusal. `code` is a stable word, `hint` tells the person what to do. */
export interface ControlError {
  readonly code:
    | 'StaleEpoch'
    | 'StaleController'
    | 'LeaseHeld'
    | 'OtherSource'
    | 'Promoted'
    | 'HistoryTooShort'
    | 'CheckpointTooOld'
    | 'NotThere'
    | 'NameTaken'
    | 'AuthenticationFailed'
    | 'NotKept'
    | 'UnknownVolume'
    | 'Forbidden'
    | 'BadRequest'
    | 'NotReady'
    | 'Held'
    | 'Internal';
  readonly message: string;
  readonly hint?: string;
  readonly epoch?: number;
  readonly holder?: string;
  readonly expiresInMs?: number;
  /** With NotReady: what keeps the volume from being written. */
  readonly reason?: VolumeTrouble['reason'];
  /** With OtherSource: the data of the one that asks was here, and another's has replaced it by a person's word. */
  readonly replaced?: true;
  /** With OtherSource: whose data the volume holds. */
  readonly lineage?: string;
}
