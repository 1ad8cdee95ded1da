import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('./main.ts', import.meta.url));
const root = mkdtempSync(join(tmpdir(), 'cli-run-'));
const children = new Set<ChildProcess>();
after(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(root, { recursive: true, force: true });
});

const run = (...args: string[]): { status: number | null; stdout: string; stderr: string } =>
  spawnSync(process.execPath, [main, ...args], { cwd: root, encoding: 'utf8' });

/** Starts a command that goes on; `said` waits for a line of its log. */
const start = (...args: string[]) => {
  const child = spawn(process.execPath, [main, ...args], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  children.add(child);
  const lines: Record<string, unknown>[] = [];
  let errors = '';
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(JSON.parse(line)));
  child.stderr.on('data', (text) => {
    errors += text;
  });
  const exited = new Promise<number | null>((resolve) => child.on('close', resolve));
  return {
    exited,
    messages: () => lines.map(({ message }) => message),
    stop: () => child.kill('SIGTERM'),
    signal: (signal: NodeJS.Signals) => child.kill(signal),
    said: async (message: string): Promise<Record<string, unknown>> => {
      for (;;) {
        const line = lines.find((candidate) => candidate.message === message);
        if (line) return line;
        assert.equal(child.exitCode, null, `ended before it said ${message}: ${errors}`);
        await sleep(20);
      }
    },
  };
};

const until = async <T>(look: () => T | undefined): Promise<T> => {
  for (;;) {
    const found = look();
    if (found !== undefined) return found;
    await sleep(20);
  }
};
const textOf = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
};

test('help and version end with 0 and teach', () => {
  const help = run('--help');
  assert.equal(help.status, 0);
  for (const command of ['local', 'agent', 'receiver', 'certs', 'status'])
    assert.match(help.stdout, new RegExp(`\\b${command}\\b`));
  assert.match(run('agent', '--help').stdout, /--full-pass-schedule <cron>[\s\S]*Examples:/);
  assert.match(run('--version').stdout, /^\d+\.\d+\.\d+\n$/);
});

test('who reads an answer only in part gets no complaint', async () => {
  const child = spawn(process.execPath, [main, '--as-kubectl-plugin', 'list', '--help']);
  child.stdout.destroy();
  let errors = '';
  child.stderr.on('data', (text) => {
    errors += text;
  });
  const code = await new Promise((resolve) => child.on('close', resolve));
  assert.deepEqual([code, errors], [0, '']);
});

test('wrong usage ends with 2 and says what to write, every problem on its line', () => {
  const { status, stderr } = run(
    'agent',
    '--source',
    'gone',
    '--target',
    'srep://host/x',
    '--certs',
    'c',
    '--workers',
    '99',
  );
  assert.equal(status, 2);
  assert.equal(stderr, 'syncreplica: --workers: workers is out of range; write a number from 1 to 32\n');
  const missing = run('receiver', '--dir', 'r', '--certs', 'none');
  assert.equal(missing.status, 2);
  assert.match(
    missing.stderr,
    /ca\.crt can't be read: there is no such file\n {2}make the directory with: syncreplica certs/,
  );
});

test('a status of nobody ends with 1 and a hint', () => {
  const { status, stderr } = run('status', '--url', 'http://127.0.0.1:9');
  assert.equal(status, 1);
  assert.match(stderr, /^syncreplica: ask http:\/\/127\.0\.0\.1:9 for its status: .*\n {2}is it running\?/);
});

test('certificates for two machines, renewed by the same authority', () => {
  assert.equal(run('certs', '--out', 'certs', '--host', '127.0.0.1', '--volume', 'photos').status, 0);
  for (const half of ['receiver', 'agent'])
    for (const name of ['ca.crt', 'tls.crt', 'tls.key', 'username', 'password'])
      assert.equal(statSync(join(root, 'certs', half, name)).mode & 0o777, 0o600, `${half}/${name}`);
  const read = (name: string): string => readFileSync(join(root, 'certs', name), 'utf8');
  const before = ['ca.crt', 'agent/password', 'agent/tls.crt'].map(read);
  assert.match(run('certs', '--out', 'certs', '--host', '127.0.0.1', '--volume', 'photos').stdout, /^renewed /);
  const now = ['ca.crt', 'agent/password', 'agent/tls.crt'].map(read);
  assert.deepEqual([now[0], now[1]], [before[0], before[1]]);
  assert.notEqual(now[2], before[2]);
});

