import assert from 'node:assert/strict';
import {
  appendFileSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { systemClock } from '../../../src/process/clock.ts';
import type { RelPath } from '../changes/change.ts';
import { PathLocks } from '../locks/path-locks.ts';
import { rsyncFlags } from '../rsync/flags.ts';
import { RsyncRun } from '../rsync/run.ts';
import { Tunnel } from '../rsync/tunnel.ts';
import { SourceRoot } from '../source/source-root.ts';
import { testSettings } from '../testing/agent-fixture.ts';
import { type Executed, Executor, type Plan } from './executor.ts';

interface Scene {
  readonly source: string;
  readonly target: string;
  readonly root: SourceRoot;
  readonly executor: Executor;
  readonly plan: (...content: string[]) => Promise<Plan>;
  readonly send: (...content: string[]) => Promise<Executed>;
}

/** Two directories of this machine, and an executor between them. */
async function makeScene(t: TestContext, untilSeen?: (paths: readonly RelPath[]) => void): Promise<Scene> {
  const directory = mkdtempSync(join(tmpdir(), 'executor-'));
  const [source, target] = [join(directory, 'source'), join(directory, 'target')];
  for (const path of [source, target]) mkdirSync(path);
  const tunnel = new Tunnel();
  await tunnel.listen();
  t.after(async () => {
    await tunnel.close();
    rmSync(directory, { recursive: true });
  });
  const { sync } = testSettings;
  const root = new SourceRoot(source);
  const executor = new Executor({
    sync,
    source: root,
    locks: new PathLocks(),
    clock: systemClock,
    sentAs: new Map(),
    startRun: (flavor) =>
      new RsyncRun({
        rsync: 'rsync',
        flags: rsyncFlags(flavor, { sync, filterArgs: [], targetArgs: [] }),
        source: `${source}/`,
        destination: `${target}/`,
        password: undefined,
        tunnel,
        dial: () => Promise.reject(new Error('the target is a directory of this machine')),
        roots: { source, target },
        stallMs: 30_000,
      }),
    excludes: () => false,
    isOwed: () => false,
    isClear: () => false,
    untilSeen: async (paths) => void untilSeen?.(paths),
    onRun: () => {},
    onDoubtful: () => {},
  });
  const plan = (...content: string[]): Promise<Plan> => executor.plan({ content, attributes: [], deletes: [] });
  return {
    source,
    target,
    root,
    executor,
    plan,
    send: async (...content) => executor.carryOut(await plan(...content)),
  };
}

test('a run that was planned before a file got a second name does not part the two at the target', async (t) => {
  const { source, target, executor, plan, send } = await makeScene(t);
  writeFileSync(join(source, 'a'), 'x');
  const early = await plan('a');
  linkSync(join(source, 'a'), join(source, 'b'));
  const linked = await send('b');
  assert.equal(linked.failed, undefined);
  const inode = (name: string): number => statSync(join(target, name)).ino;
  assert.equal(inode('a'), inode('b'));
  const outdated = await executor.carryOut(early);
  assert.equal(inode('a'), inode('b'));
  assert.deepEqual(outdated.again, ['a'], 'to be planned anew at once');
  assert.deepEqual((await send('a')).again, []);
  assert.equal(inode('a'), inode('b'));
});

test('a name of a linked file that its search missed, as it was moved meanwhile, is sent once more', async (t) => {
  const { source, target, root, send } = await makeScene(t);
  for (const file of ['a', 'other']) writeFileSync(join(source, file), 'x');
  linkSync(join(source, 'a'), join(source, 'b'));
  const find = root.linkNames.bind(root);
  let searches = 0;
  root.linkNames = async (inodes) => {
    const found = await find(inodes);
    if (searches++ > 0) return found;
    return new Map([...found].map(([inode, names]) => [inode, names.filter((name) => name !== 'b')]));
  };
  const { again } = await send('a', 'other');
  assert.deepEqual([again, readdirSync(target).sort()], [['b'], ['a', 'other']]);
  assert.deepEqual((await send(...again)).again, []);
  assert.equal(statSync(join(target, 'b')).ino, statSync(join(target, 'a')).ino);
});

test('what is changed while it is sent has not arrived', async (t) => {
  const { source, executor, plan } = await makeScene(t);
  writeFileSync(join(source, 'still'), 'x');
  writeFileSync(join(source, 'log'), 'x');
  const planned = await plan('still', 'log');
  appendFileSync(join(source, 'log'), 'y');
  const { arrived, changing } = await executor.carryOut(planned);
  assert.deepEqual([arrived, changing], [['still'], ['log']]);
});

test('no name of a file has arrived once another file took one of them: all may hold what that one holds', async (t) => {
  const { source, executor, plan, send } = await makeScene(t);
  const [a, b, other] = [join(source, 'a'), join(source, 'b'), join(source, 'other')];
  writeFileSync(a, 'x');
  await send('a');
  linkSync(a, b);
  writeFileSync(other, 'y');
  const sending = executor.carryOut(await plan('b'));
  renameSync(other, b);
  const { arrived, changing } = await sending;
  assert.deepEqual([arrived, [...changing].sort()], [[], ['a', 'b']]);
});

test('nothing is appended to a file that another took the place of after the plan', async (t) => {
  const { source, target, executor, send, plan } = await makeScene(t);
  const [log, kept] = [join(source, 'log'), join(source, 'kept')];
  writeFileSync(log, Buffer.alloc(20 * 1024 * 1024, 'old '));
  const first = await plan('log');
  assert.deepEqual(first.big, ['log']);
  assert.equal((await executor.sendBig('log')).failed, undefined);
  appendFileSync(log, 'more');
  const replaced = executor.sendBig('log');
  // The plan is made, and nothing was read yet.
  renameSync(log, kept);
  writeFileSync(log, Buffer.alloc(24 * 1024 * 1024, 'new '));
  assert.deepEqual((await replaced).again, ['log']);
  assert.equal(readFileSync(join(target, 'log'), 'latin1').includes('new '), false);
  assert.deepEqual((await executor.sendBig('log')).again, []);
  assert.ok(readFileSync(join(target, 'log')).equals(readFileSync(log)));
  assert.deepEqual((await send('kept')).again, []);
});

test('what went before its going would be told of is not sent', async (t) => {
  const names = (scene: Scene): string[] => ['went', 'other name', 'stays'].map((name) => join(scene.source, name));
  const asked: RelPath[] = [];
  const scene = await makeScene(t, (paths) => {
    asked.push(...paths);
    for (const path of names(scene).slice(0, 2)) rmSync(path, { force: true });
  });
  const [went, other, stays] = names(scene) as [string, string, string];
  for (const path of [went, stays]) writeFileSync(path, 'x');
  linkSync(went, other);
  assert.deepEqual((await scene.send('went', 'stays')).arrived, ['stays']);
  assert.deepEqual(asked, ['went', 'stays', 'went', 'other name'], 'other names of a file are looked for too');
  assert.deepEqual(readdirSync(scene.target), ['stays']);
});
