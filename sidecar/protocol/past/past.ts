/** Times are ms since the epoch. */
export interface RolledBackTo {
  /** The time that was asked for, and the moment that was taken for it. */
  readonly wished: number;
  readonly moment: number;
  readonly isCheckpoint: boolean;
  /** Entries; null while it is under way, or where it was interrupted: asked for again it goes on. */
  readonly changed: number | null;
  readonly failed: number;
}

/** What is kept of the past: see history.ts. */
export interface HistoryFigures {
  readonly bytes: number;
  readonly entries: number;
  /** Entries that could not be kept since the receiver's start. */
  readonly lost: number;
  /** The earliest moment that can be gone back to, and the last checkpoint, ms since the epoch; null where there is none. */
  readonly oldestAt: number | null;
  readonly checkpointAt: number | null;
  /** When it was last let go before its time, for want of room or because it could not be written; since the receiver's start. */
  readonly shortened?: { readonly at: number; readonly by: 'room' | 'failure' };
  /** Nothing has been asked of the replica since its last checkpoint. */
  readonly isAtCheckpoint: boolean;
}
