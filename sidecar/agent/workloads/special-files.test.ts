import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { compareTrees, type EntryType } from '../../../testing/trees/compare-trees.ts';
import { startReplica, testSettings, waitFor, waitUntilSettled } from '../testing/agent-fixture.ts';
import { AgentProcess } from '../testing/agent-process.ts';
import { ProcessWorld } from '../testing/process-world.ts';
import { RsyncDaemon } from '../testing/rsync-daemon.ts';
import { canRun } from '../watch/testing/watching-process.ts';

const special: ReadonlySet<EntryType> = new Set(['fifo', 'socket', 'block', 'character']);
/** Root may, but not in a user namespace. */
const makesDevices = canRun('sh', '-c', 'at=$(mktemp -u) && mknod "$at" c 1 3 && rm "$at"');
const mkfifo = (path: string): unknown => execFileSync('mkfifo', [path]);

test('special files are left out and counted, all else goes on', { timeout: 600_000 }, async (t) => {
  const listener = net.createServer();
  const replica = await startReplica({
    prepare: (source) => {
      mkfifo(join(source, 'fifo-before'));
      writeFileSync(join(source, 'file'), 'x');
    },
  });
  t.after(async () => {
    listener.close();
    await replica.close();
  });
  await replica.settled();
  assert.equal(replica.status().skipped.count, 1);
  mkfifo(join(replica.source, 'fifo'));
  await new Promise<void>((resolve) => listener.listen(join(replica.source, 'socket'), resolve));
  if (makesDevices) execFileSync('mknod', [join(replica.source, 'null'), 'c', '1', '3']);
  writeFileSync(join(replica.source, 'after'), 'x');
  await waitFor('the file after', () => existsSync(join(replica.data, 'after')));
  await waitFor('the count', () => replica.status().skipped.count === (makesDevices ? 4 : 3));
  await replica.settled();
  assert.deepEqual(readdirSync(replica.data).sort(), ['after', 'file']);
  assert.match(replica.status().skipped.samples.join(), /fifo-before \(special-file\)/);
  const exclude = (_: string, type: EntryType): boolean => special.has(type);
  assert.deepEqual(await compareTrees(replica.source, replica.data, { exclude }), []);
});

test('what has become a FIFO is gone at the target, and its directory has the time of that', {
  timeout: 600_000,
}, async (t) => {
  const replica = await startReplica();
  t.after(() => replica.close());
  const at = (path: string): string => join(replica.source, path);
  const exclude = (_: string, type: EntryType): boolean => special.has(type);
  mkdirSync(at('d/below'), { recursive: true });
  for (const path of ['d/file', 'd/below/file', 'file']) writeFileSync(at(path), 'x');
  await replica.assertEqual();
  for (const path of ['d/file', 'd/below', 'file']) {
    rmSync(at(path), { recursive: true });
    mkfifo(at(path));
  }
  await replica.settled();
  assert.deepEqual(readdirSync(replica.data), ['d']);
  assert.deepEqual(await compareTrees(replica.source, replica.data, { exclude, root: true }), []);
  mkfifo(at('d/another'));
  await replica.settled();
  assert.deepEqual(await compareTrees(replica.source, replica.data, { exclude, root: true }), []);
  for (const change of [rmSync, mkfifo]) {
    change(at('d/another'));
    await replica.settled();
    assert.deepEqual(await compareTrees(replica.source, replica.data, { exclude, root: true }), []);
  }
});

test('what became a FIFO while no agent looked is gone at the target soon after one does again', {
  timeout: 600_000,
}, async () => {
  await using world = await ProcessWorld.start();
  writeFileSync(join(world.source, 'file'), 'x');
  const first = await world.startAgent();
  await world.assertEqual(first);
  await first.end('SIGTERM');
  rmSync(join(world.source, 'file'));
  mkfifo(join(world.source, 'file'));
  await world.startAgent();
  await waitFor('the file to be gone', () => !existsSync(join(world.data, 'file')));
});

test('what has become a FIFO is gone at a plain daemon too, whether an agent looked or not', {
  timeout: 600_000,
}, async (t) => {
  const base = mkdtempSync(join(tmpdir(), 'special-'));
  const source = join(base, 'source');
  const at = (path: string): string => join(source, path);
  mkdirSync(at('d/below'), { recursive: true });
  mkdirSync(at('e'));
  for (const path of ['d/file', 'd/below/file', 'd/stays', 'e/file', 'file', 'stays']) writeFileSync(at(path), 'x');
  const daemon = await RsyncDaemon.start(join(base, 'daemon'));
  const settings = { ...testSettings, source, targets: [daemon.target()] };
  const start = () => AgentProcess.start({ settings, stateDir: join(base, 'state') });
  let agent = await start();
  t.after(async () => {
    await agent.end('SIGKILL');
    await daemon.stop();
    rmSync(base, { recursive: true });
  });
  const become = (path: string): void => {
    rmSync(at(path), { recursive: true });
    mkfifo(at(path));
  };
  const exclude = (_: string, type: EntryType): boolean => special.has(type);
  const assertEqual = async (): Promise<void> => {
    await waitUntilSettled(agent);
    assert.deepEqual(await compareTrees(source, daemon.module, { exclude, root: true }), []);
  };
  await assertEqual();
  for (const path of ['d/file', 'd/below']) become(path);
  await assertEqual();
  await agent.end('SIGTERM');
  for (const path of ['e', 'file']) become(path);
  agent = await start();
  await waitFor('the file to be gone', () => !existsSync(join(daemon.module, 'file')));
  await assertEqual();
  assert.deepEqual(readdirSync(daemon.module).sort(), ['d', 'stays']);
});

