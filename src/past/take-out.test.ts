import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  linkSync,
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
import { assertSame, coded, type Scene, startScene } from '../../sidecar/receiver/testing/history-scene.ts';
import { makeTar } from './past-as-tar.ts';
import { putBack } from './put-back.ts';

const long = `${'x'.repeat(120)}/${'y'.repeat(130)}`;

/** A replica with all kinds of entries, a checkpoint of it, and the mistake after it. */
const makeMistake = async (s: Scene): Promise<{ at: number; tree: string }> => {
  for (const name of ['d', 'd/sub', 'empty', 'x'.repeat(120)]) await s.makeDirectory(name);
  for (const name of ['a', 'd/f', 'd/sub/g', 'v\xffw', long]) await s.write(name, `${name} 1`);
  await s.write('nothing', '');
  await s.write('big', 'b'.repeat(700_001));
  await s.preserve(['link', 'd/second', 'far']);
  symlinkSync('a', join(s.data, 'link'));
  symlinkSync(`/${'z'.repeat(150)}`, join(s.data, 'far'));
  linkSync(join(s.data, 'a'), join(s.data, 'd/second'));
  await s.preserve([], ['d']);
  chmodSync(join(s.data, 'd'), 0o750);
  const before = await s.checkpoint('before');
  for (const name of ['a', 'd/f', 'big']) await s.write(name, 'encrypted');
  await s.erase(['d/sub', 'link', 'empty']);
  await s.write('README', 'pay');
  return before;
};

const readAll = (s: Scene, at: number, paths = ['']) =>
  s.history.read({ at, checkpoint: true, paths: paths.map(coded) });

test('what was comes as a tar that tar unpacks', async (context) => {
  const s = await startScene(context);
  const { at, tree } = await makeMistake(s);
  const { bytes, done } = makeTar(await readAll(s, at));
  const chunks: Buffer[] = [];
  for await (const chunk of bytes) chunks.push(chunk);
  assert.deepEqual(done().missing, []);
  const found = join(s.base, 'found');
  mkdirSync(found);
  const tar = Buffer.concat(chunks);
  execFileSync('tar', ['-xpof', '-', '-C', found], { input: tar });
  const list = (folder: string): string =>
    execFileSync('find', ['.', '-mindepth', '1', '-printf', '%P %y %m %l %n\\n'], { cwd: folder, encoding: 'latin1' });
  const sorted = (folder: string): string[] => list(folder).split('\n').sort();
  assert.deepEqual(sorted(found), sorted(tree));
  assert.equal(execFileSync('diff', ['-r', '--no-dereference', tree, found], { encoding: 'utf8' }), '');
  // Cut anywhere it is no tar, and says so.
  assert.throws(() =>
    execFileSync('tar', ['-tf', '-'], { input: tar.subarray(0, tar.length - 2_048 - 300), stdio: 'pipe' }),
  );
});

test('what was is put back where it was in the source; what came since stays', async (context) => {
  const s = await startScene(context);
  const { at, tree } = await makeMistake(s);
  const source = join(s.base, 'source');
  execFileSync('cp', ['-a', s.data, source]);
  // As it goes on: a directory where a file was, a file where a directory was, a link that leads elsewhere.
  const outside = join(s.base, 'outside');
  mkdirSync(outside);
  writeFileSync(join(source, 'empty'), 'a file now');
  rmSync(join(source, 'x'.repeat(120)), { recursive: true });
  symlinkSync(outside, join(source, 'x'.repeat(120)));
  rmSync(join(source, 'nothing'));
  mkdirSync(join(source, 'nothing'));
  const done = await putBack(await readAll(s, at), source);
  assert.deepEqual(done.missing, [{ path: 'nothing', reason: 'DirectoryInTheWay' }]);
  assert.deepEqual(readdirSync(outside), [], 'a link leads nowhere');
  assert.equal(readFileSync(join(source, 'README'), 'utf8'), 'pay');
  rmSync(join(source, 'README'));
  rmSync(join(source, 'nothing'), { recursive: true });
  assert.deepEqual((await putBack(await readAll(s, at), source)).missing, []);
  await assertSame(tree, source);
  assert.deepEqual(
    readdirSync(source).filter((name) => name.endsWith('.restoring')),
    [],
  );
});

test('of some paths no more than these are touched; where there is no directory nothing is made', async (context) => {
  const s = await startScene(context);
  const { at } = await makeMistake(s);
  const source = join(s.base, 'source');
  execFileSync('cp', ['-a', s.data, source]);
  const inode = lstatSync(join(source, 'a')).ino;
  await putBack(await readAll(s, at, ['d/sub']), source);
  assert.equal(readFileSync(join(source, 'd/sub/g'), 'utf8'), 'd/sub/g 1');
  assert.equal(lstatSync(join(source, 'a')).ino, inode);
  assert.equal(readFileSync(join(source, 'd/f'), 'utf8'), 'encrypted');
  await assert.rejects(putBack(await readAll(s, at), s.data), { code: 'IsReplica', hint: /put it back at the source/ });
  const nowhere = join(s.base, 'nowhere');
  await assert.rejects(putBack(await readAll(s, at), nowhere), { code: 'NoDirectory' });
  assert.ok(!existsSync(nowhere));
});

test('an answer that is cut short leaves no half of a file', async (context) => {
  const s = await startScene(context);
  const { at } = await makeMistake(s);
  const source = join(s.base, 'source');
  execFileSync('cp', ['-a', s.data, source]);
  const whole = Buffer.concat(await (await readAll(s, at, ['big'])).toArray());
  async function* cut(): AsyncGenerator<Buffer> {
    yield whole.subarray(0, whole.length / 2);
  }
  await assert.rejects(putBack(cut(), source), { code: 'CutShort' });
  assert.equal(readFileSync(join(source, 'big'), 'utf8'), 'encrypted');
  assert.deepEqual(
    readdirSync(source).filter((name) => name.endsWith('.restoring')),
    [],
  );
  const { bytes, done } = makeTar(cut());
  for await (const _ of bytes);
  assert.throws(done, { code: 'CutShort' });
});
