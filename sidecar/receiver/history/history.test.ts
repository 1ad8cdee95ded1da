import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { unpackPast } from '../../protocol/entries/unpack-past.ts';
import { assertSame, coded, decoded, startScene } from '../testing/history-scene.ts';
import { lease } from '../testing/receiver-fixture.ts';

test('the replica goes back to a checkpoint, and forward again', async (context) => {
  const s = await startScene(context);
  await s.makeDirectory('d');
  await s.makeDirectory('d/sub');
  for (const name of ['a', 'b', 'd/x', 'd/sub/y', 'becomes-directory', 'stays']) await s.write(name, `${name} 1`);
  await s.makeDirectory('becomes-file');
  await s.write('becomes-file/z', 'z');
  const before = await s.checkpoint('before');

  await s.write('a', 'a 2');
  await s.write('new', 'new');
  await s.erase(['b', 'd']);
  await s.makeDirectory('d');
  await s.write('d/x', 'another x');
  await s.client.rename({ epoch: s.epoch, renames: [{ from: coded('stays'), to: coded('made/on/the/way') }] });
  await s.preserve([], ['becomes-directory']);
  rmSync(join(s.data, 'becomes-directory'));
  mkdirSync(join(s.data, 'becomes-directory'));
  await s.write('becomes-directory/w', 'w');
  await s.preserve(['becomes-file']);
  assert.ok(!existsSync(join(s.data, 'becomes-file')), 'a directory that a file takes the place of is kept whole');
  writeFileSync(join(s.data, 'becomes-file'), 'now a file');
  await s.preserve([], ['']);
  chmodSync(s.data, 0o700);
  const after = await s.checkpoint('after');

  const { failedCount, moment, changed } = await s.rollBack(before.at);
  assert.equal(failedCount, 0);
  const { promoted, history } = await s.client.status();
  const to = { wished: before.at, moment: before.at, isCheckpoint: true };
  assert.deepEqual(promoted?.rolledBack, { ...to, changed, failed: 0 });
  assert.equal(history?.checkpointAt, after.at);
  assert.equal(moment.at, before.at);
  await assertSame(before.tree, s.data);
  await s.rollBack(after.at);
  await assertSame(after.tree, s.data);
  assert.equal((await s.rollBack(after.at)).changed, 0, 'done twice it changes nothing');
  await s.rollBack(before.at);
  await assertSame(before.tree, s.data);
});

test('what was renamed goes back to its name, also where one name begins like the other', async (context) => {
  const s = await startScene(context);
  await s.write('one', '1');
  await s.makeDirectory('two');
  await s.write('two/x', 'x');
  const before = await s.checkpoint('before');
  const renames = [
    { from: coded('two'), to: coded('log-old') },
    { from: coded('one'), to: coded('log') },
  ];
  await s.client.rename({ epoch: s.epoch, renames });
  const { failedCount } = await s.rollBack(before.at);
  await assertSame(before.tree, s.data);
  assert.equal(failedCount, 0);
});

test('who asks once more while it is rolled back gets the same answer, and another wish is refused', async (context) => {
  const s = await startScene(context);
  const names = Array.from({ length: 500 }, (_, n) => `f${n}`);
  await s.preserve(names);
  for (const name of names) writeFileSync(join(s.data, name), '1');
  const { at, tree } = await s.checkpoint('before');
  await s.erase(names);
  const wish = { checkpoint: true, by: 'test' };
  const [first, again, other] = await Promise.allSettled([
    s.history.rollBack({ ...wish, at }),
    s.history.rollBack({ ...wish, at }),
    s.history.rollBack({ ...wish, at: at + 1 }),
  ]);
  assert.equal(first.status === 'fulfilled' && first.value.failedCount, 0);
  assert.deepEqual(again, first);
  assert.equal(other.status === 'rejected' && other.reason.code, 'NotReady');
  await assertSame(tree, s.data);
});

test('masses that were kept go back too: put back, still kept, and let go since', async (context) => {
  const s = await startScene(context);
  for (const name of ['one', 'two', 'three']) await s.write(name, name);
  const before = await s.checkpoint('before');
  await s.erase(['one'], 'm1');
  await s.erase(['two'], 'm2');
  await s.erase(['three'], 'm3');
  await s.client.undelete({ epoch: s.epoch, id: 'm1' });
  await s.write('one', 'again');
  s.now += 3_000;
  await s.receiver.sweep();
  const { kept } = await s.client.listKept();
  assert.deepEqual(
    kept.map(({ id }) => id),
    ['m3'],
    'one was let go',
  );
  assert.equal((await s.rollBack(before.at)).failedCount, 0);
  await assertSame(before.tree, s.data);
});

