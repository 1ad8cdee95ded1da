import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ReceiverStatus } from '../../../sidecar/receiver/told/receiver-status.ts';
import { ports } from '../../api/names.ts';
import { plainPaint } from '../../terminal/terminal.ts';
import { isFresh, renderReceiver } from './render-receiver.ts';

const main = join(import.meta.dirname, '../main.ts');
const root = mkdtempSync(join(tmpdir(), 'status-'));
const env = { ...process.env, XDG_RUNTIME_DIR: join(root, 'run') };
const children: ChildProcess[] = [];
mkdirSync(env.XDG_RUNTIME_DIR, { mode: 0o700 });
after(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(root, { recursive: true, force: true });
});

/** Starts a command that goes on; resolves to the line of its log with this message. */
const start = async (message: string, ...words: string[]): Promise<Record<string, unknown>> => {
  const child = spawn(process.execPath, [main, ...words], { cwd: root, env, stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  let line: Record<string, unknown> = {};
  for await (const text of createInterface({ input: child.stdout })) {
    line = JSON.parse(text);
    if (line.message === message) break;
  }
  child.stdout.resume();
  assert.equal(line.message, message, 'it ended before');
  return line;
};

const ask = (...words: string[]): { status: number | null; stdout: string; stderr: string } =>
  spawnSync(process.execPath, [main, 'status', ...words], { cwd: root, env, encoding: 'utf8' });

test('a second agent says where its metrics are, and a status shows both', async (t) => {
  // Whoever has the usual port already will do as the first.
  const first = createServer().listen(ports.agentMetrics, '127.0.0.1');
  await new Promise((resolve) => first.once('listening', resolve).once('error', resolve));
  t.after(() => first.close());
  for (const name of ['one', 'two']) {
    mkdirSync(join(root, name));
    const served = await start(
      'metrics and status are served',
      ...['local', '--source', name, '--target', `copy-of-${name}`],
    );
    assert.notEqual(served.port, ports.agentMetrics);
    assert.match(ask('--url', `127.0.0.1:${served.port}`).stdout, new RegExp(`^${join(root, name)} `));
  }
  const { stdout } = ask();
  for (const name of ['one', 'two']) assert.match(stdout, new RegExp(`^${join(root, name)} `, 'm'));
});

test('a receiver is asked for its status as an agent is', async () => {
  const { status } = spawnSync(
    process.execPath,
    [main, 'certs', '--out', 'certs', '--host', '127.0.0.1', '--volume', 'photos'],
    { cwd: root },
  );
  assert.equal(status, 0);
  mkdirSync(join(root, 'photos'));
  const { port, metricsPort } = await start(
    'receiver ready',
    ...['receiver', '--dir', 'kept', '--certs', 'certs/receiver', '--volume', 'photos'],
    ...['--listen', '127.0.0.1:0', '--metrics', '127.0.0.1:0'],
  );
  const url = `http://127.0.0.1:${metricsPort}`;
  const before = ask('--url', url);
  assert.deepEqual([before.status, before.stderr], [1, '']);
  assert.match(before.stdout, /receiver {2}not known to be its source\n {2}nobody has written\n {2}0 connections/);
  await start(
    'agent is ready',
    ...['agent', '--source', 'photos', '--target', `srep://127.0.0.1:${port}/photos`, '--certs', 'certs/agent'],
    ...['--metrics', 'off', '--state-dir', 'state'],
  );
  while (ask('--url', url).status !== 0) await sleep(100);
  assert.match(ask('--url', url).stdout, /^photos {2}receiver {2}known to be its source .* ago\n {2}epoch \d/);
  assert.equal(JSON.parse(ask('--url', url, '-o', 'json').stdout).volume, 'photos');
});

const whole: ReceiverStatus = {
  volume: 'photos',
  epoch: 3,
  position: { epoch: 3, sequence: 1200 },
  heartbeatAt: 99_000,
  coveredAt: 98_000,
  trouble: null,
  connections: { rsync: 2, control: 1 },
  certificateNotAfter: 86_400_000 * 90 + 100_000,
};

test('a receiver as lines for a person', () => {
  assert.deepEqual(renderReceiver(whole, 100_000, plainPaint), [
    'photos  receiver  known to be its source 2.0 s ago',
    '  epoch 3, position 3:1200, its writer heard 1.0 s ago',
    '  2 connections of rsync and 1 of control, certificate good for 90 days',
  ]);
  const trouble = { reason: 'TargetReadOnly', message: 'write: no', hint: 'mount it anew' } as const;
  assert.deepEqual(renderReceiver({ ...whole, trouble }, 100_000, plainPaint).slice(3), [
    '  TargetReadOnly: write: no; mount it anew',
  ]);
});

test('only a copy that can be written and was its source a moment ago is well', () => {
  assert.deepEqual(
    [whole, { ...whole, coveredAt: null }, { ...whole, coveredAt: 39_000 }].map((one) => isFresh(one, 100_000)),
    [true, false, false],
  );
  assert.equal(isFresh({ ...whole, trouble: { reason: 'TargetLost', message: '', hint: '' } }, 100_000), false);
});
