import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
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
import { after, type TestContext, test } from 'node:test';
import type { ReplicationSettings } from '../../../src/api/settings/replication-settings.ts';
import { silentLogger } from '../../../src/process/log/logger.ts';
import { Storm } from '../../../testing/storm/storm.ts';
import { type AgentHandle, runAgent } from '../main.ts';
import { assertEqualTrees, testSettings, waitFor, waitUntilSettled } from '../testing/agent-fixture.ts';
import { AgentProcess } from '../testing/agent-process.ts';
import { requireNssWrapper, SshDaemon, type SshFileTarget } from '../testing/ssh-daemon.ts';
import { judgeSsh } from './judge-ssh.ts';
import { openSsh } from './open-ssh.ts';
import { remoteShell } from './ssh-arguments.ts';

interface World {
  readonly base: string;
  readonly source: string;
  readonly daemon: SshDaemon;
  /** Ends an earlier one first. */
  start(target?: Partial<SshFileTarget>, more?: Partial<ReplicationSettings>): Promise<AgentHandle>;
}

async function makeWorld(t: TestContext): Promise<World> {
  const base = mkdtempSync(join(tmpdir(), 'agent-ssh-'));
  const source = join(base, 'source');
  mkdirSync(source);
  const daemon = await SshDaemon.start(join(base, 'a daemon'));
  let running: AgentHandle | undefined;
  let started = 0;
  t.after(async () => {
    await running?.stop(1_000);
    await daemon.stop();
    rmSync(base, { recursive: true });
  });
  return {
    base,
    source,
    daemon,
    async start(target = {}, more = {}) {
      await running?.stop(1_000);
      started += 1;
      const settings = { ...testSettings, source, targets: [{ ...daemon.target(), ...target }], ...more };
      const agent = await runAgent({ settings, stateDir: join(base, `state${started}`), logger: silentLogger });
      running = agent;
      return agent;
    },
  };
}

const leftHere = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('srep-ssh-'));

// What others leave in the machine's own is none of ours.
const ownTmp = mkdtempSync(join(tmpdir(), 'ssh-'));
process.env.TMPDIR = ownTmp;
after(() => rmSync(ownTmp, { recursive: true, force: true }));

test('a directory behind an sshd is a target: storms, moves, deletions, and the way cut off', {
  timeout: 600_000,
}, async (t) => {
  const { source, daemon, start } = await makeWorld(t);
  const storm = new Storm(source);
  t.diagnostic(`STORM_SEED=${storm.seed}`);
  await storm.run({ steps: 100 });
  const agent = await start();
  const equal = async (): Promise<void> => {
    await waitUntilSettled(agent);
    await assertEqualTrees(source, daemon.directory);
  };
  await agent.ready;
  await storm.run({ steps: 100, pauseMs: 5 });
  await equal();
  mkdirSync(join(source, 'from/deep'), { recursive: true });
  for (let n = 0; n < 50; n++) writeFileSync(join(source, `from/deep/${n}`), `${n}`);
  await equal();
  renameSync(join(source, 'from'), join(source, 'to $(x) "quoted"'));
  rmSync(join(source, 'to $(x) "quoted"/deep/7'));
  await equal();
  await daemon.stop();
  await waitFor('the loss', () => agent.status().replicas[0]?.link === 'Offline');
  assert.equal(agent.status().replicas[0]?.inSync, false);
  await storm.run({ steps: 60 });
  await daemon.start();
  await equal();
  const [replica] = agent.status().replicas;
  assert.ok((replica?.transferredBytes ?? 0) > 0, 'bytes are counted');
  const logins = daemon.log().match(/Accepted publickey/g)?.length ?? 0;
  assert.ok(logins < 10, `all runs share a connection, ${logins} were made`);
});

test('a connection that has ended is known at the next look, whatever waits there to be fed', async (t) => {
  const { base, daemon } = await makeWorld(t);
  const options = { holder: 'a', epoch: 0, controllerEpoch: 0, takeOver: false, stateDir: join(base, 'looking') };
  mkdirSync(options.stateDir);
  const link = await openSsh(daemon.target(), options);
  t.after(() => link.close());
  const look = (): Promise<unknown> => Promise.resolve(link.look?.());
  await look();
  await daemon.stop();
  const isGone = (): Promise<boolean> =>
    look().then(
      () => false,
      () => true,
    );
  await waitFor('its end to be known', isGone);
});

