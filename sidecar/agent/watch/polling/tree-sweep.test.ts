import assert from 'node:assert/strict';
import fs, { mkdirSync, mkdtempSync, rmSync, type Stats, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { compileFilter } from '../../../filter/filter.ts';
import { TreeSweep } from './tree-sweep.ts';

test('what was in a directory that is another one by the time it is read is told as gone', async (t) => {
  const root = mkdtempSync(join(tmpdir(), 'swept-'));
  t.after(() => rmSync(root, { recursive: true }));
  mkdirSync(join(root, 'd/sub'), { recursive: true });
  for (const name of ['d/old', 'd/sub/old']) writeFileSync(join(root, name), '');
  const told: string[] = [];
  let onRead: (() => void) | undefined;
  let namedD = 0;
  const sweep = new TreeSweep({
    top: '',
    absolute(path) {
      // The first is for the look at it, the second for what is in it.
      if (path === 'd' && ++namedD % 2 === 0) onRead?.();
      return Buffer.from(join(root, path));
    },
    filter: compileFilter({ include: [], exclude: [] }),
    findings: {
      created: (path) => told.push(`created ${path}`),
      changed: (path) => told.push(`changed ${path}`),
      attributes: () => {},
      deleted: (path) => told.push(`deleted ${path}`),
      readable: (path) => told.push(`readable ${path}`),
    },
  });
  await sweep.sweep();
  onRead = () => rmSync(join(root, 'd'), { recursive: true });
  await sweep.sweep();
  onRead = undefined;
  mkdirSync(join(root, 'd'));
  writeFileSync(join(root, 'd/new'), '');
  await sweep.sweep();
  assert.deepEqual(told.sort(), ['created d/new', 'deleted d/old', 'deleted d/sub']);
  rmSync(join(root, 'd'), { recursive: true });
  await sweep.sweep();
  await sweep.sweep();
  assert.deepEqual(told.slice(3), ['deleted d'], 'nothing is told twice');
});

/** A file whose times are whole seconds; `told`: what was said of it. */
const setUp = (t: TestContext) => {
  const root = mkdtempSync(join(tmpdir(), 'swept-'));
  writeFileSync(join(root, 'file'), 'x');
  const times = { mtimeMs: 1_000, ctimeMs: 1_000 };
  const { lstat } = fs;
  const look = (path: Buffer, tell: (error: Error | null, stats?: Stats) => void): void =>
    lstat(path, (error, stats) => tell(error, error ? undefined : Object.assign(stats, times)));
  t.mock.method(fs, 'lstat', look as typeof lstat);
  syncBuiltinESMExports();
  t.after(() => {
    t.mock.restoreAll();
    syncBuiltinESMExports();
    rmSync(root, { recursive: true });
  });
  const told: string[] = [];
  const note = (path: string): unknown => told.push(path);
  const findings = { created: note, changed: note, attributes: note, deleted: note, readable: note };
  const filter = compileFilter({ include: [], exclude: [] });
  return {
    times,
    told,
    sweep: new TreeSweep({ top: '', absolute: (at) => Buffer.from(join(root, at)), filter, findings }),
  };
};

test('where times are whole seconds each change is told at the next look too, for what may follow in that second', async (t) => {
  const { times, told, sweep } = setUp(t);
  await sweep.sweep();
  for (const second of [2_000, 9_000]) {
    await sweep.sweep();
    await sweep.sweep();
    told.length = 0;
    Object.assign(times, { mtimeMs: second, ctimeMs: second });
    await sweep.sweep();
    assert.deepEqual(told, ['file']);
    await sweep.sweep();
    assert.deepEqual(told, ['file', 'file'], 'once more');
    await sweep.sweep();
    assert.deepEqual(told, ['file', 'file'], 'and no more');
  }
});
