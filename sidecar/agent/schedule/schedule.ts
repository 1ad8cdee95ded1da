import { compareSmallAndNew } from './small-and-new-first.ts';

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
  readonly bigFilesWaiting: readonly BigFile[];
  /** Of those running, such that are of low priority. */
  readonly lowRunning: number;
  readonly bulksWaiting: number;
  readonly lastBatchAt: number;
  /** Names in batches that were started in the last `latelyMs`. */
  readonly changesLately: number;
  /** Until when changes are gathered because the processor budget is spent. */
  readonly gatherUntil: number;
  /** What a batch took lately. */
  readonly typicalMs: number;
}

/** A big file that waits. */
export interface BigFile {
  /** From when on it may be read (again). */
  readonly notBefore: number;
  readonly bytes: number;
  /** When it was changed last, ms, wall clock. */
  readonly changedAt: number;
  readonly since: number;
  /** Goes when nothing else waits. */
  readonly isLow: boolean;
}

/** `at` is when something may start if nothing else happens before: Infinity when only an event can change that. */
export type Next =
  | { readonly kind: 'start'; readonly job: 'changes' | 'bulk' }
  /** `index` says which of those that wait. */
  | { readonly kind: 'start'; readonly job: 'bigFile'; readonly index: number }
  | { readonly kind: 'wait'; readonly at: number };

/** So many names that wait are worth another process beside those at work. */
const bigBatch = 500;
/** Where so many names come one by one they go by several: most of what a batch costs is for itself. */
export const latelyMs = 300;
const manyLately = 75;
const gatherMs = 60;
const shortestPatienceMs = 30;
const longestPatienceMs = 500;

/**
 * Who may start now. Changes always have a place that no big file and no pass can take; a lone one leaves at once;
 * while a batch is under way they gather, unless there are many or it takes long, and so they do where many come one by one.
 */
export function decideNext(situation: Situation): Next {
  const { now } = situation;
  const changesAt = mayStartChanges(situation);
  if (changesAt <= now) return { kind: 'start', job: 'changes' };
  const ordinary = mayStartBigFile(situation, false);
  if (ordinary.at <= now) return { kind: 'start', job: 'bigFile', index: ordinary.index };
  const bulkAt = mayStartBulk(situation);
  if (bulkAt <= now) return { kind: 'start', job: 'bulk' };
  const low = mayStartLowFile(situation);
  if (low.at <= now) return { kind: 'start', job: 'bigFile', index: low.index };
  return { kind: 'wait', at: Math.min(changesAt, ordinary.at, bulkAt, low.at) };
}

/** Places that are left to big files and passes, beside the one for changes. */
const longPlaces = ({ workers }: Situation): number => Math.max(1, workers - 1);

function mayStartChanges(situation: Situation): number {
  const { changesSince, changesWaiting, workers, bigFilesRunning, bulksRunning } = situation;
  if (changesWaiting === 0) return Number.POSITIVE_INFINITY;
  const places = Math.max(1, workers - bigFilesRunning - bulksRunning);
  if (changesSince.length >= places) return Number.POSITIVE_INFINITY;
  const spaced = Math.max(situation.lastBatchAt + intervalMs(situation), situation.gatherUntil);
  if (changesSince.length === 0 || changesWaiting >= bigBatch) return spaced;
  const latest = changesSince.reduce((newest, at) => Math.max(newest, at), 0);
  return Math.max(spaced, latest + patienceMs(situation));
}

const intervalMs = ({ minIntervalMs, changesLately, changesWaiting }: Situation): number =>
  changesLately < manyLately || changesWaiting >= bigBatch ? minIntervalMs : Math.max(minIntervalMs, gatherMs);

/** Twice what batches take, so that a busy machine gets fewer, larger ones. */
const patienceMs = ({ typicalMs }: Situation): number =>
  Math.min(longestPatienceMs, Math.max(shortestPatienceMs, 2 * typicalMs));

interface Turn {
  readonly at: number;
  readonly index: number;
}

const never: Turn = { at: Number.POSITIVE_INFINITY, index: -1 };

function mayStartBigFile(situation: Situation, low: boolean): Turn {
  const { bigFilesRunning, bulksRunning, bigFilesWaiting, now } = situation;
  if (bigFilesRunning + bulksRunning >= longPlaces(situation)) return never;
  let turn = never;
  for (const [index, file] of bigFilesWaiting.entries()) {
    if (file.isLow !== low) continue;
    const at = Math.max(now, file.notBefore);
    const best = bigFilesWaiting[turn.index];
    if (best === undefined || at < turn.at || (at === turn.at && goesBefore(file, best, now))) turn = { at, index };
  }
  return turn;
}

/** Nothing else waits that could go now, and none of its kind is under way. */
function mayStartLowFile(situation: Situation): Turn {
  const { changesWaiting, bulksWaiting, lowRunning } = situation;
  return changesWaiting + bulksWaiting + lowRunning > 0 ? never : mayStartBigFile(situation, true);
}

/** One that has waited so long goes before smaller and newer ones. */
const longWaitMs = 60_000;

/** The small first, of like size the new; but whoever has waited long before all, in their order. */
function goesBefore(a: BigFile, b: BigFile, now: number): boolean {
  const [aWaited, bWaited] = [now - a.since >= longWaitMs, now - b.since >= longWaitMs];
  if (aWaited !== bWaited) return aWaited;
  if (aWaited) return a.since < b.since;
  return compareSmallAndNew(a, b) < 0;
}

function mayStartBulk(situation: Situation): number {
  const { bulksWaiting, bulksRunning, bigFilesRunning, now } = situation;
  if (bulksWaiting === 0 || bulksRunning > 0) return Number.POSITIVE_INFINITY;
  // The last place of many is a bulk's: big files that never end must not keep a pass from going on.
  return bigFilesRunning < Math.max(1, situation.workers - 1) || bigFilesRunning === 0 ? now : Number.POSITIVE_INFINITY;
}