test('a target that is refused for what it holds leaves no connection behind, however often it is tried', async (t) => {
  const { source, daemon, start } = await makeWorld(t);
  writeFileSync(join(source, 'ours'), 'x');
  writeFileSync(join(daemon.directory, 'theirs'), 'x');
  const agent = await start({}, { restore: 'IfEmpty', begun: [] });
  const refusals = new Set<number>();
  await waitFor('three refusals', () => {
    const { lastError } = agent.status().replicas[0] ?? {};
    if (lastError?.reason === 'RestoreMissed') refusals.add(lastError.at);
    return refusals.size >= 3;
  });
  // The next may be open by now.
  assert.ok(leftHere().length <= 1, `${leftHere().length}`);
});

test('only the named key and the known host count, and what is wrong is said with what to do', {
  timeout: 600_000,
}, async (t) => {
  const { base, daemon, source, start } = await makeWorld(t);
  writeFileSync(join(source, 'a'), 'x');
  const before = leftHere();
  const stranger = daemon.makeKey('stranger');
  const elsewhere = join(base, 'other hosts');
  writeFileSync(elsewhere, `[127.0.0.1]:${daemon.port} ${readFileSync(`${stranger}.pub`, 'utf8')}`);
  const nobody = join(base, 'nobody');
  writeFileSync(nobody, '\n');
  const rows: readonly [string, Partial<SshFileTarget>, string, RegExp][] = [
    ['another key', { keyFile: stranger }, 'AuthenticationFailed', /authorized_keys/],
    ['another host', { knownHostsFile: elsewhere }, 'CertificateInvalid', /ssh-keyscan/],
    ['an unknown host', { knownHostsFile: nobody }, 'CertificateInvalid', /ssh-keyscan/],
    ['no sshd', { port: 1 }, 'TargetUnreachable', /check that sshd runs/],
  ];
  for (const [what, target, reason, advice] of rows) {
    const agent = await start(target);
    const error = () => agent.status().replicas[0]?.lastError;
    await waitFor(what, () => error()?.reason === reason);
    assert.match(error()?.message ?? '', advice, what);
  }
  assert.deepEqual(readdirSync(daemon.directory), []);
  assert.doesNotMatch(daemon.log(), /password|keyboard-interactive for/i);
  await start({ port: 1 });
  assert.deepEqual(leftHere(), before, 'nothing is left of connections that ended');
});

test('a key that may nothing but run programs is enough, and a replica comes back from there', {
  timeout: 600_000,
}, async (t) => {
  const { base, source, daemon, start } = await makeWorld(t);
  daemon.restrict('restrict');
  writeFileSync(join(source, 'a'), 'x');
  const agent = await start();
  await agent.ready;
  mkdirSync(join(source, 'd'));
  writeFileSync(join(source, 'd/b'), 'y');
  await waitUntilSettled(agent);
  await assertEqualTrees(source, daemon.directory);
  const filled = join(base, 'filled');
  mkdirSync(filled);
  const back = await start({}, { source: filled, restore: 'IfEmpty' });
  await back.ready;
  assert.equal(readFileSync(join(filled, 'd/b'), 'utf8'), 'y');
});

test('a limit of bandwidth holds over ssh too', { timeout: 600_000 }, async (t) => {
  const { source, daemon, start } = await makeWorld(t);
  const bytes = 3_000_000;
  writeFileSync(join(source, 'big'), Buffer.from(Array.from({ length: bytes }, (_, n) => (n * n * 31) % 251)));
  const began = performance.now();
  const agent = await start({}, { sync: { ...testSettings.sync, bandwidthLimit: 1_000_000 } });
  await waitUntilSettled(agent);
  assert.equal(statSync(join(daemon.directory, 'big')).size, bytes);
  assert.ok(performance.now() - began > 1_500, `${performance.now() - began} ms is too quick for 3 MB at 1 MB/s`);
});

