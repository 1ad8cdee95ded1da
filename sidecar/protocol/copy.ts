/**
 * POST /v1/volumes/{volume}/copy: the receiver copies files that it has, so that their content need not come over the network; by
 * reference where the file system can. In order, each on its own, and only to names that nothing has. Paths are base64url of their bytes.
 */
export interface CopyRequest {
  readonly epoch: number;
  readonly copies: readonly FileCopy[];
}
export interface FileCopy {
  readonly from: string;
  readonly to: string;
  /** What the copy has to be, or it is not made: bytes, and sha256 (base64url) of them. */
  readonly size: number;
  readonly digest: string;
  /** ns since 1970; mode and owner are left to the run that follows. */
  readonly mtime: string;
}
export interface CopyAnswer {
  /** `reason` in one word: NotFound, Exists, Differs, Full, … */
  readonly results: readonly { readonly copied: boolean; readonly reason?: string }[];
}

export const maxCopies = 500;
