/** One change at one target as the journal tells it. Names are text; what is none in UTF-8 has its bytes beside it. */
export interface JournalLine {
  /** When its first event was read, RFC 3339. */
  readonly time: string;
  readonly operation: string;
  readonly path: string;
  readonly pathBase64?: string;
  /** Of a move. */
  readonly from?: string;
  readonly fromBase64?: string;
  /** A directory was moved, with all below it. */
  readonly directory?: true;
  readonly target: string;
  /** From the event to the target. */
  readonly tookMs: number;
}

/** The message of such a line in an agent's log; it is the field `entry`, or `leftOut` says how many there was no room for. */
export const journalMessage = 'journal';

/** The journal may be asked for so long at once, ms. */
export const longestJournalMs = 24 * 3_600_000;
