/**
 * POST /v1/volumes/{volume}/small-files: puts small plain files into the replica, each whole or not at all, in order. Only where
 * the LeaseAnswer says that the receiver takes them; what it refuses the sender brings by rsync. Paths and contents are base64url.
 */
export interface SmallFilesRequest {
  readonly epoch: number;
  readonly files: readonly SmallFile[];
  /** Directories that are there, whose times are set afterwards: those that the files are in, and such of which only this is to be sent. */
  readonly directories: readonly SmallDirectory[];
}

export interface SmallDirectory {
  readonly path: string;
  readonly mtimeNs: string;
  /** As of a file, and it has no attributes besides: what has some at the target is refused. Absent: it stays. */
  readonly mode?: number;
}

export interface SmallFile {
  readonly path: string;
  readonly content: string;
  /** The twelve lowest bits. */
  readonly mode: number;
  /** ns since 1970. */
  readonly mtimeNs: string;
}

export interface SmallFilesAnswer {
  /** `reason` is one word, such as NotFound (its directory), IsDirectory, Denied, Full. */
  readonly results: readonly SmallResult[];
  readonly directories: readonly SmallResult[];
}

export interface SmallResult {
  readonly written: boolean;
  readonly reason?: string;
}

export const smallFileLimits = {
  /** Bytes of one file, of all in a request, and how many. */
  fileBytes: 65_536,
  requestBytes: 1_048_576,
  files: 256,
} as const;
