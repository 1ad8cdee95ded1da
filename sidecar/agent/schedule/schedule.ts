/**
 * What takes a place while it is under way.
 * - `changes`: a batch of what changed, in as many rsync processes as it has kinds of work.
 * - `bigFile`: one file so big that it would hold up others; it gets a process of its own.
 * - `bulk`: a piece of what a pass found.
 */
export type JobKind = 'changes' | 'bigFile' | 'bulk';

/** All that counts for who may start now. Times are monotonic, ms. */
export interface Situation {
  readonly now: number;
  /** Rsync processes at a time that the user allows. */
  readonly workers: number;
  readonly minIntervalMs: number;
  /** When the batches under way were started. */
  readonly changesSince: readonly number[];
  readonly bigFilesRunning: number;
  readonly bulksRunning: number;
  /** Names that wait and don't meet what is under way, as far as is known. */
  readonly changesWaiting: number;
  /** From when on each big file that waits may be read again. */
  readonly bigFilesWaiting: readonly number[];
  readonly bulksWaiting: number;
  readonly lastBatchAt: number;
  /** Until when changes are gathered because the processor budget is spent. */
  readonly gatherUntil: number;
  /** What a batch took lately. */
  readonly typicalMs: number;
}

/** `at` is when something may start if nothing else happens before: Infinity when only an event can change that. */
export type Next = { readonly kind: 'start'; readonly job: JobKind } | { readonly kind: 'wait'; readonly at: number };

/** So many names that wait are worth another process beside those at work. */
const bigBatch = 500;
const shortestPatienceMs = 30;
const longestPatienceMs = 500;

/**
 * Who may start now. Changes always have a place that no big file and no pass can take; a lone one leaves at once, and
 * while a batch is under way they gather, unless there are many or it takes long.
 */
export function decideNext(situation: Situation): Next {
  const changesAt = mayStartChanges(situation);
  if (changesAt <= situation.now) return { kind: 'start', job: 'changes' };
  const bigFileAt = mayStartBigFile(situation);
  if (bigFileAt <= situation.now) return { kind: 'start', job: 'bigFile' };
  const bulkAt = mayStartBulk(situation);
  if (bulkAt <= situation.now) return { kind: 'start', job: 'bulk' };
  return { kind: 'wait', at: Math.min(changesAt, bigFileAt, bulkAt) };
}

/** Places that are left to big files and passes, beside the one for changes. */
const longPlaces = ({ workers }: Situation): number => Math.max(1, workers - 1);

function mayStartChanges(situation: Situation): number {
  const { changesSince, changesWaiting, workers, bigFilesRunning, bulksRunning } = situation;
  if (changesWaiting === 0) return Number.POSITIVE_INFINITY;
  const places = Math.max(1, workers - bigFilesRunning - bulksRunning);
  if (changesSince.length >= places) return Number.POSITIVE_INFINITY;
  const spaced = Math.max(situation.lastBatchAt + situation.minIntervalMs, situation.gatherUntil);
  if (changesSince.length === 0 || changesWaiting >= bigBatch) return spaced;
  const latest = changesSince.reduce((newest, at) => Math.max(newest, at), 0);
  return Math.max(spaced, latest + patienceMs(situation));
}

/** Twice what batches take, so that a busy machine gets fewer, larger ones. */
const patienceMs = ({ typicalMs }: Situation): number =>
  Math.min(longestPatienceMs, Math.max(shortestPatienceMs, 2 * typicalMs));

function mayStartBigFile(situation: Situation): number {
  const { bigFilesRunning, bulksRunning, bigFilesWaiting } = situation;
  if (bigFilesRunning + bulksRunning >= longPlaces(situation)) return Number.POSITIVE_INFINITY;
  return bigFilesWaiting.reduce((first, at) => Math.min(first, at), Number.POSITIVE_INFINITY);
}

function mayStartBulk(situation: Situation): number {
  const { bulksWaiting, bulksRunning, bigFilesRunning, now } = situation;
  if (bulksWaiting === 0 || bulksRunning > 0) return Number.POSITIVE_INFINITY;
  // The last place of many is a bulk's: big files that never end must not keep a pass from going on.
  return bigFilesRunning < Math.max(1, situation.workers - 1) || bigFilesRunning === 0 ? now : Number.POSITIVE_INFINITY;
}
