import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { canRun } from '../watch/testing/watching-process.ts';

const skip = !canRun('unshare', '-m', 'sh', '-c', 'mount -t tmpfs none /mnt') && 'needs to mount';

/** What a root says of a file in a mount: while it is there, where no file can be opened any more, once it went, when it is back, and when its directory went too. */
const script = (root: string, disk: string): string => `
  import { execFileSync } from 'node:child_process';
  import { closeSync, openSync } from 'node:fs';
  import { SourceRoot } from ${JSON.stringify(new URL('./source-root.ts', import.meta.url).href)};
  const root = new SourceRoot(${JSON.stringify(root)});
  const run = (...command) => execFileSync(command[0], command.slice(1));
  const said = [];
  const say = () => said.push([root.look('in m/file').kind, root.look('beside').kind, root.mountsLost(), root.mounts.version]);
  run('mount', '--bind', ${JSON.stringify(disk)}, ${JSON.stringify(join(root, 'in m'))});
  root.adopt();
  say();
  const files = [];
  try { for (;;) files.push(openSync('/dev/null')); } catch {}
  say();
  files.forEach(closeSync);
  run('umount', ${JSON.stringify(join(root, 'in m'))});
  say();
  run('mount', '--bind', ${JSON.stringify(disk)}, ${JSON.stringify(join(root, 'in m'))});
  say();
  run('umount', ${JSON.stringify(join(root, 'in m'))});
  run('rmdir', ${JSON.stringify(join(root, 'in m'))});
  say();
  console.log(JSON.stringify(said));
`;

test('what was in a mount that went away is not gone, until it is back or its directory is gone', { skip }, (t) => {
  const base = mkdtempSync(join(tmpdir(), 'mounts-'));
  t.after(() => rmSync(base, { recursive: true }));
  const [root, disk] = [join(base, 'root'), join(base, 'disk')];
  for (const path of [root, disk, join(root, 'in m')]) mkdirSync(path);
  writeFileSync(join(root, 'beside'), 'x');
  writeFileSync(join(disk, 'file'), 'x');
  const command = ['-m', 'prlimit', '--nofile=200', process.execPath, '--input-type=module', '-e', script(root, disk)];
  assert.deepEqual(JSON.parse(execFileSync('unshare', command, { encoding: 'utf8', timeout: 180_000 })), [
    ['file', 'file', [], 1],
    ['unreachable', 'file', ['in m'], 1],
    ['unreachable', 'file', ['in m'], 2],
    ['file', 'file', [], 3],
    ['gone', 'file', [], 4],
  ]);
});

/** What a root says of a file whose file system was mounted, and went, while nobody looked at what is mounted. */
const briefly = (root: string): string => `
  import { execFileSync } from 'node:child_process';
  import { SourceRoot } from ${JSON.stringify(new URL('./source-root.ts', import.meta.url).href)};
  const root = new SourceRoot(${JSON.stringify(root)});
  root.adopt();
  const said = [root.look('beside').kind];
  const inside = (command) => execFileSync('sh', ['-c', command], { cwd: ${JSON.stringify(root)} });
  inside("mount -t tmpfs none 'in m'; echo x > 'in m/file'");
  said.push(root.look('in m/file').kind);
  inside("umount 'in m'");
  said.push(root.look('in m/file').kind, ...root.mountsLost());
  console.log(JSON.stringify(said));
`;

test('a mount of which nothing was known but a file that was looked at is missed when it went', { skip }, (t) => {
  const root = mkdtempSync(join(tmpdir(), 'mounts-'));
  t.after(() => rmSync(root, { recursive: true }));
  mkdirSync(join(root, 'in m'));
  writeFileSync(join(root, 'beside'), 'x');
  const command = ['-m', process.execPath, '--input-type=module', '-e', briefly(root)];
  assert.deepEqual(JSON.parse(execFileSync('unshare', command, { encoding: 'utf8', timeout: 180_000 })), [
    'file',
    'file',
    'unreachable',
    'in m',
  ]);
});

/** How often something came or went, by a root that does not look while another file system is mounted in the place of one. */
const anew = (root: string): string => `
  import { execFileSync } from 'node:child_process';
  import { SourceRoot } from ${JSON.stringify(new URL('./source-root.ts', import.meta.url).href)};
  const inside = (command) => execFileSync('sh', ['-c', command], { cwd: ${JSON.stringify(root)} });
  const root = new SourceRoot(${JSON.stringify(root)});
  inside("mount -t tmpfs none 'in m'");
  root.adopt();
  const before = root.mountsVersion();
  inside("umount 'in m'; mount -t tmpfs none beside; mount -t tmpfs none 'in m'; umount beside");
  console.log(JSON.stringify([before, root.mountsVersion(), root.mountsVersion(), root.mountsLost()]));
`;

test('a file system that is mounted anew in its place between two looks has gone and come', { skip }, (t) => {
  const root = mkdtempSync(join(tmpdir(), 'mounts-'));
  t.after(() => rmSync(root, { recursive: true }));
  for (const name of ['in m', 'beside']) mkdirSync(join(root, name));
  const command = ['-m', process.execPath, '--input-type=module', '-e', anew(root)];
  const said = execFileSync('unshare', command, { encoding: 'utf8', timeout: 180_000 });
  assert.deepEqual(JSON.parse(said), [1, 2, 2, []]);
});
