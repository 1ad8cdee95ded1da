import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import packageJson from '../../package.json' with { type: 'json' };
import { bundle } from '../../scripts/build/bundle.ts';
import { packArchive, packDeb } from '../../scripts/release/pack-program.ts';
import { platforms, releaseOf, stageProgram } from '../../scripts/release/stage-program.ts';
import { tryCommand } from '../cluster/command.ts';
import { waitFor } from '../cluster/wait.ts';
import { bootFreshMachine, connectMachines, type FreshMachine } from './fresh-machine.ts';
import { readPage } from './read-page.ts';

const canBoot =
  process.platform === 'linux' && process.getuid?.() === 0 && (await tryCommand('which', ['mmdebstrap'])).code === 0;
const skip = canBoot ? false : 'machines are booted by root on a Linux with mmdebstrap';
const project = join(import.meta.dirname, '../..');
const page = readPage('docs/plain-machines.md');

/** The page for plain machines, word for word, on machines that were installed a moment ago. */
/** What takes an sshd, or more machines than two: by tests of the agent, on real parts, but not by the words of the page. */
const provenElsewhere: ReadonlySet<string> = new Set([
  // sidecar/agent/dialed-in, sidecar/agent/workloads/relay.test.ts, sidecar/agent/ssh
  "A receiver that can't be reached",
  'A copy of a copy',
  'Over ssh',
]);

