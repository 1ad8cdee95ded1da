import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemClock } from '../../../../src/process/clock.ts';
import { silentLogger } from '../../../../src/process/log/logger.ts';
import { Trash } from '../../deletions/trash.ts';
import { assertSame, coded, startScene } from '../../testing/history-scene.ts';
import { eventually, lease, makeClientTls } from '../../testing/receiver-fixture.ts';
import { openVolumeDirectory } from '../../volume/volume-directory.ts';
import { History } from '../history.ts';
import { doubtHistory } from '../journal/doubt-history.ts';

test('history outlives a restart; a writer that keeps none is a gap; off it goes', async (context) => {
  const s = await startScene(context);
  await s.write('a', '1');
  const before = await s.checkpoint('before');
  await s.close();
  await s.open();
  await s.client.takeLease(lease('old agent', 0, true));
  const told = await s.history.diff({ at: before.at, checkpoint: true, path: '', limit: 9 });
  assert.deepEqual(
    told.gaps.map(({ why }) => why),
    ['writer'],
  );
  await s.lead();
  await s.write('a', '2');
  await s.rollBack(before.at);
  await assertSame(before.tree, s.data);
  await s.close();
  await s.open({});
  assert.deepEqual(readdirSync(join(s.state, 'history')), []);
  await assert.rejects(s.history.describe(), { code: 'BadRequest', hint: /history/ });
});

type Scene = Awaited<ReturnType<typeof startScene>>;

/** Opened again it goes back to a checkpoint, and says that something may be missing since. */
const assertDoubted = async (s: Scene, before: Awaited<ReturnType<Scene['checkpoint']>>): Promise<void> => {
  await s.open();
  await s.lead();
  const { gaps } = await s.rollBack(before.at);
  assert.deepEqual(
    gaps.map(({ why }) => why),
    ['crash'],
  );
  await assertSame(before.tree, s.data);
};

test('a journal that a power cut left torn is cut, and what came before is doubted', async (context) => {
  const s = await startScene(context);
  await s.write('a', '1');
  const before = await s.checkpoint('before');
  await s.write('a', '2');
  await s.close();
  const [segment = ''] = readdirSync(join(s.state, 'history'));
  const journal = join(s.state, 'history', segment, 'journal');
  writeFileSync(journal, Buffer.concat([readFileSync(journal).subarray(0, -9), Buffer.alloc(40)]));
  await assertDoubted(s, before);
});

test('a segment of which a power cut left but its name goes alone: what came before is there, and doubted', async (context) => {
  const s = await startScene(context);
  await s.write('a', '1');
  const before = await s.checkpoint('before');
  await s.write('a', '2');
  await s.close();
  await s.open();
  await s.close();
  const last = readdirSync(join(s.state, 'history')).sort().at(-1) ?? '';
  writeFileSync(join(s.state, 'history', last, 'journal'), '');
  await assertDoubted(s, before);
});

test('so do two of them: a receiver may start several times between two moments that its disk has', async (context) => {
  const s = await startScene(context);
  await s.write('a', '1');
  const before = await s.checkpoint('before');
  await s.write('a', '2');
  for (let starts = 0; starts < 2; starts++) {
    await s.close();
    await s.open();
  }
  await s.close();
  const names = readdirSync(join(s.state, 'history')).sort();
  writeFileSync(join(s.state, 'history', names.at(-2) ?? '', 'journal'), '');
  await assertDoubted(s, before);
});

test('what is too old or too much goes, the oldest first', async (context) => {
  const s = await startScene(context, { history: { keepMs: 24_000, maxSize: { bytes: 3_000_000 } } });
  await s.write('old', '1');
  await s.write('old', '2');
  const old = await s.checkpoint('before');
  for (let step = 0; step < 30; step++) {
    s.now += 1_000;
    await s.receiver.sweep();
  }
  await assert.rejects(s.rollBack(old.at), { code: 'HistoryTooShort' });
  for (let version = 0; version < 8; version++) {
    await s.write('big', String(version).repeat(1_000_000));
    await s.receiver.sweep();
  }
  await s.receiver.sweep();
  assert.ok((await s.history.describe()).bytes <= 3_100_000);
  await eventually(() => readdirSync(join(s.state, 'trash')).length === 0, 'what was let go is removed');
});

test('what was taken out of a directory that is kept leaves it the time that it had', async (context) => {
  const s = await startScene(context);
  await s.makeDirectory('d');
  await s.write('d/f', 'f');
  await s.write('c', 'c');
  const before = await s.checkpoint('before');
  await s.client.rename({ epoch: s.epoch, renames: [{ from: coded('c'), to: coded('d/c') }] });
  const between = await s.checkpoint('between');
  await s.erase(['d']);
  await s.checkpoint('after');
  await s.rollBack(before.at);
  await assertSame(before.tree, s.data);
  await s.rollBack(between.at);
  await assertSame(between.tree, s.data);
});

test('what was written while it was promoted is in no journal, and what came before is doubted', async (context) => {
  const s = await startScene(context);
  await s.write('a', '1');
  const before = await s.checkpoint('before');
  const whysAt = async (at: number) =>
    (await s.history.diff({ at, checkpoint: true, path: '', limit: 9 })).gaps.map(({ why }) => why);
  const own = s.receiver.client(await makeClientTls(['uploads'], { namespace: 'shop', name: 'uploads' }));
  await own.promote({ lineage: { id: 'application' }, by: 'test' });
  writeFileSync(join(s.data, 'a'), 'by the application, in place');
  assert.deepEqual(await whysAt(before.at), []);
  s.now += 1_000;
  await own.demote({ by: 'test' });
  assert.deepEqual(await whysAt(before.at), ['promoted']);
  await s.lead();
  await s.write('a', '2');
  const after = await s.checkpoint('after');
  assert.deepEqual(await whysAt(after.at), []);
  await s.rollBack(after.at);
  s.now += 1_000;
  await s.history.resume({ by: 'test' });
  assert.deepEqual(await whysAt(after.at), ['promoted'], 'also where it stood rolled back');
});

test('what is noted while no receiver runs is doubted once one does, and was no crash', async (context) => {
  const s = await startScene(context);
  await s.write('a', '1');
  const before = await s.checkpoint('before');
  await s.close();
  doubtHistory(join(s.state, 'history'), s.now, 'promoted');
  await s.open();
  const { gaps } = await s.history.diff({ at: before.at, checkpoint: true, path: '', limit: 9 });
  assert.deepEqual(
    gaps.map(({ why }) => why),
    ['promoted'],
  );
});

test('history that goes before its time for want of room says so', async (context) => {
  const s = await startScene(context);
  await s.write('a', '1');
  await s.close();
  const directory = await openVolumeDirectory(s.root);
  const trash = new Trash(directory.trash, silentLogger);
  const settings = { keepMs: 3_600_000, maxSize: { percent: 50 } } as const;
  const open = () =>
    History.open({ directory, settings, trash, clock: systemClock, bootId: 'boot', logger: silentLogger });
  const history = await open();
  await history.expire(false);
  const shortenedBy = () => history.figures.shortened?.by;
  assert.equal(shortenedBy(), undefined);
  await history.expire(true);
  assert.equal(shortenedBy(), 'room');
  await history.close();
  await trash.close();
  await directory.close();
  await s.open();
});
