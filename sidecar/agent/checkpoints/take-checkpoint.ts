import type { Clock } from '../../../src/process/clock.ts';
import { errorMessage } from '../../../src/process/failure.ts';
import type { StillOrder } from './call-still.ts';

export interface StillTarget {
  readonly name: string;
  /** Has the target make a checkpoint, if nothing is on its way and the application is still. @returns null, or why not */
  checkpoint(isStill: () => Promise<boolean>): Promise<string | null>;
}

export interface StillWork {
  readonly targets: readonly StillTarget[];
  readonly timeoutMs: number;
  readonly clock: Pick<Clock, 'monotonic' | 'sleep'>;
  readonly call: (order: StillOrder, timeoutMs: number, signal?: AbortSignal) => Promise<void>;
  readonly watch: {
    /** Resolves when all that happened at the source until now was told. */
    drainAll(push: () => void): Promise<void>;
    /** How many changes were told of so far. */
    readonly told: number;
  };
  /** Hands over what is held back. */
  readonly push: () => void;
  /** The agent ends. */
  readonly signal: AbortSignal;
}

const lookEveryMs = 20;
/** So long an application that has answered is watched, while what it has written arrives: quicker is a target between two writes. */
const watchedMs = 100;
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
  watch,
  push,
  signal,
}: StillWork): Promise<ReadonlyMap<string, string | null>> => {
  // It counts from before the order: the application may have begun to count at once.
  const until = clock.monotonic() + timeoutMs;
  const isInTime = (): boolean => !signal.aborted && clock.monotonic() < until;
  const settle = async (target: StillTarget, before: number): Promise<string | null> => {
    const isStill = async (): Promise<boolean> => {
      await watch.drainAll(push);
      return watch.told === before && isInTime();
    };
    await clock.sleep(watchedMs);
    for (let why: string | null = ''; ; await clock.sleep(lookEveryMs)) {
      push();
      why = await target.checkpoint(isStill).catch(errorMessage);
      if (why === null) return null;
      if (watch.told !== before) return 'the application wrote on after it had answered that it is still';
      if (!isInTime()) return `not within ${timeoutMs / 1000} s: ${why}`;
    }
  };
  try {
    await call({ order: 'BeStill', timeoutSeconds: Math.floor(timeoutMs / 1000) }, timeoutMs, signal);
    await watch.drainAll(push);
    const before = watch.told;
    return new Map(await Promise.all(targets.map(async (one) => [one.name, await settle(one, before)] as const)));
  } catch (error) {
    return new Map(targets.map(({ name }) => [name, errorMessage(error)]));
  } finally {
    await call({ order: 'GoOn' }, goOnTimeoutMs).catch(() => {});
  }
};
