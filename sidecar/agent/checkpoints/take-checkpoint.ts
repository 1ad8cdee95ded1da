import type { Clock } from '../../../src/process/clock.ts';
import { errorMessage } from '../../../src/process/failure.ts';
import type { StillOrder } from './call-still.ts';

export interface StillTarget {
  readonly name: string;
  /** Has the target make a checkpoint, if nothing is on its way and the application is still. @returns null, or why not */
  checkpoint(isStill: () => boolean): Promise<string | null>;
}

export interface StillWork {
  readonly targets: readonly StillTarget[];
  readonly timeoutMs: number;
  readonly clock: Pick<Clock, 'monotonic' | 'sleep'>;
  readonly call: (order: StillOrder, timeoutMs: number, signal?: AbortSignal) => Promise<void>;
  /** Resolves when all that happened at the source until now was told. */
  readonly drain: () => Promise<void>;
  /** Hands over what is held back. */
  readonly push: () => void;
  /** The agent ends. */
  readonly signal: AbortSignal;
}

const lookEveryMs = 20;
/** An application that can't be told to go on does so by itself when its time is over. */
const goOnTimeoutMs = 2_000;

/**
 * Has the application be still, waits until every target has all of it and has made a checkpoint, and lets it go on: whatever
 * happens, and no later than it was told. Why there is no checkpoint, by target; null where there is one.
 */
export const takeCheckpoint = async ({
  targets,
  timeoutMs,
  clock,
  call,
  drain,
  push,
  signal,
}: StillWork): Promise<ReadonlyMap<string, string | null>> => {
  // It counts from before the order: the application may have begun to count at once.
  const until = clock.monotonic() + timeoutMs;
  const isInTime = (): boolean => !signal.aborted && clock.monotonic() < until;
  const settle = async (target: StillTarget): Promise<string | null> => {
    for (let why: string | null = ''; ; await clock.sleep(lookEveryMs)) {
      push();
      why = await target.checkpoint(isInTime).catch(errorMessage);
      if (why === null) return null;
      if (!isInTime()) return `not within ${timeoutMs / 1000} s: ${why}`;
    }
  };
  try {
    await call({ order: 'BeStill', timeoutSeconds: Math.floor(timeoutMs / 1000) }, timeoutMs, signal);
    await drain();
    return new Map(await Promise.all(targets.map(async (one) => [one.name, await settle(one)] as const)));
  } catch (error) {
    return new Map(targets.map(({ name }) => [name, errorMessage(error)]));
  } finally {
    await call({ order: 'GoOn' }, goOnTimeoutMs).catch(() => {});
  }
};
