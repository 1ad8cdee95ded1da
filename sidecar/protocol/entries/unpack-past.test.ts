import assert from 'node:assert/strict';
import { lstatSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { PastHead } from '../past/history.ts';
import { unpackPast } from './unpack-past.ts';

const coded = (path: string): string => Buffer.from(path).toString('base64url');

async function* answer(...parts: readonly (object | string)[]): AsyncGenerator<Buffer> {
  for (const part of parts) yield Buffer.from(typeof part === 'string' ? part : `${JSON.stringify(part)}\n`);
}

test('what ran as another user is given back without that', async (t) => {
  const base = mkdtempSync(join(tmpdir(), 'unpack-'));
  t.after(() => rmSync(base, { recursive: true }));
  const to = join(base, 'restored');
  const moment = { at: 1, checkpoint: true };
  const stat = { mtimeNs: '1000000000' };
  await unpackPast(
    answer(
      { kind: 'begin', moment, gaps: [] },
      { kind: 'directory', path: coded('d'), mode: 0o2755, ...stat },
      { kind: 'file', path: coded('d/tool'), mode: 0o6751, size: 4, ...stat } satisfies PastHead,
      'tool',
      { kind: 'end', entries: 2 },
    ),
    to,
  );
  assert.equal(readFileSync(join(to, 'd/tool'), 'latin1'), 'tool');
  assert.deepEqual(
    ['d', 'd/tool'].map((path) => lstatSync(join(to, path)).mode & 0o7777),
    [0o755, 0o751],
  );
});
