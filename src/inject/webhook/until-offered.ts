import type { Clock } from '../../process/clock.ts';

export interface OfferedOptions {
  readonly clock: Clock;
  /** Whether this process is one of a pod that can be seen; elsewhere nobody asks whether it is ready. */
  readonly isPod: () => boolean;
  /** When the kubelet was told first that it is ready, monotonic ms; undefined before. */
  readonly readyToldAt: () => number | undefined;
}

const lookMs = 50;
/** From then until the API server's way to the webhook leads here: the pod's status, the Service's endpoints, the nodes' rules. */
const offeredMs = 3_000;
/** A pod that is not ready by then has another trouble, which somebody has to say. */
const longestMs = 30_000;

/**
 * Resolves when the API server can be thought to reach the webhook of this process. What is said to be ready before has pods made
 * for it, on a new cluster by whoever waits for just that, and they would come without an agent.
 */
export const untilOffered = async ({ clock, isPod, readyToldAt }: OfferedOptions): Promise<void> => {
  const until = clock.monotonic() + longestMs;
  const isOffered = (): boolean => clock.monotonic() - (readyToldAt() ?? Infinity) >= offeredMs;
  while (isPod() && !isOffered() && clock.monotonic() < until) await clock.sleep(lookMs);
};
