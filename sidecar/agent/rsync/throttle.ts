import { Transform } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

/** Makes streams that together let `bytesPerSecond` through: a token bucket of a quarter of a second. */
export function makeThrottle(bytesPerSecond: number): () => Transform {
  const capacity = bytesPerSecond / 4;
  let tokens = capacity;
  let at = performance.now();
  const earn = (): void => {
    const now = performance.now();
    tokens = Math.min(capacity, tokens + ((now - at) / 1000) * bytesPerSecond);
    at = now;
  };
  return () =>
    new Transform({
      async transform(chunk: Buffer, _encoding, done) {
        earn();
        tokens -= chunk.length;
        if (tokens < 0) await sleep((-tokens / bytesPerSecond) * 1000);
        done(null, chunk);
      },
    });
}