test('what was is read beside the replica: a copy, whose files are nobody’s but the reader’s', async (context) => {
  const s = await startScene(context);
  await s.makeDirectory('d');
  await s.write('d/x', 'as it was');
  await s.preserve(['d/link']);
  symlinkSync('/etc/passwd', join(s.data, 'd/link'));
  const before = await s.checkpoint('before');
  await s.write('d/x', 'overwritten');
  await s.write('d/later', 'later');
  const to = join(s.base, 'restored');
  const paths = [coded('d')];
  const done = await unpackPast(await s.history.read({ at: before.at, checkpoint: true, paths }), to);
  assert.deepEqual(done.missing, []);
  assert.deepEqual(readdirSync(join(to, 'd')).sort(), ['link', 'x']);
  writeFileSync(join(to, 'd/x'), 'edited');
  await s.rollBack(before.at);
  assert.equal(readFileSync(join(s.data, 'd/x'), 'utf8'), 'as it was');
  await assert.rejects(async () => unpackPast(await s.history.read({ at: before.at, checkpoint: true, paths }), to), {
    code: 'NotEmpty',
  });
});

test('log and diff tell what happened to which path, and when', async (context) => {
  const s = await startScene(context);
  await s.write('a\xff', '1');
  await s.write('gone', '1');
  const before = await s.checkpoint('before');
  await s.write('a\xff', '2');
  await s.erase(['gone']);
  await s.client.rename({ epoch: s.epoch, renames: [{ from: coded('a\xff'), to: coded('b') }] });
  await s.write('made', '1');
  const { events } = await s.history.log({ path: coded('a\xff'), below: true, limit: 10 });
  assert.deepEqual(
    events.map(({ what, path }) => [what, decoded(path)]),
    [
      ['made', 'a\xff'],
      ['changed', 'a\xff'],
      ['renamed to', 'b'],
    ],
  );
  assert.ok((events[1]?.at ?? 0) > before.at);
  const { differences } = await s.history.diff({ at: before.at, checkpoint: true, path: '', limit: 10 });
  assert.deepEqual(
    differences.map(({ what, path }) => [what, decoded(path)]),
    [
      ['deleted', 'a\xff'],
      ['made', 'b'],
      ['deleted', 'gone'],
      ['made', 'made'],
    ],
  );
});

test('metrics tell what is kept, and since when', async (context) => {
  const s = await startScene(context);
  await s.write('a', '1');
  s.now += 60_000;
  await s.write('a', '2');
  const text = await (await fetch(`http://127.0.0.1:${s.receiver.metricsPort}/metrics`)).text();
  const figure = (name: string): number =>
    Number(new RegExp(`^syncreplica_receiver_history_${name} (.*)$`, 'm').exec(text)?.[1]);
  assert.equal(figure('entries'), 1);
  assert.equal(figure('oldest_timestamp_seconds'), 1_000_000_000);
  assert.equal(figure('lost_total'), 0);
});

test('a checkpoint is made only where nothing was asked since, and a moment every ten seconds', async (context) => {
  const s = await startScene(context);
  await s.write('a', '1');
  const position = { epoch: s.epoch, sequence: 1 };
  const { operation = 0 } = await s.client.reportPosition({ position, lagMs: 0 });
  await s.write('a', '2');
  await s.client.checkpoint({ position, operation });
  const checkpoints = async () => (await s.history.describe()).moments.filter(({ checkpoint }) => checkpoint);
  assert.deepEqual(await checkpoints(), []);
  await assert.rejects(s.history.diff({ at: s.now, checkpoint: true, path: '', limit: 1 }), {
    code: 'HistoryTooShort',
  });
  const at = s.now;
  s.now += 60_000;
  await s.write('a', '3');
  assert.equal((await s.history.describe()).moments.at(-1)?.at, s.now);
  await s.write('a', '4');
  const { moment } = await s.history.rollBack({ at: at + 59_000, checkpoint: false, by: 'test' });
  assert.ok(moment.at <= at);
});

