import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

const main = join(import.meta.dirname, '../main.ts');
const root = mkdtempSync(join(tmpdir(), 'renewed-'));
const env = { ...process.env, XDG_RUNTIME_DIR: join(root, 'run') };
const children: ChildProcess[] = [];
after(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(root, { recursive: true, force: true });
});

const start = (...words: string[]) => {
  const child = spawn(process.execPath, [main, ...words], { cwd: root, env, stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  const lines: Record<string, unknown>[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(JSON.parse(line)));
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  return {
    ended,
    signal: (signal: NodeJS.Signals) => child.kill(signal),
    said: async (message: string): Promise<Record<string, unknown>> => {
      for (;;) {
        const line = lines.find((one) => one.message === message);
        if (line) return line;
        assert.equal(child.exitCode, null, `ended before it said ${message}`);
        await sleep(20);
      }
    },
  };
};

const makeCertificates = (): void => {
  const words = [main, 'certs', '--out', 'certs', '--host', '127.0.0.1', '--volume', 'photos'];
  const { status, stderr } = spawnSync(process.execPath, words, { cwd: root, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
};

test('an agent that runs takes other certificates, even of another authority, when it is told to', async () => {
  makeCertificates();
  for (const name of ['photos', 'run']) mkdirSync(join(root, name), { mode: 0o700 });
  const startReceiver = (port: unknown) =>
    start(
      ...['receiver', '--dir', 'kept', '--certs', 'certs/receiver', '--volume', 'photos'],
      ...['--listen', `127.0.0.1:${port}`, '--metrics', 'off'],
    );
  const first = startReceiver(0);
  const { port } = await first.said('receiver ready');
  const agent = start(
    ...['agent', '--source', 'photos', '--target', `srep://127.0.0.1:${port}/photos`, '--certs', 'certs/agent'],
    ...['--metrics', 'off', '--state-dir', 'state'],
  );
  await agent.said('agent is ready');
  const arrives = async (name: string): Promise<void> => {
    writeFileSync(join(root, 'photos', name), name);
    while (!existsSync(join(root, 'kept/data', name))) await sleep(20);
  };
  await arrives('before');
  rmSync(join(root, 'certs'), { recursive: true });
  makeCertificates();
  agent.signal('SIGHUP');
  assert.equal((await agent.said('order was obeyed')).verb, 'reload');
  // Whoever connects from now on has to show what was made last.
  first.signal('SIGTERM');
  assert.equal(await first.ended, 0);
  const second = startReceiver(port);
  await second.said('receiver ready');
  await arrives('after');
  for (const one of [agent, second]) {
    one.signal('SIGTERM');
    assert.equal(await one.ended, 0);
  }
});
