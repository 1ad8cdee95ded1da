import type { Clock } from '../../../src/process/clock.ts';
import type { Logger } from '../../../src/process/log/logger.ts';

const quietMs = 60_000;
const remembered = 256;

/** Logs refusals, each kind from one address at most once a minute: whoever knocks must not fill the log. */
export const createRefusalLog = (logger: Logger, clock: Clock) => {
  const lastAt = new Map<string, number>();
  return (reason: string, address: string, detail: string): void => {
    const key = `${reason} ${address}`;
    const now = clock.monotonic();
    const last = lastAt.get(key);
    if (last !== undefined && now - last < quietMs) return;
    lastAt.delete(key);
    lastAt.set(key, now);
    const oldest = lastAt.keys().next().value;
    if (lastAt.size > remembered && oldest !== undefined) lastAt.delete(oldest);
    logger.warn({ reason, address, detail }, 'connection refused');
  };
};
