import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { runShortOfFiles, skipShortOfFiles as skip } from '../../../testing/programs/short-of-files.ts';

const script = (path: string, sizes: readonly number[]): string => `
  import { setTimeout as sleep } from 'node:timers/promises';
  import { hashPiece } from ${JSON.stringify(new URL('./hash-piece.ts', import.meta.url).href)};
  const giveBack = takeAll();
  const bytes = [];
  const all = ${JSON.stringify(sizes)}.map(async (size) => {
    const piece = await hashPiece(${JSON.stringify(path)}, 0, size);
    bytes.push(piece.bytes ?? piece.reason);
  });
  await sleep(250);
  say([...bytes]);
  giveBack();
  await Promise.all(all);
  say(bytes.sort());
`;

test('what can not be opened for want of open files is hashed once it can be', { skip }, (t) => {
  const base = mkdtempSync(join(tmpdir(), 'short-'));
  t.after(() => rmSync(base, { recursive: true }));
  writeFileSync(join(base, 'file'), 'x'.repeat(2_000_000));
  const sizes = [1_000, 2_000_000];
  assert.deepEqual(runShortOfFiles(script(join(base, 'file'), sizes)), [[], sizes]);
});