test('they are kept where that is asked for', {
  timeout: 600_000,
  skip: !makesDevices && 'needs the right to make devices',
}, async (t) => {
  const preserve = { ...testSettings.sync.preserve, devices: true };
  const replica = await startReplica({ sync: { preserve }, prepare: (source) => mkfifo(join(source, 'before')) });
  t.after(() => replica.close());
  mkfifo(join(replica.source, 'fifo'));
  execFileSync('mknod', [join(replica.source, 'null'), 'c', '1', '3']);
  await replica.assertEqual();
  assert.equal(readdirSync(replica.data).length, 3);
});

test('a file that becomes a FIFO while a run would read it ends in a watchdog, not in a halt', {
  timeout: 600_000,
}, async (t) => {
  const replica = await startReplica({ stallMs: 2_000 });
  t.after(() => replica.close());
  const path = join(replica.source, 'changes');
  for (let round = 0; round < 40; round++) {
    writeFileSync(path, `${round}`);
    rmSync(path);
    mkfifo(path);
    await new Promise((resolve) => setTimeout(resolve, round % 5));
    rmSync(path);
  }
  mkfifo(path);
  writeFileSync(join(replica.source, 'other'), 'x');
  await waitFor('what else there is', () => existsSync(join(replica.data, 'other')));
  await replica.settled();
  rmSync(path);
  writeFileSync(path, 'a file again');
  await replica.assertEqual();
});

test('symlinks arrive as they are, wherever they lead', { timeout: 600_000 }, async (t) => {
  const replica = await startReplica();
  t.after(() => replica.close());
  const { source, base } = replica;
  mkdirSync(join(base, 'outside'));
  writeFileSync(join(base, 'outside/secret'), 'not ours');
  mkdirSync(join(source, 'inside'));
  const links = [
    'nowhere',
    '/etc/passwd',
    '../outside',
    '../../../../..',
    'inside',
    '.',
    'loop-6',
    // xfs takes no longer one.
    `${'x/'.repeat(500)}y`,
  ];
  links.forEach((to, n) => void symlinkSync(to, join(source, `loop-${n}`)));
  await replica.assertEqual();
  rmSync(join(source, 'loop-2'));
  mkdirSync(join(source, 'loop-2'));
  writeFileSync(join(source, 'loop-2/secret'), 'ours');
  await replica.assertEqual();
  rmSync(join(source, 'loop-2'), { recursive: true });
  symlinkSync('../outside', join(source, 'loop-2'));
  await replica.assertEqual();
  assert.deepEqual(readdirSync(join(base, 'outside')), ['secret']);
});

test('a name may become any other type', { timeout: 600_000 }, async (t) => {
  const replica = await startReplica();
  t.after(() => replica.close());
  const name = join(replica.source, 'name');
  const forms: readonly ((at: string) => void)[] = [
    (at) => writeFileSync(at, 'a file'),
    (at) => {
      mkdirSync(join(at, 'deep/er'), { recursive: true });
      writeFileSync(join(at, 'deep/er/file'), 'x');
    },
    (at) => symlinkSync('name-2', at),
    (at) => mkdirSync(at),
  ];
  for (const [from, first] of forms.entries()) {
    for (const [to, second] of forms.entries()) {
      rmSync(name, { recursive: true, force: true });
      first(name);
      if ((from + to) % 2 === 0) await replica.assertEqual();
      rmSync(name, { recursive: true });
      second(name);
      const other = join(replica.source, `swap-${from}-${to}`);
      first(other);
      renameSync(name, `${name}.x`);
      renameSync(other, name);
      renameSync(`${name}.x`, other);
    }
    await replica.assertEqual();
  }
});

test('hard links are made, written through and taken apart', { timeout: 600_000 }, async (t) => {
  const replica = await startReplica({
    prepare: (source) => {
      mkdirSync(join(source, 'd'));
      writeFileSync(join(source, 'a'), 'one');
      linkSync(join(source, 'a'), join(source, 'd/b'));
    },
  });
  t.after(() => replica.close());
  const at = (path: string): string => join(replica.source, path);
  await replica.assertEqual();
  writeFileSync(at('d/b'), 'through b, longer');
  await replica.assertEqual();
  linkSync(at('a'), at('c'));
  await replica.assertEqual();
  rmSync(at('a'));
  await replica.assertEqual();
  renameSync(at('d'), at('e'));
  writeFileSync(at('c'), 'after a move');
  await replica.assertEqual();
  writeFileSync(at('f'), 'another');
  renameSync(at('f'), at('c'));
  await replica.assertEqual();
  writeFileSync(at('e/b'), 'alone now');
  await replica.assertEqual();
});
