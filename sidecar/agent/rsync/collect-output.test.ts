import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { collectOutput } from './collect-output.ts';

async function collect(chunks: readonly string[], max: number) {
  const stream = new PassThrough();
  const collected = collectOutput(stream, max);
  for (const chunk of chunks) stream.write(chunk, 'latin1');
  await new Promise((resolve) => stream.end(resolve));
  stream.resume();
  await new Promise((resolve) => setImmediate(resolve));
  return collected();
}

test('a short output is kept as it is', async () => {
  assert.deepEqual(await collect(['one\ntw', 'o\n\xff'], 100), { text: 'one\ntwo\n\xff', cut: false });
});

test('of a long one whole lines of both ends are kept, and it is said', async () => {
  const chunks = ['first\nhal', 'f\nlost\nlo', 'st\nlost\nha', 'lf\nlast but one\nla', 'st\n'];
  assert.deepEqual(await collect(chunks, 32), { text: 'first\nlast but one\nlast\n', cut: true });
});

test('it goes on being kept after chunks larger than all that is kept', async () => {
  const chunks = ['first\n', `${'x'.repeat(100)}\n`, `${'y'.repeat(100)}\n`, 'a\nb\n', 'last\n'];
  assert.deepEqual(await collect(chunks, 32), { text: 'first\nb\nlast\n', cut: true });
});
