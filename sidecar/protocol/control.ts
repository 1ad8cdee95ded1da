/**
 * What an agent and a receiver say to each other on the control connection (ALPN `syncreplica-control/1`):
 * HTTP/1.1 with JSON bodies, kept alive. Paths are base64url of their bytes; '' is the root of the replica.
 * Every request but GET names the writer's epoch; an older one is answered 409 with `{ code: 'StaleEpoch', epoch }`.
 */

/** ALPN names of the receiver's one port. */
export const alpnRsync = 'rsync';
export const alpnControl = 'syncreplica-control/1';

/**
 * First line of a connection with ALPN `rsync`, sent by the agent before rsync's own greeting:
 * `@SYNCREPLICA: <volume> <epoch>\n`. The receiver answers nothing to a valid one and goes straight on with the
 * daemon's greeting; else it answers one line `@ERROR: <reason> <text>\n` and closes.
 */
export const rsyncPreamble = (volume: string, epoch: number): string => `@SYNCREPLICA: ${volume} ${epoch}\n`;

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
   * The operator's controller epoch, 0 without an operator; an older one than seen is refused with StaleController. It
   * counts only with a certificate that names a SyncReplica: from elsewhere it is taken for 0, which is never refused.
   */
  readonly controllerEpoch: number;
  /** Take it although another's lease has not run out (the other is known to be gone, or `local`). */
  readonly takeOver: boolean;
}
/** 200. On 409 `{ code: 'LeaseHeld', holder, expiresInMs }` another writer's lease is still valid. */
export interface LeaseAnswer {
  readonly epoch: number;
  readonly ttlMs: number;
  readonly position: Position | null;
  /** The last writer's note, null when there is none. */
  readonly note: string | null;
  /**
   * Where the volume lies inside the rsync module: '' or an absolute path. A receiver that may not chroot serves `/`
   * under Landlock instead, because rsync rewrites symlinks in a module that is a mere subdirectory.
   * Goes into `receiverDestination` and `receiverTransferArgs`.
   */
  readonly root: string;
}

/** DELETE /v1/volumes/{volume}/lease: the writer ends; another may come at once. The epoch stays. Answered 204. */
export interface LeaseRelease {
  readonly epoch: number;
}

/** How far a replica is. Sequences start anew with every epoch. */
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

/** PUT /v1/volumes/{volume}/position: after runs; acknowledged once the data before it and the position itself are durable. */
export interface PositionReport {
  readonly position: Position;
  /** Age of the oldest change not yet on the target, ms. */
  readonly lagMs: number;
  readonly fullPassAt?: number;
  /** What the next writer has to know, kept as it is with the position: JSON of an AgentNote, at most 4,096 characters. */
  readonly note?: string;
}

/** GET /v1/volumes/{volume} */
export interface VolumeStatus {
  readonly volume: string;
  readonly epoch: number;
  readonly holder: string | null;
  readonly leaseExpiresInMs: number;
  readonly position: Position | null;
  readonly heartbeatAt: number | null;
  readonly fullPassAt: number | null;
  readonly freeBytes: number;
  readonly totalBytes: number;
  /** True when `data/` holds nothing (but `lost+found`). */
  readonly empty: boolean;
}

/** Any refusal. `code` is a stable word, `hint` tells the person what to do. */
export interface ControlError {
  readonly code:
    | 'StaleEpoch'
    | 'StaleController'
    | 'LeaseHeld'
    | 'UnknownVolume'
    | 'Forbidden'
    | 'BadRequest'
    | 'NotReady'
    | 'Internal';
  readonly message: string;
  readonly hint?: string;
  readonly epoch?: number;
  readonly holder?: string;
  readonly expiresInMs?: number;
}
