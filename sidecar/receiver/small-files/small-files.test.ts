import assert from 'node:assert/strict';
import { lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { encodeName } from '../../protocol/verify.ts';
import { lease, makeClientTls, startFixture } from '../testing/receiver-fixture.ts';

const mtimeNs = '1700000000123456789';

const small = (path: string, content: string, mode = 0o640) => ({
  path: encodeName(path),
  content: Buffer.from(content).toString('base64url'),
  mode,
  mtimeNs,
});

const begin = async (t: TestContext, options: Parameters<typeof startFixture>[0] = {}) => {
  const receiver = await startFixture(options);
  t.after(() => receiver.close());
  const client = receiver.client();
  const answer = await client.takeLease(lease('writer'));
  const data = join(receiver.directory, 'data');
  const write = (files: ReturnType<typeof small>[], directories: { path: string; mtimeNs: string }[] = []) =>
    client.writeSmallFiles({ epoch: answer.epoch, files, directories });
  const leftovers = (): string[] => readdirSync(join(receiver.directory, '.syncreplica/tmp'));
  return { receiver, client, answer, data, write, leftovers };
};

test('a small file arrives whole, with its mode and time, and its directory has the time that was said', async (t) => {
  const { answer, data, write, leftovers } = await begin(t);
  assert.equal(answer.takesSmallFiles, true);
  mkdirSync(join(data, 'a'));
  const name = 'n\xc3\xa9\xff';
  const root = { path: '', mtimeNs: '1600000000000000001' };
  const { results } = await write(
    [small('a/f', 'hello', 0o4751), small(name, '')],
    [{ path: encodeName('a'), mtimeNs: '-1500000001' }, root],
  );
  assert.deepEqual(results, [{ written: true }, { written: true }]);
  const stats = lstatSync(join(data, 'a/f'), { bigint: true });
  assert.equal(readFileSync(join(data, 'a/f'), 'utf8'), 'hello');
  assert.equal(Number(stats.mode) & 0o7777, 0o4751);
  assert.equal(String(stats.mtimeNs), mtimeNs);
  assert.equal(lstatSync(join(data, 'a'), { bigint: true }).mtimeNs, -1_500_000_001n);
  assert.equal(lstatSync(data, { bigint: true }).mtimeNs, 1_600_000_000_000_000_001n);
  assert.ok(readdirSync(data, 'latin1').includes(name), 'names are bytes');
  assert.deepEqual(leftovers(), []);
});

test('a link is replaced where it is the name, and followed nowhere; what else is in the way is left to rsync', async (t) => {
  const { receiver, data, write, leftovers } = await begin(t);
  const outside = join(receiver.directory, 'outside');
  mkdirSync(outside);
  writeFileSync(join(outside, 'secret'), 'kept');
  symlinkSync(outside, join(data, 'out'));
  symlinkSync(join(outside, 'secret'), join(data, 'name'));
  mkdirSync(join(data, 'directory'));
  writeFileSync(join(data, 'file'), 'kept');
  const { results, directories } = await write(
    [
      small('name', 'new'),
      small('out/new', 'x'),
      small('../outside/new', 'x'),
      small('/etc/new', 'x'),
      small('a/../new', 'x'),
      small('directory', 'x'),
      small('file/new', 'x'),
      small('missing/new', 'x'),
      small('', 'x'),
    ],
    ['missing', 'out', 'file', '../outside'].map((path) => ({ path: encodeName(path), mtimeNs, mode: 0o700 })),
  );
  assert.deepEqual(
    directories.map(({ written, reason }) => (written ? 'written' : reason)),
    ['NotFound', 'NotDirectory', 'NotDirectory', 'BadPath'],
  );
  assert.equal(lstatSync(outside).mode & 0o777, 0o755);
  assert.deepEqual(
    results.map(({ written, reason }) => (written ? 'written' : reason)),
    ['written', 'NotDirectory', 'BadPath', 'BadPath', 'BadPath', 'IsDirectory', 'NotDirectory', 'NotFound', 'BadPath'],
  );
  assert.equal(lstatSync(join(data, 'name')).isSymbolicLink(), false);
  assert.equal(readlinkSync(join(data, 'out')), outside);
  assert.deepEqual(readdirSync(outside), ['secret']);
  assert.equal(readFileSync(join(outside, 'secret'), 'utf8'), 'kept');
  assert.equal(readFileSync(join(data, 'file'), 'utf8'), 'kept');
  assert.deepEqual(leftovers(), []);
});

test('nobody writes without the volume’s certificate, the password and the epoch that counts', async (t) => {
  const { receiver, client, answer, data } = await begin(t);
  const request = { epoch: answer.epoch, files: [small('f', 'x')], directories: [] };
  const stranger = receiver.client(await makeClientTls(['other']));
  await assert.rejects(stranger.writeSmallFiles(request), { code: 'Forbidden' });
  const guess = receiver.client(receiver.tls, { username: 'agent', password: 'guess' });
  await assert.rejects(guess.writeSmallFiles(request), { code: 'AuthenticationFailed' });
  await client.takeLease({ ...lease('writer', answer.epoch), fresh: true });
  await assert.rejects(client.writeSmallFiles(request), { code: 'StaleEpoch' });
  assert.deepEqual(readdirSync(data), []);
});

test('what makes no sense is refused as a whole', async (t) => {
  const { answer, client, data } = await begin(t);
  const { epoch } = answer;
  const good = small('f', 'x');
  const bad: object[] = [
    { files: [{ ...good, mode: 0o100644 }] },
    { files: [{ ...good, mtimeNs: '1.5' }] },
    { directories: [{ path: '', mtimeNs, mode: 0o40755 }] },
    { files: [{ ...good, content: 'A'.repeat(90_000) }] },
    { files: Array.from({ length: 257 }, () => good) },
    { files: [null] },
    { files: 'f' },
  ];
  for (const wrong of bad) {
    const request = { epoch, files: [], directories: [], ...wrong } as never;
    await assert.rejects(client.writeSmallFiles(request), { code: 'BadRequest' });
  }
  assert.deepEqual(readdirSync(data), []);
});

test('one that is read-only takes none', async (t) => {
  const { write } = await begin(t, { readOnly: true });
  await assert.rejects(write([small('f', 'x')]), { code: 'Forbidden' });
});
