import assert from 'node:assert/strict';
import { lstatSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { SourceRoot } from './source-root.ts';

test('a look at a file tells when it was written, and when its inode was changed, which nobody can set', (t) => {
  const path = mkdtempSync(join(tmpdir(), 'source-root-'));
  t.after(() => rmSync(path, { recursive: true }));
  writeFileSync(join(path, 'file'), 'x');
  utimesSync(join(path, 'file'), 1_000, 1_000);
  const look = new SourceRoot(path).look('file');
  const { ctimeMs } = lstatSync(join(path, 'file'));
  assert.ok(look.kind === 'file');
  assert.equal(look.modifiedAt, 1_000_000);
  assert.ok(Math.abs(look.changedAt - ctimeMs) < 1, `${look.changedAt} is ${ctimeMs}`);
});

test('a source with nothing but lost+found is empty, one that is not there is not', (t) => {
  const path = mkdtempSync(join(tmpdir(), 'source-root-'));
  t.after(() => rmSync(path, { recursive: true }));
  const root = new SourceRoot(path);
  assert.equal(root.isEmpty(), true);
  mkdirSync(join(path, 'lost+found'));
  assert.equal(root.isEmpty(), true);
  writeFileSync(join(path, 'file'), '');
  assert.equal(root.isEmpty(), false);
  assert.equal(new SourceRoot(join(path, 'none')).isEmpty(), false);
});
