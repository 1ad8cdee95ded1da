import type { HistoryMoment, PastWish } from './history.ts';

/** POST /v1/volumes/{volume}/history-beside: a tree of the past in a directory of its own, beside the replica. */
export interface BesideRequest extends PastWish {
  readonly name: string;
  readonly paths: readonly string[];
  /** How long it is kept, ms. */
  readonly keepMs: number;
}

/** DELETE …/history-beside lets it go. */
export interface ForgetBesideRequest {
  readonly name: string;
}

/** GET …/history-beside answers all there are. Times are ms since the epoch. */
export interface TreeBeside {
  readonly name: string;
  /** Below the volume's directory: what a mount takes as its subPath. */
  readonly path: string;
  readonly moment: HistoryMoment;
  /** How much was noted between the moment and the wish. */
  readonly missed: number;
  readonly madeAt: number;
  readonly until: number;
  /**
   * Clones can be written to. Links are other names of files of the replica and its history: whoever writes to them writes there, so
   * they are to be mounted read-only.
   */
  readonly madeOf: 'clones' | 'links';
  /** Of files that have other attributes by now, or too many names. */
  readonly copiedBytes: number;
  readonly missing: readonly { readonly path: string; readonly reason: string }[];
  readonly missingCount: number;
}

export const longestBesideMs = 30 * 86_400_000;

/** A name that is one directory's, and one of a command line and a YAML file. */
export const isBesideName = (name: string): boolean => /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(name);
