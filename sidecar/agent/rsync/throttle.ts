import { Transform, type TransformCallback } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

/** So much of a second goes at once. */
const burst = 1 / 4;

/**
 * A stream that lets bytes through as the limit allows, in pieces no larger than a burst: a slow link is one on which
 * something moves all the time, to our own watchdog as to the daemon's time-out.
 */
export class ThrottledStream extends Transform {
  readonly #pieceBytes: number;
  readonly #spend: (bytes: number) => number;
  #passed = 0;

  constructor(pieceBytes: number, spend: (bytes: number) => number) {
    super();
    this.#pieceBytes = pieceBytes;
    this.#spend = spend;
  }

  /** Bytes let through so far. */
  get passed(): number {
    return this.#passed;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#letThrough(chunk).then(() => done(), done);
  }

  async #letThrough(chunk: Buffer): Promise<void> {
    for (let at = 0; at < chunk.length && !this.destroyed; at += this.#pieceBytes) {
      const piece = chunk.subarray(at, at + this.#pieceBytes);
      const waitMs = this.#spend(piece.length);
      if (waitMs > 0) await sleep(waitMs);
      this.#passed += piece.length;
      this.push(piece);
    }
  }
}

/** Makes streams that together let `bytesPerSecond` through: a token bucket of a quarter of a second. */
export function makeThrottle(bytesPerSecond: number): () => ThrottledStream {
  const capacity = bytesPerSecond * burst;
  let tokens = capacity;
  let at = performance.now();
  /** Answers how long to wait until these bytes may go, ms. */
  const spend = (bytes: number): number => {
    const now = performance.now();
    tokens = Math.min(capacity, tokens + ((now - at) / 1000) * bytesPerSecond);
    at = now;
    tokens -= bytes;
    return Math.max(0, (-tokens / bytesPerSecond) * 1000);
  };
  return () => new ThrottledStream(Math.max(1, Math.floor(capacity)), spend);
}
