import { setTimeout as sleep } from 'node:timers/promises';
import { ClusterError } from './failure.ts';

/** What a wait is given: how long in all, how often to look, and what to say when it was in vain. */
export interface WaitOptions {
  readonly timeoutMs: number;
  readonly everyMs?: number;
  readonly hint?: string;
}

/**
 * Looks until `look` gives something other than undefined or false, and returns that.
 * A look that throws counts as "not yet"; the last such error is the cause of the ClusterError `wait-timeout`.
 */
export async function waitFor<T>(
  what: string,
  look: () => Promise<T | undefined | false>,
  options: WaitOptions,
): Promise<T> {
  const end = Date.now() + options.timeoutMs;
  let last: unknown;
  for (;;) {
    try {
      const seen = await look();
      if (seen !== undefined && seen !== false) return seen;
    } catch (error) {
      last = error;
    }
    if (Date.now() >= end) {
      const why = last instanceof Error ? `: ${last.message}` : '';
      throw new ClusterError(
        'wait-timeout',
        `wait for ${what}: not seen within ${Math.round(options.timeoutMs / 1000)} s${why}`,
        options.hint ?? '',
        last,
      );
    }
    await sleep(options.everyMs ?? 200);
  }
}
