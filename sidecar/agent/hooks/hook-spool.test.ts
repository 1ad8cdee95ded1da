import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { canRun } from '../watch/testing/watching-process.ts';
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

const fullDiskScript = (disk: string): string => `
  import { execFileSync } from 'node:child_process';
  import { rmSync, writeFileSync } from 'node:fs';
  import { HookSpool } from ${JSON.stringify(new URL('./hook-spool.ts', import.meta.url).href)};
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'none', ${JSON.stringify(disk)}]);
  const [path, other] = [${JSON.stringify(join(disk, 'tell.jsonl'))}, ${JSON.stringify(join(disk, 'other'))}];
  const event = (path) => ({ operation: 'Write', path, at: 0, sequence: 0 });
  const spool = new HookSpool(path);
  spool.load();
  spool.add([{ id: 1, event: event('before') }]);
  writeFileSync(other, 'x'.repeat(40 * 1024));
  let failed = false;
  try { spool.add([{ id: 2, event: event('y'.repeat(40 * 1024)) }]); } catch { failed = true; }
  rmSync(other);
  spool.add([{ id: 3, event: event('after') }]);
  console.log(JSON.stringify([failed, new HookSpool(path).load().map(({ id }) => id)]));
`;

test('a line of which a full disk took a part takes none of those after it along', {
  skip: !canRun('unshare', '-m', 'sh', '-c', 'mount -t tmpfs none /mnt') && 'needs to mount',
}, (t) => {
  const disk = mkdtempSync(join(tmpdir(), 'spool-'));
  t.after(() => rmSync(disk, { recursive: true }));
  const command = ['-m', process.execPath, '--input-type=module', '-e', fullDiskScript(disk)];
  const answer = execFileSync('unshare', command, { encoding: 'utf8', timeout: 180_000 });
  assert.deepEqual(JSON.parse(answer), [true, [1, 3]]);
});