test('two halves as two programs, their settings from flags, and the status of the agent', async () => {
  mkdirSync(join(root, 'photos'));
  writeFileSync(join(root, 'photos/a'), 'first');
  const receiver = start(
    'receiver',
    '--dir',
    'replica',
    '--listen',
    '127.0.0.1:0',
    '--certs',
    'certs/receiver',
    '--metrics',
    'off',
  );
  const { port } = await receiver.said('receiver ready');
  const agent = start(
    ...['agent', '--source', 'photos', '--target', `dr=srep://127.0.0.1:${port}/photos`, '--certs', 'certs/agent'],
    ...['--metrics', '127.0.0.1:0', '--state-dir', 'state', '--exclude', '*.tmp'],
  );
  const served = await agent.said('metrics and status are served');
  assert.equal(await until(() => textOf(join(root, 'replica/data/a'))), 'first');
  writeFileSync(join(root, 'photos/b.tmp'), 'not this');
  writeFileSync(join(root, 'photos/c'), 'second');
  assert.equal(await until(() => textOf(join(root, 'replica/data/c')) || undefined), 'second');
  assert.equal(textOf(join(root, 'replica/data/b.tmp')), undefined);
  const url = `127.0.0.1:${served.port}`;
  const status = await until(() => {
    const answer = run('status', '--url', url, '-o', 'json');
    return answer.status === 0 ? JSON.parse(answer.stdout) : undefined;
  });
  assert.equal(status.replicas[0].target, 'dr');
  assert.match(run('status', '--url', url).stdout, /dr +Online +in sync/);
  agent.stop();
  assert.equal(await agent.exited, 0);
  receiver.stop();
  assert.equal(await receiver.exited, 0);
});

test('an agent of an operator waits for its settings, and can be told to stop meanwhile', async () => {
  const agent = start('agent', '--config', 'later.json', '--api', '127.0.0.1:0', '--metrics', 'off');
  const { path } = await agent.said('waiting for the settings');
  assert.equal(path, join(root, 'later.json'));
  agent.stop();
  assert.equal(await agent.exited, 0);
});

test('settings that an operator wrote wrong end with 2, every problem on its line', () => {
  writeFileSync(join(root, 'bad.json'), '{"generation":-1,"paused":true}');
  const { status, stderr } = run('agent', '--config', 'bad.json', '--metrics', 'off');
  assert.equal(status, 2);
  assert.match(stderr, /bad\.json: generation: a generation is a whole number, 0 or more\n/);
  assert.match(stderr, /bad\.json: source: must be of type string\n/);
});

test('local: both halves in one process from a file', async () => {
  mkdirSync(join(root, 'source'));
  writeFileSync(
    join(root, 'replica.yaml'),
    'source: { directory: source }\ntargets:\n- { name: a, directory: copies/a }\n- { name: b, directory: copies/b }\n',
  );
  const local = start('local', '-f', 'replica.yaml', '--metrics', '127.0.0.1:0');
  await local.said('agent is ready');
  writeFileSync(join(root, 'source/note'), 'hello');
  for (const name of ['a', 'b'])
    assert.equal(await until(() => textOf(join(root, 'copies', name, 'data/note')) || undefined), 'hello');
  local.stop();
  assert.equal(await local.exited, 0);
});

