import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../../src/process/clock.ts';
import { silentLogger } from '../../../src/process/log/logger.ts';
import { Trash } from '../deletions/trash.ts';
import { assertSame, coded, type Scene, startScene } from '../testing/history-scene.ts';
import { openVolumeDirectory } from '../volume/volume-directory.ts';
import { BesideTrees } from './beside-trees.ts';

const history = { keepMs: 60_000, maxSize: { percent: 50 } } as const;
const hour = 3_600_000;

const fill = async (s: Scene): Promise<void> => {
  for (const name of ['d', 'd/sub']) await s.makeDirectory(name);
  for (const name of ['a', 'd/x', 'd/sub/y']) await s.write(name, `${name} 1`);
  await s.preserve(['d/second', 'link']);
  linkSync(join(s.data, 'a'), join(s.data, 'd/second'));
  symlinkSync('nowhere', join(s.data, 'link'));
};

const besideOf = (s: Scene, name: string): string => join(s.state, 'beside', name, 'tree');
const make = (s: Scene, at: number, name: string, paths = [''], keepMs = hour) =>
  s.history.makeBeside({ at, checkpoint: true, name, paths: paths.map(coded), keepMs });

test('a tree of the past stands beside the replica without its bytes, whatever becomes of replica and history', async (context) => {
  const s = await startScene(context, { history });
  await fill(s);
  const { at, tree } = await s.checkpoint('before');
  await s.write('a', 'encrypted');
  await s.erase(['d/sub']);
  const made = await make(s, at, 'before');
  assert.equal(made.path, '.syncreplica/beside/before/tree');
  assert.deepEqual([made.moment.at, made.copiedBytes, made.missing], [at, 0, []]);
  const beside = besideOf(s, 'before');
  await assertSame(tree, beside);
  assert.equal(lstatSync(join(beside, '../..')).mode & 0o777, 0o700, 'nobody but the receiver’s user enters it');
  if (made.madeOf === 'links')
    assert.equal(lstatSync(join(beside, 'd/x')).ino, lstatSync(join(s.data, 'd/x')).ino, 'no bytes of its own');
  else {
    appendFileSync(join(beside, 'd/x'), 'written to');
    assert.equal(readFileSync(join(s.data, 'd/x'), 'utf8'), 'd/x 1', 'what is written to a clone reaches nothing else');
    writeFileSync(join(beside, 'd/x'), 'd/x 1');
    execFileSync('touch', ['-r', join(tree, 'd/x'), join(beside, 'd/x')]);
  }
  await s.write('d/x', 'encrypted');
  await s.erase(['a', 'd']);
  // What is written now begins a stretch of its own, before which all is let go.
  for (let round = 0; round < 3; round++) {
    s.now += 10 * 60_000;
    await s.receiver.sweep();
    await s.write('later', `${round}`);
  }
  assert.equal(
    (await s.history.describe()).moments.some(({ checkpoint }) => checkpoint),
    false,
    'the history is over',
  );
  await assertSame(tree, beside);
  assert.deepEqual(
    (await s.history.listBeside()).map(({ name }) => name),
    ['before'],
  );
});

test('a tree of some paths has the directories above them; names are taken once', async (context) => {
  const s = await startScene(context, { history });
  await fill(s);
  const { at, tree } = await s.checkpoint('before');
  await make(s, at, 'part', ['d/sub/y', 'a']);
  assert.deepEqual(readdirSync(besideOf(s, 'part'), { recursive: true }).sort(), ['a', 'd', 'd/sub', 'd/sub/y']);
  assert.equal(lstatSync(join(besideOf(s, 'part'), 'd')).mtimeMs, lstatSync(join(tree, 'd')).mtimeMs);
  await assert.rejects(make(s, at, 'part'), { code: 'NameTaken' });
  await assert.rejects(make(s, at, 'other', ['nosuch']), { code: 'NotThere' });
  for (const name of ['.hidden', '../up', 'a/b', ''])
    await assert.rejects(make(s, at, name), { code: 'BadRequest' }, name);
  await s.history.forgetBeside({ name: 'part' });
  await assert.rejects(s.history.forgetBeside({ name: 'part' }), { code: 'NotThere' });
  assert.deepEqual(readdirSync(join(s.state, 'beside')), []);
  await make(s, at, 'part', ['a'], 5_000);
  s.now += 10_000;
  await s.receiver.sweep();
  assert.deepEqual(await s.history.listBeside(), [], 'its time was over');
});

test('after a start trees are there that were whole; what was half made or being read is not', async (context) => {
  const s = await startScene(context, { history });
  await fill(s);
  const { at, tree } = await s.checkpoint('before');
  await make(s, at, 'whole');
  await s.close();
  for (const name of ['.making-half', '.reading-7-1', 'unnamed'])
    mkdirSync(join(s.state, 'beside', name, 'tree'), { recursive: true });
  await s.open({ history });
  assert.deepEqual(
    (await s.history.listBeside()).map(({ name }) => name),
    ['whole'],
  );
  assert.deepEqual(readdirSync(join(s.state, 'beside')), ['whole']);
  await assertSame(tree, besideOf(s, 'whole'));
  // Also where nothing is kept any more.
  await s.close();
  await s.open({});
  await s.history.forgetBeside({ name: 'whole' });
  assert.ok(!existsSync(besideOf(s, 'whole')));
});

test('where room is short the oldest tree goes, for it holds what was replaced', async (context) => {
  const s = await startScene(context, { history });
  await s.close();
  const directory = await openVolumeDirectory(s.root);
  const trash = new Trash(directory.trash, silentLogger);
  let now = 1_000;
  const clock = { ...systemClock, now: () => now };
  const trees = new BesideTrees({ directory, trash, clock, logger: silentLogger });
  const moment = { at: 0, checkpoint: null };
  const about = { moment, missed: 0, madeOf: 'links', copiedBytes: 0, missing: [], missingCount: 0 } as const;
  for (const name of ['first', 'second']) {
    now += 1_000;
    await trees.make(name, hour, async (root) => {
      mkdirSync(root);
      return about;
    });
  }
  trees.expire(false);
  assert.equal(trees.list().length, 2);
  trees.expire(true);
  assert.deepEqual(
    trees.list().map(({ name }) => name),
    ['second'],
  );
  await assert.rejects(
    trees.make('third', hour, async () => Promise.reject(new Error('full'))),
    /full/,
  );
  assert.deepEqual(readdirSync(directory.beside), ['second']);
  while (readdirSync(directory.trash).length > 0) await sleep(10);
  await trash.close();
  await directory.close();
  await s.open({ history });
});
