import assert from 'node:assert/strict';
import {
  chmodSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fingerprint, matchesFingerprint } from './fingerprint.ts';

const root = mkdtempSync(join(tmpdir(), 'fingerprint-'));
after(() => rmSync(root, { recursive: true }));
const all = { permissions: true, times: true, owners: false };

/** The same tree whenever it is made, under another name. */
const makeTree = (name: string): string => {
  const top = join(root, name);
  mkdirSync(join(top, 'dir/deep'), { recursive: true });
  mkdirSync(join(top, 'empty'));
  writeFileSync(join(top, 'dir/a'), 'content');
  writeFileSync(join(top, 'dir/deep/b'), 'more');
  writeFileSync(Buffer.concat([Buffer.from(`${top}/dir/`), Buffer.from([0xff, 0x0a, 0x22])]), 'odd name');
  symlinkSync('/nowhere', join(top, 'link'));
  for (const path of ['dir/a', 'dir/deep/b', 'dir/deep', 'dir', 'empty', ''])
    utimesSync(join(top, path), 1_000, 1_000.25);
  utimesSync(Buffer.concat([Buffer.from(`${top}/dir/`), Buffer.from([0xff, 0x0a, 0x22])]), 1_000, 1_000);
  for (const path of ['dir/deep', 'dir', 'empty', '']) utimesSync(join(top, path), 1_000, 1_000.25);
  return top;
};

const of = async (name: string, options = all): Promise<string> => {
  const result = await fingerprint(root, name, options);
  assert.ok(result);
  return result.digest;
};

test('two trees that look alike have one fingerprint, and each difference that counts makes another', async () => {
  makeTree('one');
  const links = { ...all, exclude: (path: string) => path.endsWith('/link') };
  const expected = await of('one', links);
  const changes: [string, (top: string) => void][] = [
    ['content', (top) => truncateSync(join(top, 'dir/a'), 3)],
    ['time', (top) => utimesSync(join(top, 'dir/a'), 1_000, 1_000.251)],
    ['mode', (top) => chmodSync(join(top, 'dir/a'), 0o600)],
    ['directory mode', (top) => chmodSync(join(top, 'empty'), 0o700)],
    ['name', (top) => renameSync(join(top, 'dir/a'), join(top, 'dir/c'))],
    ['one more', (top) => writeFileSync(join(top, 'empty/x'), '')],
    ['one less', (top) => rmSync(join(top, 'empty'), { recursive: true })],
    ['place', (top) => renameSync(join(top, 'dir/deep/b'), join(top, 'dir/b'))],
    ['depth', (top) => renameSync(join(top, 'dir/deep'), join(top, 'deep'))],
    [
      'type',
      (top) => {
        rmSync(join(top, 'dir/a'));
        symlinkSync('content', join(top, 'dir/a'));
      },
    ],
  ];
  for (const [what, change] of changes) {
    const top = makeTree('two');
    assert.equal(await of('two', links), expected, 'before');
    change(top);
    // The change touches its directory; that alone must not be what is seen.
    for (const path of ['dir/deep', 'deep', 'dir', 'empty', '']) {
      try {
        utimesSync(join(top, path), 1_000, 1_000.25);
      } catch {}
    }
    assert.notEqual(await of('two', links), expected, what);
    rmSync(top, { recursive: true });
  }
});

test('hard links, access times and the way a tree came about do not count', async () => {
  const top = makeTree('three');
  const before = await of('three');
  linkSync(join(top, 'dir/a'), join(root, 'other'));
  utimesSync(join(top, 'dir/a'), 2_000, 1_000.25);
  assert.equal(await of('three'), before);
});

test('what is excluded is not looked at, and options change what is', async () => {
  const top = makeTree('four');
  const skip = { ...all, exclude: (path: string) => path === 'four/empty/skipped' };
  const before = await of('four', skip);
  writeFileSync(join(top, 'empty/skipped'), 'x');
  utimesSync(join(top, 'empty'), 1_000, 1_000.25);
  assert.equal(await of('four', skip), before);
  const loose = { permissions: false, times: true, owners: false };
  const plain = await of('four', loose);
  chmodSync(join(top, 'dir/a'), 0o640);
  assert.equal(await of('four', loose), plain);
});

test('the other side compares with the same options; what it can not judge does not match', async () => {
  makeTree('five');
  for (const options of [all, { permissions: false, times: true, owners: true }]) {
    const expect = await fingerprint(root, 'five', options);
    assert.ok(expect);
    assert.equal(await matchesFingerprint(root, 'five', expect), true);
    assert.equal(await matchesFingerprint(root, 'five', { ...expect, type: 'file' }), false);
    assert.equal(await matchesFingerprint(root, 'five/dir', expect), false);
  }
  const timeless = await fingerprint(root, 'five', { permissions: true, times: false, owners: false });
  assert.ok(timeless);
  assert.equal(await matchesFingerprint(root, 'five', timeless), false);
  assert.equal(await matchesFingerprint(root, 'five', { type: 'directory', digest: 'nonsense' }), false);
});

test('what is not there has no fingerprint', async () => {
  assert.equal(await fingerprint(root, 'nothing', all), null);
  assert.equal(await fingerprint(root, 'nothing/below', all), null);
});

test('a tree that loses entries while it is read gives null or a fingerprint, never an error', async () => {
  const top = join(root, 'many');
  mkdirSync(top);
  for (let index = 0; index < 2_000; index++) writeFileSync(join(top, String(index)), 'x');
  const running = fingerprint(root, 'many', all);
  rmSync(top, { recursive: true });
  assert.equal(await running, null);
});

test('a very deep tree is read without a deep stack', async () => {
  const deep = join(root, 'deep');
  mkdirSync(join(deep, 'd/'.repeat(1_500)), { recursive: true });
  assert.ok(await fingerprint(root, 'deep', all));
});