describe('the page for plain machines', { skip, timeout: 900_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'syncreplica-page-'));
  let backup: FreshMachine;
  let desk: FreshMachine;

  const eventually = (what: string, look: () => boolean | Promise<boolean>): Promise<unknown> =>
    waitFor(what, async () => await look(), { timeoutMs: 60_000, everyMs: 50 });
  const reads = (on: FreshMachine, path: string): string => {
    const file = join(on.root, path);
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  };
  const arrives = (on: FreshMachine, path: string, text: string) =>
    eventually(`${path} to be there`, () => reads(on, path) === text);
  const write = (on: FreshMachine, path: string, text: string): void => writeFileSync(join(on.root, path), text);
  /** The receiver of the page on a volume that nobody has written. */
  const startReceiver = async () => {
    await backup.run('rm -rf /srv/photos');
    const [command = ''] = page.lines('Receiver');
    const receiver = await backup.start(command);
    await receiver.untilLogs('receiver ready');
    return receiver;
  };
  /** Runs it until it is ready, and stops it right after a write, as Ctrl-C does. */
  const replicates = async (command: string, source: string, ...targets: [FreshMachine, string][]): Promise<void> => {
    await desk.run(`mkdir -p ${source}`);
    const agent = await desk.start(command);
    await agent.untilLogs('agent is ready');
    write(desk, join(source, 'first'), command);
    for (const [on, target] of targets) await arrives(on, join(target, 'first'), command);
    write(desk, join(source, 'last'), command);
    agent.signal('SIGINT');
    assert.equal(await agent.ended, 0);
    for (const [on, target] of targets) assert.equal(reads(on, join(target, 'last')), command);
  };

  before(async () => {
    const platform = platforms.find(({ node }) => node === process.arch) ?? platforms[0];
    assert.ok(platform);
    const options = releaseOf(project, join(folder, 'out'), join(folder, 'work'), 1_700_000_000);
    mkdirSync(options.out);
    await bundle(join(project, 'dist'));
    const staged = await stageProgram(platform, options);
    await packDeb(staged, platform, options);
    await packArchive(staged, platform, options);
    [backup, desk] = await Promise.all([bootFreshMachine('backup'), bootFreshMachine('desk')]);
    await connectMachines(backup, '192.0.2.7', desk, '192.0.2.8');
    for (const machine of [backup, desk]) {
      cpSync(options.out, join(machine.root, 'root'), { recursive: true });
      await machine.run('echo 192.0.2.7 backup.example.com nas >>/etc/hosts');
    }
  });
  after(async () => {
    await Promise.all([backup, desk].map((machine) => machine?.[Symbol.asyncDispose]()));
    rmSync(folder, { recursive: true, force: true });
  });

  test('Install: by apt, or by unpacking', async () => {
    const [deb = '', archive = ''] = page.lines('Install');
    for (const machine of [backup, desk]) {
      await machine.run(deb.replace('_amd64', `_${process.arch === 'arm64' ? 'arm64' : 'amd64'}`));
      assert.match(await machine.run('syncreplica --version'), new RegExp(packageJson.version));
      assert.match(await machine.run('getent passwd syncreplica'), /nologin/);
    }
    await using elsewhere = await bootFreshMachine('elsewhere');
    cpSync(join(folder, 'out'), join(elsewhere.root, 'root'), { recursive: true });
    await elsewhere.run(archive.replace('-amd64', process.arch === 'arm64' ? '-arm64' : '-amd64'));
    await elsewhere.run(page.blocks('As a service').at(-1) ?? '');
    await elsewhere.run(
      'systemctl daemon-reload && syncreplica certs --out /etc/syncreplica --host localhost --volume v',
    );
    await elsewhere.run('mv /etc/syncreplica/receiver /etc/syncreplica/v && chown -R syncreplica: /etc/syncreplica/v');
    await elsewhere.run('systemctl start syncreplica-receiver@v && systemctl is-active syncreplica-receiver@v');
  });

  test('Certificates: made once, copied to both', async () => {
    for (const line of page.lines('Certificates')) await backup.run(line);
    cpSync(join(backup.root, 'root/certs'), join(desk.root, 'root/certs'), { recursive: true });
  });

  test('Receiver and Agent', async () => {
    const receiver = await startReceiver();
    const [agent = ''] = page.lines('Agent');
    await replicates(agent, '/root/photos', [backup, '/srv/photos/data']);
    const [fill = ''] = page.lines('Taking over, and back');
    await desk.run(fill);
    assert.equal(reads(desk, '/root/photos-again/last'), agent);
    assert.equal(await receiver.stop(), 0);
  });

  test('To any rsync daemon', async () => {
    write(
      backup,
      '/etc/rsyncd.conf',
      '[photos]\npath = /srv/nas\nread only = no\nauth users = me\nsecrets file = /etc/nas\nuid = 0\n',
    );
    write(backup, '/etc/nas', 'me:hush\n');
    await backup.run('mkdir /srv/nas && chmod 600 /etc/nas && rsync --daemon </dev/null');
    await desk.run('echo hush >secret && chmod 600 secret');
    const [agent = ''] = page.lines('To any rsync daemon');
    await replicates(agent, '/data', [backup, '/srv/nas']);
  });

  test('Both on one machine', async () => {
    const [local = ''] = page.lines('Both on one machine');
    await replicates(local, '/root/photos', [desk, '/mnt/a/data'], [desk, '/mnt/b/data']);
  });

  test('As a file, with hooks', async () => {
    await desk.run('rm -rf /mnt/a && echo "X-From: desk" >headers && chmod 600 headers');
    await desk.run('rm -rf /srv/nas');
    const purge = '#!/bin/sh\ntr "\\0" "\\n" >>/root/purged\n';
    writeFileSync(join(desk.root, 'usr/local/bin/purge'), purge, { mode: 0o755 });
    const receiver = await startReceiver();
    write(desk, '/root/replica.yaml', page.yaml('As a file') + page.yaml('Hooks'));
    await replicates(
      'syncreplica local -f replica.yaml',
      '/root/photos/2026',
      [desk, '/mnt/a/data'],
      [backup, '/srv/photos/data'],
      [backup, '/srv/nas'],
    );
    assert.equal(await receiver.stop(), 0);
  });

  test('As a service: systemd starts, reloads and stops them, and no write is lost', async () => {
    const [services = ''] = page.blocks('As a service');
    const [, receiver = '', agent = ''] = services.split(/^# .* machine: .*$/m);
    await backup.run(receiver);
    await desk.run('mkdir -p /srv/photos && echo 1 >/srv/photos/first');
    await desk.run(agent);
    const copy = '/var/lib/syncreplica/photos/data';
    await arrives(backup, join(copy, 'first'), '1\n');
    await desk.run('systemctl reload syncreplica-agent@photos && systemctl is-active syncreplica-agent@photos');
    await desk.run('echo 2 >/srv/photos/last && systemctl stop syncreplica-agent@photos');
    assert.equal(reads(backup, join(copy, 'last')), '2\n');
    await backup.run('systemctl stop syncreplica-receiver@photos');
    for (const [machine, unit] of [
      [desk, 'agent'],
      [backup, 'receiver'],
    ] as const) {
      const name = `syncreplica-${unit}@photos.service`;
      const ended = await machine.run(`systemctl show ${name} --property=Result,ExecMainStatus,NRestarts`);
      assert.deepEqual(ended.trim().split('\n').sort(), ['ExecMainStatus=0', 'NRestarts=0', 'Result=success']);
      await machine.run(`systemd-analyze security --threshold=20 ${name} && systemctl start ${name}`);
    }
  });

  test('Steering it, watching it, and what was sent', async () => {
    const settled = async (): Promise<boolean> => {
      const [, status = ''] = page.lines('Watching it');
      const { replicas } = JSON.parse(await desk.run(`${status} || true`));
      return replicas.every(({ inSync }: { inSync: boolean }) => inSync);
    };
    await eventually('the agent to be in sync', settled);
    const held = page.lines('Steering it').filter((line) => !line.includes('release'));
    for (const line of held) await desk.run(line);
    await eventually('the agent to be in sync', settled);
    const [watch = ''] = page.lines('Watching it');
    const picture = await desk.start(watch);
    await picture.untilSays(/photos/);
    await picture.stop();

    const [on = '', follow = '', json = ''] = page.lines('What was sent');
    await desk.run(on);
    const log = await desk.start(follow);
    write(desk, '/srv/photos/a.jpg', 'seen');
    await log.untilSays(/^\S+Z {2}\w+ +dr +\+[\d.]+ m?s +a\.jpg$/m);
    await log.stop();
    assert.match(await desk.run(json), /"path":"a\.jpg"/);
  });

  test('Only watching', async () => {
    const [watch = '', asJson = '', pipe = ''] = page.lines('Only watching');
    writeFileSync(join(desk.root, 'usr/local/bin/process-upload'), '#!/bin/sh\necho "got $1"\n', { mode: 0o755 });
    for (const [command, says] of [
      [watch, /^\/data\/ CLOSE_WRITE,CLOSE a\.jpg$/m],
      [asJson, /"event":"\w+","path":"\/data\/a\.jpg"/],
      [pipe, /^got \/data\/a\.jpg$/m],
    ] as const) {
      await desk.run('mkdir -p /data/d && rm -f /data/a.jpg');
      const program = await desk.start(`sh -c '${command.replaceAll("'", `'\\''`)}'`);
      await program.untilSays(/watch/i);
      write(desk, '/data/a.jpg', 'x');
      await program.untilSays(says);
      await program.stop();
    }
  });

  test('and nothing of the page is left out', () => {
    assert.deepEqual(
      page.notFollowed().filter((heading) => !provenElsewhere.has(heading)),
      [],
    );
  });
});
