import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type BundledFile, bundle } from './bundle.ts';

const root = mkdtempSync(join(tmpdir(), 'bundle-'));
after(() => rmSync(root, { recursive: true, force: true }));

/** What is loaded with a file: sources of it and of all that it imports statically. */
const loadedWith = (files: readonly BundledFile[], start: RegExp): string[] => {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const first = files.find((file) => start.test(file.path));
  assert.ok(first, `${start} is in the bundle`);
  const seen = new Set<BundledFile>([first]);
  for (const file of seen)
    for (const path of file.imports) if (byPath.has(path)) seen.add(byPath.get(path) as BundledFile);
  return [...seen].flatMap((file) => file.inputs);
};

test('an agent carries no certificate maker, YAML, settings parser or operator, a receiver no agent', async () => {
  const files = await bundle(join(root, 'dist'));
  const agent = [...loadedWith(files, /agent-command/), ...loadedWith(files, /^syncreplica\.js$/)];
  assert.ok(agent.some((input) => input.startsWith('sidecar/agent/')));
  const unwanted =
    /node_modules\/(@peculiar|@kubernetes|@dot-i|yaml|zod)\/|^src\/(replication|inject|trust|certificates)\//;
  assert.deepEqual(
    agent.filter((input) => unwanted.test(input)),
    [],
  );
  const receiver = loadedWith(files, /receiver-command/);
  assert.deepEqual(
    receiver.filter((input) => input.startsWith('sidecar/agent/') || unwanted.test(input)),
    [],
  );
});

test('a verb of kubectl loads little of the Kubernetes client: its start is most of its time', async () => {
  const files = await bundle(join(root, 'dist'));
  const byPath = new Map(files.map((file) => [file.path, file]));
  const seen = new Set(files.filter(({ path }) => /list-verb|^syncreplica\.js$/.test(path)));
  for (const file of seen) for (const path of file.imports) seen.add(byPath.get(path) ?? file);
  const bytes = [...seen].reduce((sum, file) => sum + file.bytes, 0);
  assert.ok(seen.size > 2 && bytes < 700_000, `${bytes} bytes`);
});

test('the operator starts without the parts that are left out, and asks its API server', async () => {
  await bundle(join(root, 'dist'));
  const config = { clusters: [{ name: 'a', cluster: { server: 'https://127.0.0.1:1' } }], users: [{ name: 'a' }] };
  const contexts = [{ name: 'a', context: { cluster: 'a', user: 'a' } }];
  writeFileSync(join(root, 'kubeconfig'), JSON.stringify({ ...config, contexts, 'current-context': 'a' }));
  const env = {
    KUBECONFIG: join(root, 'kubeconfig'),
    POD_NAME: 'operator',
    POD_NAMESPACE: 'system',
    SYNCREPLICA_AGENT_IMAGE: 'agent',
    SYNCREPLICA_METRICS_PORT: '0',
    SYNCREPLICA_PROBES_PORT: '0',
    SYNCREPLICA_WEBHOOK_PORT: '0',
  };
  const child = spawn(process.execPath, [join(root, 'dist/syncreplica.js'), 'operator'], { env });
  let said = '';
  const ended = new Promise((resolve) => child.on('close', resolve));
  const asked = new Promise<void>((resolve) => {
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => {
        said += chunk;
        if (/list syncreplicas: connect ECONNREFUSED/.test(said)) resolve();
      });
  });
  await Promise.race([asked, ended]);
  child.kill('SIGKILL');
  await ended;
  assert.match(said, /list syncreplicas: connect ECONNREFUSED/);
});

test('the launcher says when nothing is built', () => {
  mkdirSync(join(root, 'bin'));
  copyFileSync('bin/syncreplica.mjs', join(root, 'bin/syncreplica.mjs'));
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  const { status, stderr } = spawnSync(process.execPath, [join(root, 'bin/syncreplica.mjs')], { encoding: 'utf8' });
  assert.deepEqual([status, stderr], [2, 'syncreplica: it is not built; run npm ci, or npm run build\n']);
});

test('under an old Node the launcher starts the one that came with npm ci, with its arguments and exit code', () => {
  mkdirSync(join(root, 'dist'), { recursive: true });
  writeFileSync(join(root, 'package.json'), '{"type":"module"}');
  writeFileSync(
    join(root, 'dist/syncreplica.js'),
    'console.log(process.argv.slice(2).join(), process.pid !== process.ppid); process.exit(7);',
  );
  // Only the version is pretended: the program that is started is real.
  writeFileSync(
    join(root, 'old.mjs'),
    "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.1.0' } });",
  );
  const run = () =>
    spawnSync(process.execPath, ['--import', join(root, 'old.mjs'), join(root, 'bin/syncreplica.mjs'), 'a', 'b'], {
      encoding: 'utf8',
    });
  const without = run();
  assert.equal(without.status, 2);
  assert.match(without.stderr, /^syncreplica: Node 20\.1\.0 is too old; install Node 24 or newer, or run npm ci\n$/);
  mkdirSync(join(root, 'node_modules/node/bin'), { recursive: true });
  writeFileSync(join(root, 'node_modules/node/bin/node'), `#!/bin/sh\nexec "${process.execPath}" "$@"\n`, {
    mode: 0o755,
  });
  const { status, stdout } = run();
  assert.deepEqual([status, stdout], [7, 'a,b true\n']);
});
