import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { HookEvent } from './hook-event.ts';
import { HookSpool } from './hook-spool.ts';

const event = (path: string): HookEvent => ({ operation: 'Write', path, at: 0, sequence: 0 });

test('what waits is kept although the file could once not be written anew', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'spool-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'tell.dr.jsonl');
  const spool = new HookSpool(path);
  const many = Array.from({ length: 1_100 }, (_, at) => ({ id: at + 1, event: event('x'.repeat(4_000)) }));
  spool.add(many);
  renameSync(path, `${path}.aside`);
  mkdirSync(path);
  assert.throws(() => spool.done([1], () => many.slice(1)));
  rmdirSync(path);
  renameSync(`${path}.aside`, path);
  spool.add([{ id: 2_000, event: event('later') }]);
  assert.equal(new HookSpool(path).load().at(-1)?.id, 2_000);
});
