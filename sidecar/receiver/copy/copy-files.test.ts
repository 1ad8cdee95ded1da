import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Fixture, lease, startFixture } from '../testing/receiver-fixture.ts';
import { copyFileBeneath } from './copy-file.ts';

let receiver: Fixture;
let data: string;
const content = 'content'.repeat(10_000);
const mtime = '1600000000123456789';

before(async () => {
  receiver = await startFixture();
  data = join(receiver.directory, 'data');
  await receiver.client().takeLease(lease('a'));
  fs.mkdirSync(join(data, 'd'));
  fs.writeFileSync(join(data, 'd/one'), content, { mode: 0o4755 });
  fs.writeFileSync(join(data, 'taken'), 'taken');
  fs.writeFileSync(join(receiver.directory, 'outside'), content);
  fs.symlinkSync('..', join(data, 'up'));
  fs.symlinkSync('d/one', join(data, 'link'));
  execFileSync('mkfifo', [join(data, 'fifo')]);
});
after(() => receiver.close());

const coded = (path: string): string => Buffer.from(path, 'latin1').toString('base64url');
const digest = createHash('sha256').update(content).digest('base64url');

const copy = async (from: string, to: string, more: { digest?: string; size?: number; epoch?: number } = {}) => {
  const { epoch = 1, ...rest } = more;
  const one = { from: coded(from), to: coded(to), size: content.length, digest, mtime, ...rest };
  return (await receiver.client().copy({ epoch, copies: [one] })).results[0];
};

test('a file is copied to a new name, below directories that are as new', async () => {
  assert.deepEqual(await copy('d/one', 'new/deep/\xff two'), { copied: true });
  const path = Buffer.from(join(data, 'new/deep/\xff two'), 'latin1');
  assert.equal(fs.readFileSync(path, 'utf8'), content);
  const stats = fs.lstatSync(path, { bigint: true });
  assert.deepEqual([stats.mtimeNs, stats.mode & 0o7777n, stats.nlink], [BigInt(mtime), 0o600n, 1n]);
});

const refused: readonly [what: string, from: string, to: string, more: Parameters<typeof copy>[2], reason: string][] = [
  ['what is not there', 'd/none', 'x', {}, 'NotFound'],
  ['to a name that something has', 'd/one', 'taken', {}, 'Exists'],
  ['to a link', 'd/one', 'link', {}, 'Exists'],
  ['of another size', 'd/one', 'x', { size: 5 }, 'Differs'],
  ['of other content', 'd/one', 'x', { digest: 'other' }, 'Differs'],
  ['of a link', 'link', 'x', {}, 'Errno40'],
  ['through a link', 'up/outside', 'x', {}, 'NotDirectory'],
  ['into what a link leads to', 'd/one', 'up/x', {}, 'NotDirectory'],
  ['by a path that leads out', '../outside', 'x', {}, 'BadPath'],
  ['to a path that leads out', 'd/one', '../x', {}, 'BadPath'],
  ['of a directory', 'd', 'x', {}, 'Differs'],
  ['of a FIFO', 'fifo', 'x', {}, 'Differs'],
];

for (const [what, from, to, more, reason] of refused) {
  test(`no copy is made ${what}`, async () => {
    assert.deepEqual(await copy(from, to, more), { copied: false, reason });
    assert.ok(!fs.existsSync(join(data, 'x')));
    assert.ok(!fs.existsSync(join(receiver.directory, 'x')));
    assert.equal(fs.readFileSync(join(data, 'taken'), 'utf8'), 'taken');
    assert.deepEqual(fs.readdirSync(join(receiver.directory, '.syncreplica/tmp')), []);
  });
}

test('a copy whose epoch ends while it is made is not put in place', async () => {
  const places = { data, temporary: join(receiver.directory, '.syncreplica/tmp') };
  const one = { from: coded('d/one'), to: coded('x'), size: content.length, digest, mtime };
  const hasEnded = (): void => {
    throw new Error('the epoch has ended');
  };
  await assert.rejects(copyFileBeneath(places, one, hasEnded), /the epoch has ended/);
  assert.ok(!fs.existsSync(join(data, 'x')));
  assert.deepEqual(fs.readdirSync(places.temporary), []);
});

test('only the writer has copies made', async () => {
  await assert.rejects(copy('d/one', 'x', { epoch: 9 }), { code: 'StaleEpoch' });
  assert.ok(!fs.existsSync(join(data, 'x')));
});
