import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../main.ts', import.meta.url));
const root = mkdtempSync(join(tmpdir(), 'metrics-tls-'));
after(() => rmSync(root, { recursive: true, force: true }));

const askTls = (port: number, ca: string): Promise<string> =>
  new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path: '/metrics', ca, agent: false }, async (response) => {
      let text = '';
      for await (const chunk of response) text += chunk;
      resolve(text);
    }).on('error', reject);
  });

test('a receiver answers over TLS for its metrics, and in the clear for probes alone', async () => {
  const options = { cwd: root, encoding: 'utf8' } as const;
  spawnSync(process.execPath, [main, 'certs', '--out', 'certs', '--host', '127.0.0.1', '--volume', 'photos'], options);
  mkdirSync(join(root, 'target'));
  const metrics = ['--metrics', '127.0.0.1:0', '--metrics-tls'];
  const words = ['receiver', '--dir', 'target', '--certs', 'certs/receiver', '--listen', '127.0.0.1:0', ...metrics];
  const child = spawn(process.execPath, [main, ...words], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => child.once('close', resolve));
  let port = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    const { message, metricsPort } = JSON.parse(line);
    port = metricsPort;
    if (message === 'receiver ready') break;
  }
  child.stdout.resume();
  const text = await askTls(port, readFileSync(join(root, 'certs/receiver/ca.crt'), 'utf8'));
  assert.match(text, /^syncreplica_receiver_connections/m);
  const clear = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).status;
  assert.deepEqual([await clear('/metrics'), await clear('/v1/status'), await clear('/healthz')], [403, 403, 200]);
  child.kill('SIGTERM');
  assert.equal(await ended, 0);
});

test('an agent without a certificate is told that it needs one', () => {
  mkdirSync(join(root, 'source'));
  const words = ['agent', '--source', 'source', '--target', 'rsync://127.0.0.1:1/m', '--metrics-tls'];
  const { status, stderr } = spawnSync(process.execPath, [main, ...words], { cwd: root, encoding: 'utf8' });
  assert.equal(status, 2);
  assert.match(stderr, /--metrics-tls needs a certificate/);
});
