import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, statSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { decodeName, encodeName, maxHashBytes, partOfName, smallFileBytes } from '../../protocol/verify.ts';
import { type Fixture, lease, makeClientTls, startFixture } from '../testing/receiver-fixture.ts';

let receiver: Fixture;
let data: string;
before(async () => {
  receiver = await startFixture();
  data = join(receiver.directory, 'data');
  await receiver.client().takeLease(lease('a'));
});
after(() => receiver.close());

const list = async (
  path: string,
  wish: { part?: { index: number; of: number }; names?: string[]; content?: true } = {},
) => {
  const { names, ...rest } = wish;
  const directory = { path: encodeName(path), ...rest, ...(names ? { names: names.map(encodeName) } : {}) };
  const { directories } = await receiver.client().list({ epoch: 1, directories: [directory] });
  const [listed] = directories;
  assert.ok(listed);
  return { ...listed, entries: listed.entries.map((entry) => ({ ...entry, name: decodeName(entry.name) })) };
};
const hash = async (path: string, from: number, length: number) =>
  (await receiver.client().hash({ epoch: 1, pieces: [{ path: encodeName(path), from, length }] })).pieces[0];
const sha256 = (content: Buffer): string => createHash('sha256').update(content).digest('base64url');

const odd = 'caf\xe9\n "\x80\\#012';

test('a directory is told with what lstat says, names being bytes', async () => {
  mkdirSync(join(data, 'listed/below'), { recursive: true });
  const path = Buffer.from(`${data}/listed/${odd}`, 'latin1');
  writeFileSync(path, 'content', { mode: 0o640 });
  utimesSync(path, 1_000, 1_000.5);
  symlinkSync(Buffer.from('to \xff', 'latin1'), join(data, 'listed/link'));
  execFileSync('mkfifo', [join(data, 'listed/fifo')]);
  const { entries } = await list('listed');
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  assert.deepEqual([...byName.keys()].sort(), ['below', odd, 'fifo', 'link'].sort());
  const { uid, gid } = statSync(path);
  const facts = { type: 'file', size: 7, mtime: '1000500000000', mode: 0o640, uid, gid };
  assert.deepEqual(byName.get(odd), { name: odd, ...facts });
  assert.equal(byName.get('below')?.type, 'directory');
  assert.equal(byName.get('fifo')?.type, 'other');
  assert.equal(decodeName(byName.get('link')?.link ?? ''), 'to \xff');
  const some = await list('listed', { names: [odd, 'gone', '..', 'below/..', ''] });
  assert.deepEqual(
    some.entries.map(({ name }) => name),
    [odd],
  );
});

test('small files are read on the way where that is asked for, as far as one answer may read', async () => {
  mkdirSync(join(data, 'read'));
  const small = Buffer.alloc(smallFileBytes, 'small');
  writeFileSync(join(data, 'read/small'), small);
  writeFileSync(join(data, 'read/bigger'), Buffer.alloc(smallFileBytes + 1));
  writeFileSync(join(data, 'read/empty'), '');
  symlinkSync('small', join(data, 'read/link'));
  execFileSync('mkfifo', [join(data, 'read/fifo')]);
  const hashesOf = async (wish: Parameters<typeof list>[1]) =>
    new Map((await list('read', wish)).entries.map((entry) => [entry.name, entry.hash]));
  /** A disk that was slow a moment ago is left to threads for two hundred pieces. */
  const untilHashed = async (count: number) => {
    for (;;) {
      const hashes = await hashesOf({ content: true });
      const hashed = [...hashes.values()].filter((hash) => hash !== undefined).length;
      assert.ok(hashed <= count, `${hashed} were read`);
      if (hashed === count) return hashes;
      const pieces = Array(200).fill({ path: encodeName('read/small'), from: 0, length: 1 });
      await receiver.client().hash({ epoch: 1, pieces });
    }
  };
  const expected = { small: sha256(small), bigger: undefined, empty: undefined, link: undefined, fifo: undefined };
  assert.deepEqual(Object.fromEntries(await untilHashed(1)), expected);
  assert.deepEqual([...(await hashesOf({})).values()], Array(5).fill(undefined));
  for (let n = 0; n * smallFileBytes <= maxHashBytes; n += 1) writeFileSync(join(data, `read/more-${n}`), small);
  await untilHashed(maxHashBytes / smallFileBytes);
});

