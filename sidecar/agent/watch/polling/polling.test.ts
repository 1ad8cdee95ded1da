import assert from 'node:assert/strict';
import fs, { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { compileFilter } from '../../../filter/filter.ts';
import { createPollingSource } from './polling.ts';

test('a change may be as old as the last look, and is no older once it is told', async (t) => {
  const root = mkdtempSync(join(tmpdir(), 'polled-'));
  const told: string[] = [];
  const source = createPollingSource({
    root,
    filter: compileFilter({ include: [], exclude: [] }),
    events: ['Write', 'Create', 'Delete', 'Move', 'Attributes'],
    intervalMs: 3_600_000,
  });
  t.after(async () => {
    await source.close();
    rmSync(root, { recursive: true });
  });
  await source.open({
    onChanges: (batch) => {
      for (const { path } of batch) told.push(path);
    },
    onRootLost: () => assert.fail('the root is there'),
    onError: (error) => assert.fail(error),
  });
  writeFileSync(join(root, 'file'), 'x');
  assert.equal(source.stats().unseenMs, 3_600_000);
  assert.equal(told.length, 0);
  await source.drain();
  assert.ok(told.includes('file'));
});

test('what is there when a look begins may be changed before it ends: it is as old as its begin', async (t) => {
  const root = mkdtempSync(join(tmpdir(), 'polled-'));
  writeFileSync(join(root, 'file'), 'x');
  const { lstat } = fs;
  const slowly = (...[path, tell]: [string, (error: Error | null, stats: fs.Stats) => void]) =>
    setTimeout(() => lstat(path, tell), 2_100);
  t.mock.method(fs, 'lstat', slowly as unknown as typeof lstat);
  syncBuiltinESMExports();
  const filter = compileFilter({ include: [], exclude: [] });
  const source = createPollingSource({ root, filter, events: ['Write'], intervalMs: 100 });
  t.after(async () => {
    t.mock.restoreAll();
    syncBuiltinESMExports();
    await source.close();
    rmSync(root, { recursive: true });
  });
  const fail = (): void => assert.fail('nothing changes');
  await source.open({ onChanges: fail, onRootLost: fail, onError: fail });
  assert.ok((source.stats().unseenMs ?? 0) >= 3_000, `${source.stats().unseenMs} ms`);
});
