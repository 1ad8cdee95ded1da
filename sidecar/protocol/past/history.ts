import type { Lineage } from '../control.ts';
import type { HistoryFigures } from './past.ts';

/**
 * What can be asked of the history of a volume. Paths are base64url of their bytes; '' is the root of the replica. Times are
 * ms since the epoch by the receiver's clock. `at` means the last moment up to it; with `checkpoint`, the last checkpoint.
 */

/** GET /v1/volumes/{volume}/history */
export interface HistoryAnswer extends HistoryFigures {
  /** The oldest first; all checkpoints, and other moments where there is none for a while. */
  readonly moments: readonly HistoryMoment[];
  /** Before these the past may be incomplete. */
  readonly gaps: readonly { readonly at: number; readonly why: string }[];
  /** Whether the volume stands as it was rolled back, and takes nothing from its source. */
  readonly rolledBack: boolean;
}
export interface HistoryMoment {
  readonly at: number;
  /** The replica was equal to the source, and, where it is consistent, the application was still. */
  readonly checkpoint: { readonly epoch: number; readonly sequence: number; readonly isConsistent?: boolean } | null;
}

export interface PastWish {
  readonly at: number;
  readonly checkpoint: boolean;
  /** Of checkpoints those alone for which the application was still. */
  readonly consistent?: boolean;
  /** Refuse a moment that is older than so many ms before `at`, if something has changed between them. */
  readonly withinMs?: number;
}

/** A checkpoint that is older than the time that was asked for is not taken unasked, if changes came between, ms. */
export const unaskedMs = 60_000;

/** POST /v1/volumes/{volume}/history-log: what happened to a path, the oldest first, the last `limit`. */
export interface HistoryLogRequest {
  readonly path: string;
  readonly below: boolean;
  readonly limit: number;
}
export interface HistoryLogAnswer {
  readonly events: readonly { readonly at: number; readonly what: string; readonly path: string }[];
  readonly left: number;
}

/** POST /v1/volumes/{volume}/history-diff: what differs between then and now, at most `limit`. */
export interface HistoryDiffRequest extends PastWish {
  readonly path: string;
  readonly limit: number;
}
export interface HistoryDiffAnswer extends PastAnswer {
  readonly differences: readonly { readonly path: string; readonly what: string; readonly isDirectory: boolean }[];
  readonly isCut: boolean;
}

/** Every answer about the past says which moment it is about. */
export interface PastAnswer {
  readonly moment: HistoryMoment;
  readonly gaps: HistoryAnswer['gaps'];
  /** How much was noted between the moment and the wish: 0 says that nothing had changed meanwhile. Absent from an older receiver. */
  readonly missed?: number;
}

/** POST /v1/volumes/{volume}/history-read: entries as they were, as a stream: see `PastHead`. A path where nothing was is refused. */
export interface HistoryReadRequest extends PastWish {
  readonly paths: readonly string[];
}

/**
 * POST /v1/volumes/{volume}/roll-back: makes the replica what it was. From then on nobody writes to it, until it is resumed or
 * demoted: then its source replaces it again. Done twice, or again after it was interrupted, it ends at the same.
 */
export interface RollBackRequest extends PastWish {
  readonly by: string;
  /** Whose data the volume holds from then on; absent: nobody's. */
  readonly lineage?: Lineage;
}
export interface RollBackAnswer extends PastAnswer {
  readonly changed: number;
  readonly failed: readonly { readonly path: string; readonly reason: string }[];
  readonly failedCount: number;
}

/** DELETE /v1/volumes/{volume}/roll-back: the source may write again. Answered 204. */
export interface ResumeRequest {
  readonly by: string;
}

/** The head of an entry in a stream, a line of JSON; after that of a file come `size` bytes. */
export type PastHead =
  | ({ readonly kind: 'file'; readonly size: number } & PastAttributes)
  | ({ readonly kind: 'directory' } & PastAttributes)
  | ({ readonly kind: 'symlink'; readonly target: string } & PastAttributes)
  /** Another name of a file that came before. */
  | { readonly kind: 'link'; readonly path: string; readonly of: string }
  /** It was there, and can't be given: why in a word. */
  | { readonly kind: 'missing'; readonly path: string; readonly reason: string }
  | ({ readonly kind: 'begin' } & PastAnswer)
  | { readonly kind: 'end'; readonly entries: number };

interface PastAttributes {
  readonly path: string;
  readonly mode: number;
  readonly mtimeNs: string;
}
