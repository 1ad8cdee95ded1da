import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { lstat, mkdir, readdir, readFile, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { connectReceiver } from '../protocol/connection/tls-connect.ts';
import { alpnRsync, rsyncPreamble } from '../protocol/control.ts';
import { receiverDestination, receiverTransferArgs } from '../protocol/receiver-layout.ts';
import { outside, type Scene, stage } from './testing/hostile-scene.ts';
import { makeClientTls, password, runRsync, username } from './testing/receiver-fixture.ts';
import { isRoot, nobody } from './testing/receiver-process.ts';

const attacks: Record<string, (scene: Scene) => Promise<unknown>> = {
  'another place in the module': async ({ push, root }) => {
    for (const place of [
      '',
      '/',
      '/.syncreplica/',
      '/../sibling/',
      '/data/../../sibling/',
      '/data/../.syncreplica/',
      '/data/../',
    ]) {
      const result = await push([], `uploads${root}${place}`);
      assert.notEqual(result.code, 0, `push to ${place}: ${result.output}`);
    }
  },
  'an absolute path': async ({ push, home }) => {
    for (const place of [`uploads${home}/sibling/`, 'uploads//etc/', `uploads/${home}/`]) {
      assert.notEqual((await push([], place)).code, 0, place);
    }
  },
  'another module': async ({ push }) => {
    for (const place of ['other/data/', 'global/', '[global]/'])
      assert.notEqual((await push([], place)).code, 0, place);
  },
  'reading what is not the replica': async ({ tunnel, root, source, home }) => {
    const into = join(source, 'stolen');
    for (const path of [
      `uploads${root}/.syncreplica/lease.json`,
      `uploads${root}/../secret`,
      `uploads${home}/secret`,
      'uploads/etc/passwd',
    ]) {
      const result = await runRsync(tunnel, ['-r', '--copy-links', `{daemon}${path}`, `${into}/`]);
      assert.notEqual(result.code, 0, path);
    }
    assert.deepEqual(await readdir(into).catch(() => []), []);
  },
  'reading through a link in the replica': async ({ push, tunnel, root, source, home }) => {
    await symlink(join(home, 'secret'), join(source, 'peek'));
    await symlink('../.syncreplica', join(source, 'state'));
    assert.equal((await push([])).code, 0);
    const into = join(source, 'stolen');
    for (const args of [['-rL'], ['-r', '--copy-unsafe-links'], ['-rk'], ['-rlk']]) {
      await runRsync(tunnel, [...args, `{daemon}${receiverDestination('uploads', root)}`, `${into}/`]);
    }
    await runRsync(tunnel, ['-r', `{daemon}uploads${root}/data/state/lease.json`, `${into}/`]);
    await runRsync(tunnel, ['-r', `{daemon}uploads${root}/data/peek`, `${into}/`]);
    for (const name of await readdir(into).catch(() => [])) {
      const entry = await lstat(join(into, name));
      if (entry.isFile())
        assert.doesNotMatch(await readFile(join(into, name), 'utf8'), /outside of the replica|holder/, name);
      assert.equal(entry.isDirectory(), false, name);
    }
  },
  'options that lead elsewhere': async ({ push, home, root }) => {
    const away = [
      `${home}/sibling`,
      '/sibling',
      '../sibling',
      '../../sibling',
      `${root}/../sibling`,
      '/data/../../sibling',
    ];
    for (const path of away) {
      for (const option of ['--backup-dir', '--copy-dest', '--link-dest', '--compare-dest']) {
        const result = await push(['--backup', `${option}=${path}`]);
        assert.notEqual(result.code, 0, `${option}=${path}`);
      }
    }
    for (const path of [`${home}/sibling`, '../../sibling', '/data/../../sibling']) {
      await push([`--temp-dir=${path}`]);
      await push(['--partial', `--partial-dir=${path}`]);
    }
    for (const option of [
      '--keep-dirlinks',
      '--munge-links',
      '--copy-dirlinks',
      '--write-devices',
      '--super',
      '--insecure-links',
    ]) {
      assert.notEqual((await push([option, '--remote-option=--keep-dirlinks'])).code, 0, option);
    }
    for (const option of [
      '--log-file=/tmp/x',
      '--files-from=/etc/passwd',
      '--daemon',
      '--config=/etc/passwd',
      '--rsh=true',
    ]) {
      await push([`--remote-option=${option}`]);
    }
  },
  'a directory of the replica that is a link': async ({ push, source, home }) => {
    for (const [name, target] of [
      ['to-sibling', '../../sibling'],
      ['to-home', home],
      ['to-state', '../.syncreplica'],
    ] as const) {
      await symlink(target, join(source, name));
      assert.equal((await push([])).code, 0);
      await unlink(join(source, name));
      await mkdir(join(source, name));
      for (const file of ['file', 'secret', 'lease.json', 'planted']) await writeFile(join(source, name, file), 'evil');
      // As a part of the tree, by a path below, and without the directory itself.
      await push(['--relative'], undefined);
      await push(['--relative', '--no-implied-dirs', '--files-from=-'], undefined);
      await push(['--no-dirs', '--inplace']);
      await rm(join(source, name), { recursive: true });
    }
  },
  'a destination below a link': async ({ push, source, root, home }) => {
    await symlink('../../sibling', join(source, 'link'));
    await symlink(join(home, 'sibling'), join(source, 'far'));
    assert.equal((await push([])).code, 0);
    await writeFile(join(source, 'file'), 'evil');
    for (const link of ['link', 'far']) {
      await push([], `uploads${root}/data/${link}/`);
      await push(['--inplace'], `uploads${root}/data/${link}/`);
      await push(['--delete', '--force'], `uploads${root}/data/${link}/`);
      await push(['--delete-missing-args', '--ignore-times'], `uploads${root}/data/${link}/file`);
    }
  },
  'rename hints': async ({ client, epoch, source, push, home }) => {
    await symlink('../../sibling', join(source, 'out'));
    await symlink('../.syncreplica', join(source, 'state'));
    await mkdir(join(source, 'dir'));
    await writeFile(join(source, 'mine'), 'evil');
    assert.equal((await push([])).code, 0);
    const path = (text: string): string => Buffer.from(text, 'latin1').toString('base64url');
    const pairs = [
      ['mine', '../secret'],
      ['mine', 'out/planted'],
      ['mine', 'state/lease.json'],
      ['out/file', 'stolen'],
      ['state/lease.json', 'stolen'],
      ['dir/../mine', 'x'],
      ['mine', `${home}/secret`],
      ['mine', '/secret'],
      ['', 'x'],
      ['mine', ''],
      ['mine', 'dir/../../secret'],
      ['mine\0', 'x'],
      ['mine', './x'],
      ['dir', 'dir/below'],
    ];
    const { results } = await client.rename({
      epoch,
      renames: pairs.map(([from = '', to = '']) => ({ from: path(from), to: path(to) })),
    });
    assert.deepEqual(
      results.filter((result) => result.renamed),
      [],
    );
    const allowed = await client.rename({ epoch, renames: [{ from: path('out'), to: path('dir/out') }] });
    assert.deepEqual(allowed.results, [{ renamed: true, matches: false }], 'a link itself may be renamed');
  },
  'a wrong password and another user': async ({ tunnel, root }) => {
    const attempt = (user: string, secretText: string): Promise<number | null> =>
      new Promise((resolve) => {
        const child = spawn('rsync', [`rsync://${user}@127.0.0.1:${tunnel}/${receiverDestination('uploads', root)}`], {
          stdio: 'ignore',
          env: { ...process.env, RSYNC_PASSWORD: secretText },
        });
        child.on('close', resolve);
      });
    assert.equal(await attempt(username, password), 0);
    assert.equal(await attempt(username, 'wrong'), 5);
    assert.equal(await attempt('root', password), 5);
    assert.equal(await attempt('', ''), 5);
  },
  'noise instead of a protocol': async ({ port, epoch }) => {
    const tls = await makeClientTls();
    const lines = [
      '',
      'GET / HTTP/1.1\r\n\r\n',
      rsyncPreamble('../x', epoch),
      'x'.repeat(10_000),
      '@SYNCREPLICA: uploads 1e3\n',
      '\n',
    ];
    for (const text of lines) {
      const socket = await connectReceiver({ host: '127.0.0.1', port, tls, alpn: alpnRsync });
      socket.on('error', () => {});
      let answer = '';
      socket.setEncoding('latin1').on('data', (data: string) => {
        answer += data;
      });
      const closed = new Promise((resolve) => socket.on('close', resolve));
      socket.end(text);
      await closed;
      assert.match(answer, /^@ERROR: BadRequest /, JSON.stringify(text));
    }
  },
};

/** One client flips a directory of the replica to a link and back while another writes below it. */
const race = async (scene: Scene): Promise<void> => {
  const { source, push } = scene;
  const flip = join(source, '..', 'flip');
  const below = join(source, '..', 'below');
  await mkdir(join(below, 'x'), { recursive: true });
  await mkdir(flip);
  for (const file of ['file', 'lease.json', 'planted']) await writeFile(join(below, 'x', file), 'evil');
  const destination = `{daemon}${receiverDestination('uploads', scene.root)}`;
  const options = ['-rlpt', '--force', '--delete', '--ignore-times', ...receiverTransferArgs(scene.root)];
  let stop = false;
  const flipping = (async () => {
    while (!stop) {
      await symlink('../../sibling', join(flip, 'x'));
      await runRsync(scene.tunnel, [...options, `${flip}/`, destination]);
      await rename(join(flip, 'x'), join(flip, 'old'));
      await unlink(join(flip, 'old'));
      await symlink('../.syncreplica', join(flip, 'x'));
      await runRsync(scene.tunnel, [...options, `${flip}/`, destination]);
      await unlink(join(flip, 'x'));
    }
  })();
  for (let round = 0; round < 12; round++) {
    await runRsync(scene.tunnel, ['-rpt', '--inplace', '--ignore-times', `${below}/`, destination]);
    await runRsync(scene.tunnel, [
      '-rpt',
      '--ignore-times',
      ...receiverTransferArgs(scene.root),
      `${below}/`,
      destination,
    ]);
  }
  stop = true;
  await flipping;
  assert.equal((await push([])).code, 0, 'an honest run still works');
};

const users = isRoot ? [0, nobody] : [process.getuid?.() ?? 0];
for (const uid of users) {
  for (const [name, attack] of Object.entries({ ...attacks, 'a race of links': race })) {
    test(`a hostile sender gets nowhere as uid ${uid}: ${name}`, async (context) => {
      const scene = await stage(context, uid);
      const before = await outside(scene.home);
      await attack(scene);
      assert.deepEqual(await outside(scene.home), before);
    });
  }
}
