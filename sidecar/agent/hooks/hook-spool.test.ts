import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { HookEvent } from './hook-event.ts';
import { HookSpool } from './hook-spool.ts';

const event = (path: string): HookEvent => ({ operation: 'Write', path, at: 0, sequence: 0 });

test('a line that was cut off by a kill takes none of those after it along', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'spool-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'tell.dr.jsonl');
  const left: (readonly [number, string])[][] = [];
  for (const id of [1, 2, 3]) {
    const spool = new HookSpool(path);
    left.push(spool.load().map((one) => [one.id, one.event.path]));
    spool.add([{ id, event: event(`f${id}`) }]);
    spool.close();
    appendFileSync(path, '{"id":9,"event":{"oper');
  }
  assert.deepEqual(left, [
    [],
    [[1, 'f1']],
    [
      [1, 'f1'],
      [2, 'f2'],
    ],
  ]);
});
