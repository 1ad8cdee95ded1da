/**
 * POST /v1/volumes/{volume}/hook-lines: adds lines to the file of a hook, `.syncreplica/hooks/NAME.jsonl`; answered 204 once they
 * are durable. It is written by who holds the lease; a receiver that is older refuses it with BadRequest.
 */
export interface HookLinesRequest {
  readonly epoch: number;
  /** Lower-case letters, digits, dashes; at most 63. */
  readonly hook: string;
  /** Each the JSON text of an object, without a line end. */
  readonly lines: readonly string[];
  /** Longer than this a file becomes NAME.jsonl.1, that NAME.jsonl.2 and so on; the ones beyond `keep` go. */
  readonly maxBytes: number;
  readonly keep: number;
}

export const hookFileLimits = {
  maxLines: 1_000,
  /** Names of files are 4 KiB at most, and twice in a move; JSON and base64 make more of them. */
  longestLine: 65_536,
  minBytes: 4_096,
  maxBytes: 1_073_741_824,
  maxKeep: 100,
} as const;