test('a writer is refused while the replica stands rolled back, then told what a comparison by size and time can’t see', async (context) => {
  const s = await startScene(context);
  await s.write('same-look', '1');
  const { mtime } = lstatSync(join(s.data, 'same-look'));
  const before = await s.checkpoint('before');
  await s.write('same-look', '2');
  execFileSync('touch', ['-d', mtime.toISOString(), join(s.data, 'same-look')]);
  execFileSync('touch', ['-d', mtime.toISOString(), join(before.tree, 'same-look')]);
  await s.rollBack(before.at);
  assert.equal(readFileSync(join(s.data, 'same-look'), 'utf8'), '1');
  const taking = () => s.client.takeLease({ ...lease('test', 0, true), preserves: true });
  await assert.rejects(taking(), { code: 'Promoted' });
  assert.equal((await s.history.describe()).rolledBack, true);
  await s.history.resume({ by: 'test' });
  await taking();
  assert.notEqual(lstatSync(join(s.data, 'same-look')).mtimeMs, mtime.getTime());
  await assert.rejects(s.history.resume({ by: 'test' }), { code: 'BadRequest' });
});

test('of two files that look the same and have changed names a writer is told once they are put back', async (context) => {
  const s = await startScene(context);
  await s.write('one', '1');
  await s.write('two', '2');
  const time = lstatSync(join(s.data, 'one')).mtime.toISOString();
  for (const name of ['one', 'two']) execFileSync('touch', ['-d', time, join(s.data, name)]);
  const before = await s.checkpoint('before');
  const names: [string, string][] = [
    ['one', 'other'],
    ['two', 'one'],
    ['other', 'two'],
  ];
  const renames = names.map(([from, to]) => ({ from: coded(from), to: coded(to) }));
  await s.client.rename({ epoch: s.epoch, renames });
  const { mtimeMs } = lstatSync(join(s.data, 'one'));
  await s.rollBack(before.at);
  assert.equal(readFileSync(join(s.data, 'one'), 'utf8'), '1');
  await s.history.resume({ by: 'test' });
  await s.client.takeLease({ ...lease('test', 0, true), preserves: true });
  for (const name of ['one', 'two']) assert.notEqual(lstatSync(join(s.data, name)).mtimeMs, mtimeMs, name);
});

test('what lies outside of the replica is neither kept nor reached', async (context) => {
  const s = await startScene(context);
  mkdirSync(join(s.base, 'outside'));
  writeFileSync(join(s.base, 'outside/secret'), 'secret');
  await s.preserve(['out']);
  symlinkSync(join(s.base, 'outside'), join(s.data, 'out'));
  await s.preserve(['out/secret', '../outside/secret', '/etc/passwd', 'a/../../x', 'a\0b', '']);
  assert.equal(lstatSync(join(s.base, 'outside/secret')).nlink, 1);
  const { at } = await s.checkpoint('before');
  for (const path of ['out/secret', '../outside/secret', 'nothing'])
    await assert.rejects(s.history.read({ at, checkpoint: true, paths: [coded('out'), coded(path)] }), {
      code: 'NotThere',
      message: new RegExp(`there was no ${path}$`),
    });
});

test('a checkpoint is taken unasked only if it is young, or nothing changed since', async (context) => {
  const s = await startScene(context);
  await s.write('a', '1');
  const { at } = await s.checkpoint('before');
  s.now += 3_600_000;
  const wish = { checkpoint: true, withinMs: 60_000, path: '', limit: 10 };
  const quiet = await s.history.diff({ ...wish, at: s.now });
  assert.deepEqual([quiet.moment.at, quiet.missed], [at, 0], 'nothing changed for an hour');
  await s.write('a', '2');
  s.now += 1_000;
  const too = { code: 'CheckpointTooOld', message: /3603 s earlier, and \d+ changes came between$/ };
  await assert.rejects(s.history.diff({ ...wish, at: s.now }), too);
  await assert.rejects(s.history.read({ ...wish, at: s.now, paths: [''] }), too);
  await assert.rejects(s.history.rollBack({ ...wish, at: s.now, by: 'test' }), too);
  assert.equal((await s.history.describe()).rolledBack, false, 'a roll-back that is refused stops nobody');
  const asked = await s.history.diff({ at: s.now, checkpoint: true, path: '', limit: 10 });
  assert.ok((asked.missed ?? 0) > 0);
});
