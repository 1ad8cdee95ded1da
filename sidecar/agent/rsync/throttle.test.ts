import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { test } from 'node:test';
import { makeThrottle } from './throttle.ts';

const drain = async (stream: AsyncIterable<Buffer>): Promise<number> => {
  let bytes = 0;
  for await (const chunk of stream) bytes += chunk.length;
  return bytes;
};

test('two streams share one limit and lose nothing', async () => {
  const throttle = makeThrottle(100_000);
  const before = performance.now();
  let bytes = 0;
  const carry = async (): Promise<void> => {
    const chunks = Readable.from(Array.from({ length: 10 }, () => Buffer.alloc(5_000)));
    await pipeline(chunks, throttle(), async (stream) => {
      const carried = await drain(stream as AsyncIterable<Buffer>);
      bytes += carried;
    });
  };
  await Promise.all([carry(), carry()]);
  assert.equal(bytes, 100_000);
  // A quarter of a second goes at once; timers may be a little early.
  assert.ok(performance.now() - before > 650);
});

test('however low the limit, something moves all the time', async () => {
  const stream = makeThrottle(1_024)();
  const passed: number[] = [];
  stream.on('data', (piece: Buffer) => passed.push(piece.length));
  stream.end(Buffer.alloc(64 * 1024));
  while (passed.length < 3) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.deepEqual([passed.slice(0, 3), stream.passed >= 768], [[256, 256, 256], true]);
  stream.destroy();
  await new Promise((resolve) => stream.once('close', resolve));
});
