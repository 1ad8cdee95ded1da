/** Where there is a history, every answer to what may change the replica counts: a checkpoint is made at the last number. */
export interface Operation {
  readonly operation: number;
}

/**
 * POST /v1/volumes/{volume}/preserve, before an rsync run that sends these paths: what is there is kept. A path that is no
 * directory at the source takes the place of a directory; so does what is below it go. Nothing is ever appended in place.
 */
export interface PreserveRequest {
  readonly epoch: number;
  readonly paths: readonly string[];
  /** Which of them are directories at the source, by their index. */
  readonly directories: readonly number[];
}
