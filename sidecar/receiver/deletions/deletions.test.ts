import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { chmod, chown, lstat, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { systemClock } from '../../../src/process/clock.ts';
import { createControlClient } from '../../protocol/connection/control-client.ts';
import type { DeleteRequest } from '../../protocol/control.ts';
import { eventually, type Fixture, lease, makeClientTls, startFixture, testUser } from '../testing/receiver-fixture.ts';
import { isRoot, makeReceiverHome, nobody, startReceiverProcess } from '../testing/receiver-process.ts';

const directory = await mkdtemp(join(tmpdir(), 'deletions-'));
const data = join(directory, 'data');
const state = join(directory, '.syncreplica');
let receiver: Fixture;
before(async () => {
  receiver = await startFixture({ directory });
  await receiver.client().takeLease(lease('a'));
});
after(async () => {
  await receiver.close();
  await rm(directory, { recursive: true });
});

const coded = (path: string): string => Buffer.from(path, 'latin1').toString('base64url');
const erase = async (paths: readonly string[], more: Partial<DeleteRequest> = {}) =>
  (await receiver.client().delete({ epoch: 1, paths: paths.map(coded), ...more })).results;
const fill = (root: string, paths: readonly string[]): void => {
  for (const path of paths) {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(Buffer.from(join(root, path), 'latin1'), path);
  }
};
const done = { deleted: true };
const trashIsEmpty = (): boolean => readdirSync(join(state, 'trash')).length === 0;

test('files, directories with all that is in them, links and odd names go; what is not there counts as gone', async () => {
  fill(data, ['f', 'dir/sub/x', 'dir/y', '\xff"\n', 'other', 'elsewhere/x']);
  symlinkSync('elsewhere', join(data, 'link'));
  const paths = ['f', 'dir', '\xff"\n', 'link', 'nothing', 'no/thing', 'other/below'];
  assert.deepEqual(
    await erase(paths),
    paths.map(() => done),
  );
  assert.deepEqual(readdirSync(data).sort(), ['elsewhere', 'other']);
  assert.deepEqual(readdirSync(join(data, 'elsewhere')), ['x']);
  await eventually(trashIsEmpty, 'the trash is emptied');
});

test('nothing outside of the replica is reached, by no path and no link', async () => {
  symlinkSync(state, join(data, 'out'));
  symlinkSync('elsewhere', join(data, 'in'));
  const bad = { deleted: false, reason: 'BadPath' };
  assert.deepEqual(await erase(['out/lease.json', 'in/x']), [done, done]);
  assert.deepEqual(
    await erase(['', '/etc', '../.syncreplica', 'in/../../x', 'a//b', 'a/.', 'x\0']),
    Array(7).fill(bad),
  );
  const filter = { exclude: ['lease.json'], include: [] };
  assert.deepEqual(await erase(['../.syncreplica'], { filter }), [bad]);
  assert.ok(existsSync(join(state, 'lease.json')) && existsSync(join(data, 'elsewhere/x')));
});

test('the time of a call does not grow with what is below; thousands of paths in calls side by side', async () => {
  const names = Array.from({ length: 5_000 }, (_, index) => `n${index}`);
  fill(
    data,
    names.flatMap((name) => [`wide/${name}`, `big/${name}`]),
  );
  assert.deepEqual(await erase(['big']), [done]);
  assert.equal(existsSync(join(data, 'big')), false);
  const calls = Array.from({ length: 10 }, (_, call) => names.slice(call * 500, (call + 1) * 500));
  const answers = await Promise.all(calls.map((some) => erase(some.map((name) => `wide/${name}`))));
  assert.ok(answers.every((results) => results.length === 500 && results.every(({ deleted }) => deleted)));
  assert.deepEqual(readdirSync(join(data, 'wide')), []);
  await eventually(trashIsEmpty, 'the trash is emptied');
});

test('what the filter excludes is spared, with the directories that lead to it and nothing else', async () => {
  fill(data, ['app/cache/a', 'app/src/b', 'app/src/deep/c', 'app/src/deep/d.keep', 'plain/x', 'only.keep']);
  mkdirSync(join(data, 'app/idle'));
  const filter = { exclude: ['/app/cache/', '/app/idle/', '*.keep'], include: [] };
  assert.deepEqual(await erase(['app', 'plain', 'only.keep'], { filter }), [
    { deleted: true, spared: 3 },
    done,
    { deleted: true, spared: 1 },
  ]);
  assert.deepEqual(readdirSync(join(data, 'app'), { recursive: true }).sort(), [
    'cache',
    'cache/a',
    'idle',
    'src',
    'src/deep',
    'src/deep/d.keep',
  ]);
  assert.ok(existsSync(join(data, 'only.keep')) && !existsSync(join(data, 'plain')));
});

test('a mass is kept, listed, put back by renames, and says where the place is taken', async () => {
  const keep = { id: 'mass-1', reason: 'TooMany', forMs: 60_000 };
  fill(data, ['k/a', 'k/deep/b', 'k/c', 'k2']);
  const inode = (await lstat(join(data, 'k/deep/b'))).ino;
  await erase(['k/a', 'gone'], { keep });
  await erase(['k', 'k2'], { keep });
  assert.equal(existsSync(join(data, 'k')), false);
  const client = receiver.client();
  const [mass, ...others] = (await client.listKept()).kept;
  assert.deepEqual(others, []);
  assert.equal(mass?.id, 'mass-1');
  assert.equal(mass?.reason, 'TooMany');
  assert.deepEqual(mass?.samples, ['k/a', 'gone', 'k', 'k2'].map(coded));
  assert.ok((mass?.until ?? 0) > Date.now() && (mass?.until ?? 0) < Date.now() + 70_000);
  writeFileSync(join(data, 'k2'), 'new');
  assert.deepEqual(await client.undelete({ epoch: 1, id: 'mass-1' }), {
    restored: 2,
    failed: [{ path: coded('k2'), reason: 'Taken' }],
    failedCount: 1,
  });
  assert.equal(readFileSync(join(data, 'k/a'), 'utf8'), 'k/a');
  assert.equal((await lstat(join(data, 'k/deep/b'))).ino, inode);
  assert.equal(readFileSync(join(data, 'k2'), 'utf8'), 'new');
  assert.equal((await client.listKept()).kept[0]?.count, 1);
  await rm(join(data, 'k2'));
  assert.equal((await client.undelete({ epoch: 1, id: 'mass-1' })).restored, 1);
  assert.equal(readFileSync(join(data, 'k2'), 'utf8'), 'k2');
  assert.deepEqual((await client.listKept()).kept, []);
  await assert.rejects(client.undelete({ epoch: 1, id: 'mass-1' }), { code: 'NotKept' });
  await assert.rejects(erase(['k'], { keep: { ...keep, id: '../x' } }), { code: 'BadRequest' });
});

test('what is kept outlives a restart of the receiver, what is only being removed does not, and its time ends', async () => {
  const home = await mkdtemp(join(tmpdir(), 'kept-'));
  let now = Date.now();
  const clock = { ...systemClock, now: () => now };
  const first = await startFixture({ directory: home });
  await first.client().takeLease(lease('a'));
  fill(join(home, 'data'), ['dir/x', 'y']);
  const keep = { id: 'm', reason: 'r', forMs: 1_000 };
  await first.client().delete({ epoch: 1, paths: [coded('dir'), coded('y')], keep });
  await first.close();
  fill(home, ['.syncreplica/trash/left/over/file']);
  const second = await startFixture({ directory: home, clock });
  try {
    await eventually(() => readdirSync(join(home, '.syncreplica/trash')).length === 0, 'what was left is removed');
    const { until: _, since, ...mass } = (await second.client().listKept()).kept[0] ?? {};
    assert.ok(since);
    assert.deepEqual(mass, { id: 'm', reason: 'r', count: 2, samples: [coded('dir'), coded('y')] });
    assert.equal((await second.client().undelete({ epoch: 1, id: 'm' })).restored, 2);
    await second.client().delete({ epoch: 1, paths: [coded('dir')], keep: { ...keep, forMs: 1_000 } });
    now += 2_000;
    await second.sweep();
    assert.deepEqual((await second.client().listKept()).kept, []);
  } finally {
    await second.close();
    await rm(home, { recursive: true });
  }
});

test('a user without privileges deletes out of and with read-only directories of its own', {
  skip: !isRoot,
}, async (context) => {
  const { home, certs, volume } = await makeReceiverHome(nobody);
  const process = await startReceiverProcess({ directory: volume, certs }, { uid: nobody, tmp: join(home, 'tmp') });
  context.after(async () => {
    await process.end('SIGTERM');
    await rm(home, { recursive: true });
  });
  const client = createControlClient({
    host: '127.0.0.1',
    port: process.port,
    tls: await makeClientTls(),
    volume: 'uploads',
    user: testUser,
  });
  context.after(() => client.close());
  await client.takeLease(lease('a'));
  const replica = join(volume, 'data');
  fill(replica, ['mod/pkg/file', 'dir/file', 'dir/rest']);
  for (const path of ['mod/pkg/file', 'mod/pkg', 'mod', 'dir/file', 'dir/rest', 'dir'])
    await chown(join(replica, path), nobody, nobody);
  for (const path of ['mod/pkg', 'mod', 'dir']) await chmod(join(replica, path), 0o555);
  const { results } = await client.delete({ epoch: 1, paths: [coded('mod'), coded('dir/file')] });
  assert.deepEqual(results, [done, done]);
  assert.equal((await lstat(join(replica, 'dir'))).mode & 0o777, 0o555);
  assert.deepEqual(readdirSync(replica), ['dir']);
  await eventually(() => readdirSync(join(volume, '.syncreplica/trash')).length === 0, 'the trash is emptied');
});