test('a running agent is found, paused, told to go on and to read its file again', async () => {
  const runtime = mkdtempSync(join(root, 'runtime-'));
  const env = { ...process.env, XDG_RUNTIME_DIR: runtime };
  const ask = (...args: string[]) => spawnSync(process.execPath, [main, ...args], { cwd: root, encoding: 'utf8', env });
  // Agents of others may run here.
  const steer = (verb: string) => ask('ctl', verb, '--source', join(root, 'steered'));
  mkdirSync(join(root, 'steered'));
  writeFileSync(join(root, 'password'), 'secret', { mode: 0o644 });
  const open = ask(
    'agent',
    '--source',
    'steered',
    '--target',
    'rsync://me@127.0.0.1:1/x',
    '--password-file',
    'password',
  );
  assert.equal(open.status, 2);
  assert.match(open.stderr, /password can be read by everybody on this machine\n {2}chmod 600/);
  const file = join(root, 'steered.yaml');
  const write = (exclude: string): void =>
    writeFileSync(
      file,
      `source: { directory: steered }\ntargets: [{ name: a, directory: copy }]\nfilter: { exclude: ["${exclude}"] }\n`,
    );
  write('*.tmp');
  const child = spawn(process.execPath, [main, 'local', '--file', file, '--metrics', 'off'], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.add(child);
  const said: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => said.push(JSON.parse(line).message));
  await until(() => (said.includes('agent is ready') ? true : undefined));
  assert.match(steer('pause').stdout, /steered: paused/);
  writeFileSync(join(root, 'steered/later.tmp'), '1');
  assert.match(ask('status').stdout, /Watching \(paused\)/);
  write('*.bak');
  assert.match(steer('reload').stdout, /read again; 1 targets/);
  assert.match(steer('resume').stdout, /goes on/);
  assert.equal(await until(() => textOf(join(root, 'copy/data/later.tmp'))), '1');
  assert.equal(steer('stop').status, 2);
  child.kill('SIGTERM');
  assert.equal(await new Promise((resolve) => child.on('exit', resolve)), 0);
  assert.match(steer('pause').stderr, /no agent runs for /);
});

test('SIGHUP has a service read its files again, and a wrong one changes nothing', async () => {
  mkdirSync(join(root, 'served'));
  const target = 'external: { address: 127.0.0.1, port: 1, module: x, tls: None, allowPlaintext: true }';
  const write = (workers: number): void =>
    writeFileSync(
      join(root, 'served.yaml'),
      `source: { directory: served }\ntargets: [{ name: a, ${target} }]\nsync: { workers: ${workers} }\n`,
    );
  write(2);
  const agent = start('agent', '--file', 'served.yaml', '--metrics', 'off', '--state-dir', 'served-state');
  await agent.said('agent is ready');
  write(99);
  agent.signal('SIGHUP');
  await agent.said('new settings are refused, the old ones go on');
  write(3);
  agent.signal('SIGHUP');
  assert.equal((await agent.said('order was obeyed')).verb, 'reload');
  agent.stop();
  assert.equal(await agent.exited, 0);
});

for (const verb of ['local', 'agent'])
  test(`a signal while ${verb} waits for what it needs to be ready ends it in order`, async () => {
    const name = `starting-${verb}`;
    mkdirSync(join(root, name));
    const target = 'external: { address: 127.0.0.1, port: 1, module: x, tls: None, allowPlaintext: true }';
    writeFileSync(
      join(root, `${name}.yaml`),
      `source: { directory: ${name} }\ntargets: [{ name: a, ${target} }]\nrestore: IfEmpty\n`,
    );
    const child = start(verb, '--file', `${name}.yaml`, '--metrics', 'off', '--state-dir', `${name}-state`);
    await child.said('restore failed');
    child.signal('SIGINT');
    assert.equal(await child.exited, 0);
    assert.ok(child.messages().includes('stopping'));
  });

test('on a terminal the state stays in sight and the log is text', async () => {
  mkdirSync(join(root, 'shown'));
  // The shell that `script` starts has to be this program, not to wait for it: it would take the Ctrl-C as its own too.
  const words = `exec ${process.execPath} ${main} local --source shown --target shown-copy --metrics off`;
  const child = spawn('script', ['--quiet', '--return', '--command', words, '/dev/null'], {
    cwd: root,
    env: { ...process.env, TERM: 'xterm', COLUMNS: '100', NO_COLOR: '1' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  children.add(child);
  let seen = '';
  child.stdout.on('data', (text) => {
    seen += text;
  });
  await until(() =>
    /agent is ready/.test(seen) && /directories watched/.test(seen) && /in sync/.test(seen) ? true : undefined,
  );
  assert.ok(!seen.includes('{"level"'));
  child.stdin.write('\x03');
  assert.equal(await new Promise((resolve) => child.on('exit', resolve)), 0);
});
