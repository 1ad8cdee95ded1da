import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
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
