import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { findChangedSince, listBelow } from './find.ts';

test('finds without any other program which files were changed, whatever their names and times', async (t) => {
  const root = fs.mkdtempSync(join(tmpdir(), 'found-'));
  t.after(() => fs.rmSync(root, { recursive: true }));
  fs.mkdirSync(join(root, 'd/e'), { recursive: true });
  fs.writeFileSync(join(root, 'd/before'), 'x');
  const since = fs.lstatSync(join(root, 'd/before')).ctimeMs + 1;
  while (Date.now() < since + 50) await new Promise((resolve) => setTimeout(resolve, 10));
  const odd = Buffer.concat([Buffer.from(`${root}/d/e/`), Buffer.from('new\nline\xff', 'latin1')]);
  fs.writeFileSync(odd, 'x');
  fs.utimesSync(odd, 1, 1);
  fs.symlinkSync('nowhere', join(root, 'link'));
  const path = process.env.PATH;
  process.env.PATH = '/nowhere';
  t.after(() => {
    process.env.PATH = path;
  });
  const collect = async (top: string) => (await Array.fromAsync(findChangedSince(top, since))).flat();
  const found = await collect(root);
  assert.deepEqual(found.map((file) => file.path).sort(), ['d/e/new\nline\xff', 'link']);
  await assert.rejects(collect(join(root, 'missing', 'deeper\0')), { code: 'SourceUnreadable' });
  const below = await listBelow(
    (at) => Buffer.from(join(root, at), 'latin1'),
    'd',
    (at) => at === 'd/before',
  );
  assert.deepEqual(below.sort(), ['d/e', 'd/e/new\nline\xff']);
});
