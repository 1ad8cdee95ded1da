import { setTimeout as sleep } from 'node:timers/promises';

/** What was asked, or an error when no answer came in time: of a process that hangs nothing else is ever heard. */
export function answerWithin<T>(ms: number, asked: Promise<T>): Promise<T> {
  const late = sleep(ms, undefined, { ref: false }).then((): never => {
    throw new Error(`no answer within ${ms} ms`);
  });
  return Promise.race([asked, late]);
}