test('the remote shell is one text that rsync parts as it was meant', () => {
  const files = { keyFile: '/a b/100%', knownHostsFile: '/k' };
  const text = remoteShell(
    ['ssh'],
    { host: 'nas', port: 22, user: 'me' },
    { ...files, controlSocket: '/tmp/x/c', localPort: 7 },
  );
  assert.ok(text.startsWith('ssh -F none -p 7 -l me -o BatchMode=yes -o StrictHostKeyChecking=yes '), text);
  assert.ok(text.includes(` -o 'IdentityFile="/a b/100%%"' `), text);
  assert.ok(text.includes(' -o HostKeyAlias=nas '), text);
  assert.ok(text.includes(' -o ForwardAgent=no ') && text.includes(' -o PasswordAuthentication=no '), text);
});

const withoutAccount = ['unshare', '--user', '--map-user=4000', '--map-group=4001'];

test('with a key of a Secret, and as a user without an account, as in a pod: the key is on no disk', {
  timeout: 600_000,
  skip: spawnSync('unshare', [...withoutAccount.slice(1), 'true']).status !== 0 && 'needs namespaces of users',
}, async (t) => {
  const { base, source, daemon } = await makeWorld(t);
  requireNssWrapper();
  const { keyFile, knownHostsFile, ...place } = daemon.target();
  const texts = { key: readFileSync(keyFile, 'utf8').trim(), knownHosts: readFileSync(knownHostsFile, 'utf8') };
  const stateDir = join(base, 'state');
  mkdirSync(join(stateDir, 'ssh-1/left by one that was killed'), { recursive: true });
  const settings = { ...testSettings, source, targets: [{ ...place, ...texts }] };
  writeFileSync(join(source, 'a'), 'x');
  const agent = await AgentProcess.start({ settings, stateDir }, withoutAccount);
  t.after(() => agent.end('SIGKILL'));
  await waitUntilSettled(agent);
  mkdirSync(join(source, 'd'));
  writeFileSync(join(source, 'd/b'), 'y');
  await waitUntilSettled(agent);
  await assertEqualTrees(source, daemon.directory);
  assert.match(readFileSync(`/proc/${agent.pid}/status`, 'utf8'), /^Uid:\t0/m, 'seen from here it is ours');
  assert.notEqual(spawnSync('grep', ['-rqs', 'PRIVATE KEY', stateDir]).status, 0, 'the key is on a disk');
  const other = readFileSync(daemon.makeKey('another'), 'utf8');
  await agent.update({ ...settings, generation: 2, targets: [{ ...place, ...texts, key: other }] });
  const failure = async () => (await agent.status()).replicas[0]?.lastError;
  await waitFor('the refusal', async () => (await failure())?.reason === 'AuthenticationFailed');
  await agent.update({ ...settings, generation: 3, targets: [{ ...place, ...texts, knownHosts: '[127.0.0.1]:1 x' }] });
  await waitFor('no trust', async () => (await failure())?.reason === 'CertificateInvalid');
  assert.match((await failure())?.message ?? '', /known_hosts of the Secret/);
  await agent.update({ ...settings, generation: 4 });
  writeFileSync(join(source, 'd/c'), 'z');
  await waitUntilSettled(agent);
  await assertEqualTrees(source, daemon.directory);
});

test('what ssh says at its end is told by its reason', () => {
  const rows: readonly [string, string][] = [
    ['root@h: Permission denied (publickey).', 'AuthenticationFailed'],
    [
      'No ED25519 host key is known for h and you have requested strict checking.\nHost key verification failed.',
      'CertificateInvalid',
    ],
    ['Load key "/k": invalid format\nroot@h: Permission denied (publickey).', 'AuthenticationFailed'],
    ['Connection closed by 10.0.0.1 port 22', 'TargetUnreachable'],
    ['No user exists for uid 4000', 'Unsupported'],
    ["env: 'ssh': No such file or directory", 'Unsupported'],
    ['', 'TargetUnreachable'],
  ];
  const place = { kind: 'ssh', name: 'a', host: 'h', port: 22, user: 'me', path: '/srv' } as const;
  const files = { ...place, keyFile: '/k', knownHostsFile: '/h' };
  for (const [said, reason] of rows) assert.equal(judgeSsh(files, said).code, reason, said);
  const ofSecret = { ...place, key: 'k', knownHosts: 'h' };
  const missing = Object.assign(new Error('spawn ssh ENOENT'), { code: 'ENOENT' });
  assert.match(judgeSsh(files, '', missing).hint ?? '', /install openssh-client/);
  assert.match(judgeSsh(ofSecret, '', missing).hint ?? '', /image has no ssh/);
});
