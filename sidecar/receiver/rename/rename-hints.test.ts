import assert from 'node:assert/strict';
import { lstat, mkdir, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fingerprint } from '../../protocol/entries/fingerprint.ts';
import { type Fixture, lease, startFixture } from '../testing/receiver-fixture.ts';

let receiver: Fixture;
let data: string;
const source = mkdtemp(join(tmpdir(), 'rename-source-'));
before(async () => {
  receiver = await startFixture();
  data = join(receiver.directory, 'data');
  await receiver.client().takeLease(lease('a'));
});
after(async () => {
  await receiver.close();
  await rm(await source, { recursive: true });
});

const coded = (path: string): string => Buffer.from(path, 'latin1').toString('base64url');
const hint = async (from: string, to: string, expect?: { type: 'file' | 'directory'; digest: string }) => {
  const rename = { from: coded(from), to: coded(to), ...(expect ? { expect } : {}) };
  const { results } = await receiver.client().rename({ epoch: 1, renames: [rename] });
  return results[0];
};
const done = { renamed: true, matches: false };
const not = (reason: string) => ({ renamed: false, matches: false, reason });

test('a directory is moved with all that is in it, and matches when the source looks the same', async () => {
  for (const root of [await source, data]) {
    const name = root === data ? 'old' : 'new';
    await mkdir(join(root, name, 'sub'), { recursive: true });
    for (const path of ['sub/a', 'b']) {
      await writeFile(join(root, name, path), path);
      await utimes(join(root, name, path), 1_000, 1_000.5);
    }
    for (const path of ['sub', '']) await utimes(join(root, name, path), 1_000, 1_000.5);
  }
  const expect = await fingerprint(await source, 'new', { permissions: true, times: true, owners: true });
  assert.ok(expect && expect.type === 'directory');
  assert.deepEqual(await hint('old', 'new', { ...expect, type: 'directory' }), { renamed: true, matches: true });
  assert.equal(await readFile(join(data, 'new/sub/a'), 'utf8'), 'sub/a');
  await writeFile(join(data, 'new/b'), 'B');
  assert.deepEqual(await hint('new', 'newer', { ...expect, type: 'directory' }), done);
});

test('a rename does what rename(2) does, in one word what it can not', async () => {
  await mkdir(join(data, 'full/x'), { recursive: true });
  await mkdir(join(data, 'empty'));
  await mkdir(join(data, 'dir'));
  await writeFile(join(data, 'file'), 'file');
  await writeFile(join(data, 'other'), 'other');
  await symlink('full', join(data, 'link'));
  assert.deepEqual(await hint('nothing', 'missing/x'), not('NotFound'));
  assert.deepEqual(await hint('file', 'link/x'), not('NotDirectory'));
  assert.deepEqual(await hint('link/x', 'x'), not('NotDirectory'));
  assert.deepEqual(await hint('file', 'other/x'), not('NotDirectory'));
  assert.deepEqual(await hint('dir', 'full'), not('NotEmpty'));
  assert.deepEqual(await hint('dir', 'file'), not('NotDirectory'));
  assert.deepEqual(await hint('file', 'dir'), not('IsDirectory'));
  assert.deepEqual(await hint('full', 'full/x/y'), not('IntoItself'));
  assert.deepEqual(await hint('file', 'n'.repeat(256)), not('NameTooLong'));
  assert.deepEqual(await hint('dir', 'empty'), done);
  assert.deepEqual(await hint('file', 'other'), done);
  assert.equal(await readFile(join(data, 'other'), 'utf8'), 'file');
  assert.deepEqual(await hint('link', 'full/link'), done);
  assert.equal((await lstat(join(data, 'full/link'))).isSymbolicLink(), true);
});

test('what moves into a directory that is as new is moved, and for what is not there none is made', async () => {
  await mkdir(join(data, 'kept'));
  await writeFile(join(data, 'kept/file'), 'kept');
  assert.deepEqual(await hint('kept', 'new/and/deep'), done);
  assert.equal(await readFile(join(data, 'new/and/deep/file'), 'utf8'), 'kept');
  assert.deepEqual(await hint('kept', 'none/x'), not('NotFound'));
  assert.deepEqual(await hint('new', 'new/below/itself'), not('IntoItself'));
  assert.ok(!(await readdir(data)).includes('none'));
});

test('100,000 hints of many megabytes are taken in one request', async () => {
  const renames = Array.from({ length: 100_000 }, (_, index) => ({
    from: coded(`${'long-'.repeat(8)}${index}`),
    to: coded(`${'other-'.repeat(8)}${index}`),
  }));
  const { results } = await receiver.client().rename({ epoch: 1, renames });
  assert.equal(results.length, 100_000);
  assert.ok(results.every(({ reason }) => reason === 'NotFound'));
});

test('names are bytes', async () => {
  const odd = '\xff\xfe\n"-';
  await writeFile(Buffer.from(`${data}/${odd}`, 'latin1'), 'odd');
  assert.deepEqual(await hint(odd, `${odd}2`), done);
  const names = await readdir(data, 'latin1' as 'utf8');
  assert.ok(names.includes(`${odd}2`) && !names.includes(odd));
});

test('many hints in one request are applied in order', async () => {
  await writeFile(join(data, 'n0'), '0');
  const renames = Array.from({ length: 500 }, (_, index) => ({ from: coded(`n${index}`), to: coded(`n${index + 1}`) }));
  const { results } = await receiver.client().rename({ epoch: 1, renames });
  assert.ok(results.every((result) => result.renamed));
  assert.equal(await readFile(join(data, 'n500'), 'utf8'), '0');
});
