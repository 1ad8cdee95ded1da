/** GET /v1/volumes/{volume}/kept: the oldest first. */
export interface KeptAnswer {
  readonly kept: readonly KeptMass[];
}
export interface KeptMass {
  readonly id: string;
  readonly reason: string;
  /** ms since the epoch, the receiver's clock. */
  readonly since: number;
  readonly until: number;
  /** Topmost paths. */
  readonly count: number;
  /** Up to 10 of them, base64url. */
  readonly samples: readonly string[];
}

/** POST /v1/volumes/{volume}/undelete: puts a mass back where it was, a rename each; missing directories are made. */
export interface UndeleteRequest {
  readonly epoch: number;
  readonly id: string;
}
export interface UndeleteAnswer {
  readonly restored: number;
  /** What could not be put back and stays kept: `Taken` says that something else is there by now. Up to 1,000. */
  readonly failed: readonly { readonly path: string; readonly reason: string }[];
  readonly failedCount: number;
}