test('a big directory is told in parts, which together are all of it and share nothing', async () => {
  mkdirSync(join(data, 'big'));
  const names = Array.from({ length: 20_500 }, (_, index) => `file-${index}`);
  for (let at = 0; at < names.length; at += 500)
    await Promise.all(names.slice(at, at + 500).map((name) => writeFile(join(data, 'big', name), '')));
  assert.deepEqual(await list('big'), { entries: [], reason: 'TooMany', count: 20_500 });
  const parts = await Promise.all([0, 1, 2].map((index) => list('big', { part: { index, of: 3 } })));
  const told = parts.flatMap(({ entries }, index) =>
    entries.map(({ name }) => {
      assert.equal(partOfName(name, 3), index);
      return name;
    }),
  );
  assert.deepEqual(told.sort(), names.sort());
});

test('what is no directory of the replica is told in one word', async () => {
  writeFileSync(join(data, 'file'), '');
  symlinkSync('/etc', join(data, 'out'));
  mkdirSync(join(receiver.directory, 'beside'));
  const reasonOf = async (path: string) => (await list(path)).reason;
  assert.equal(await reasonOf('missing'), 'NotFound');
  assert.equal(await reasonOf('file'), 'NotDirectory');
  assert.equal(await reasonOf('out'), 'NotDirectory');
  assert.equal(await reasonOf('out/ssh'), 'NotDirectory');
  for (const path of ['..', '../beside', '/etc', 'a//b', 'a/.']) assert.equal(await reasonOf(path), 'BadPath');
});

test('a piece of a file is hashed as far as there is one', async () => {
  const content = Buffer.from(Array.from({ length: 1_500_000 }, (_, index) => (index * 7) % 251));
  writeFileSync(join(data, 'content'), content);
  const bytes = content.length;
  assert.deepEqual(await hash('content', 0, bytes), { hash: sha256(content), bytes });
  assert.deepEqual(await hash('content', 0, maxHashBytes), { hash: sha256(content), bytes });
  assert.deepEqual(await hash('content', 1_000, 600_000), {
    hash: sha256(content.subarray(1_000, 601_000)),
    bytes: 600_000,
  });
  assert.deepEqual(await hash('content', 1_000, 60_000), {
    hash: sha256(content.subarray(1_000, 61_000)),
    bytes: 60_000,
  });
  assert.deepEqual(await hash('content', bytes - 10, 60_000), {
    hash: sha256(content.subarray(bytes - 10)),
    bytes: 10,
  });
  assert.deepEqual(await hash('content', bytes, 10), { hash: sha256(Buffer.alloc(0)), bytes: 0 });
  truncateSync(join(data, 'content'), 5);
  assert.deepEqual(await hash('content', 0, bytes), { hash: sha256(content.subarray(0, 5)), bytes: 5 });
});

test('nothing but a regular file of the replica is read', async () => {
  symlinkSync('/etc/passwd', join(data, 'passwd'));
  symlinkSync('/etc', join(data, 'etc'));
  execFileSync('mkfifo', [join(data, 'pipe')]);
  assert.deepEqual(await hash('passwd', 0, 10), { reason: 'NotFile' });
  assert.deepEqual(await hash('etc/passwd', 0, 10), { reason: 'NotDirectory' });
  assert.deepEqual(await hash('pipe', 0, 10), { reason: 'NotFile' });
  assert.deepEqual(await hash('../lease.json', 0, 10), { reason: 'BadPath' });
  assert.deepEqual(await hash('missing', 0, 10), { reason: 'NotFound' });
});

test('only the writer may ask, with certificate, password and epoch, and for no more than an answer holds', async () => {
  const client = receiver.client();
  const codeOf = (asked: Promise<unknown>) =>
    asked.then(
      () => 'answered',
      ({ code }: { code: string }) => code,
    );
  assert.equal(await codeOf(client.list({ epoch: 2, directories: [] })), 'StaleEpoch');
  assert.equal(await codeOf(client.hash({ epoch: 0, pieces: [] })), 'StaleEpoch');
  const other = receiver.client(await makeClientTls(['another']));
  assert.equal(await codeOf(other.list({ epoch: 1, directories: [] })), 'Forbidden');
  const pieces = [{ path: encodeName('content'), from: 0, length: maxHashBytes + 1 }];
  assert.equal(await codeOf(client.hash({ epoch: 1, pieces })), 'BadRequest');
  const part = { index: 3, of: 3 };
  assert.equal(await codeOf(client.list({ epoch: 1, directories: [{ path: '', part }] })), 'BadRequest');
});
