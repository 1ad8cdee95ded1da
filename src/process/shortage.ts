import { setTimeout as sleep } from 'node:timers/promises';
import { errorCode } from './failure.ts';

const codes: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE', 'ENOMEM', 'EAGAIN']);

/** The process, or the machine, has no room for one more open file, or no memory, for now: that says nothing of what was asked for. */
export const isShortage = (error: unknown): boolean => codes.has(errorCode(error));

/** How long to wait before it is tried again, ms. */
const shortageMs = 100;

/** Does it again until the shortage is over, or `signal` ends it. @throws what it throws otherwise */
export async function outlastShortage<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isShortage(error) || signal?.aborted) throw error;
    }
    await sleep(shortageMs, undefined, { signal }).catch(() => {});
  }
}
