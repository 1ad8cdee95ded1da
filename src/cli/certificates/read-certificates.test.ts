import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../main.ts', import.meta.url));
const root = mkdtempSync(join(tmpdir(), 'read-certificates-'));
after(() => rmSync(root, { recursive: true, force: true }));

const run = (...args: string[]): { status: number | null; stderr: string } =>
  // One that is not refused runs on.
  spawnSync(process.execPath, [main, ...args], { cwd: root, encoding: 'utf8', timeout: 180_000 });

test('certificates whose password or key everybody can read are refused by whoever reads them', () => {
  run('certs', '--out', 'open-certs', '--host', '127.0.0.1', '--volume', 'photos');
  mkdirSync(join(root, 'open-source'));
  const target = ['--target', 'srep://127.0.0.1:1/photos'];
  const commands = {
    agent: ['agent', '--source', 'open-source', ...target, '--certs', 'open-certs/agent'],
    fill: ['fill', '--source', 'open-fill', ...target, '--certs', 'open-certs/agent'],
    history: ['history', 'log', ...target, '--certs', 'open-certs/agent'],
    receiver: ['receiver', '--dir', 'open-replica', '--certs', 'open-certs/receiver'],
  };
  for (const [command, words] of Object.entries(commands)) {
    const certs = words.at(-1) as string;
    for (const name of ['password', 'tls.key']) {
      chmodSync(join(root, certs, name), 0o644);
      const refused = run(...words);
      assert.equal(refused.status, 2, command);
      assert.match(refused.stderr, new RegExp(`--certs: .*${certs}/${name} can be read by everybody.*\n {2}chmod 600`));
      chmodSync(join(root, certs, name), 0o640);
    }
  }
});
