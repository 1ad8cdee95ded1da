/**
 * What an rsync run is about to send, named before it on its connection (framed-rsync.ts), so that what is there is kept.
 * A path that is no directory at the source takes the place of a directory, which goes with all below it. Where there is a
 * history nothing is ever appended in place.
 */
export interface PreserveRequest {
  /** base64url of their bytes; '' is the root of the replica. */
  readonly paths: readonly string[];
  /** Which of them are directories at the source, by their index. */
  readonly directories: readonly number[];
}

/**
 * PUT /v1/volumes/{volume}/checkpoint: nothing is pending or under way, and the answer to the last position told of this
 * operation: if nothing has been asked since, the target is the source. Answered with whether it was made; with 204 by an older receiver.
 */
export interface CheckpointRequest {
  readonly position: { readonly epoch: number; readonly sequence: number };
  /** Counts what was asked that may change the replica. */
  readonly operation: number;
  /** The application is still. */
  readonly consistent?: true;
}
export interface CheckpointAnswer {
  readonly made: boolean;
}
