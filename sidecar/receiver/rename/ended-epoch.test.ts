import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { VolumeDirectory } from '../volume/volume-directory.ts';
import { applyRenames } from './rename-hints.ts';

const coded = (path: string): string => Buffer.from(path, 'latin1').toString('base64url');

test('of many renames none is made once their epoch has ended, which it may between any two of them', async (t) => {
  const data = mkdtempSync(join(tmpdir(), 'ended-epoch-'));
  t.after(() => rmSync(data, { recursive: true }));
  const names = Array.from({ length: 600 }, (_, index) => `n${index}`);
  for (const name of names) writeFileSync(join(data, name), '');
  const countRenamed = (): number => readdirSync(data).filter((name) => name.endsWith('-new')).length;
  let atEnd: number | undefined;
  setImmediate(() => {
    atEnd = countRenamed();
  });
  const requireEpoch = (): void => {
    if (atEnd !== undefined) throw new Error('StaleEpoch');
  };
  const renames = names.map((name) => ({ from: coded(name), to: coded(`${name}-new`) }));
  await assert.rejects(applyRenames({ data } as VolumeDirectory, { epoch: 1, renames }, requireEpoch), /StaleEpoch/);
  assert.ok(atEnd !== undefined && atEnd > 0 && atEnd < names.length);
  assert.equal(countRenamed(), atEnd);
});
