import assert from 'node:assert/strict';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { runCommand, tryCommand } from '../../e2e/cluster/command.ts';
import { startProgram } from '../../e2e/cluster/started-program.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { bundle } from '../build/bundle.ts';
import { listParts } from './list-parts.ts';
import { krewManifest, packPluginOf } from './pack-plugin.ts';
import { packArchive, packDeb, packNpm } from './pack-program.ts';
import { platforms, releaseOf, stageProgram } from './stage-program.ts';

const folder = mkdtempSync(join(tmpdir(), 'packages-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const project = join(import.meta.dirname, '../..');
const platform = platforms.find(({ node }) => node === process.arch) ?? platforms[0];
const options = releaseOf(project, join(folder, 'out'), join(folder, 'work'), 1_700_000_000);
let parts: string[];
before(async () => {
  mkdirSync(options.out);
  parts = listParts(await bundle(join(project, 'dist')), options);
});

/** Where nothing but the system's own programs is found. */
const bare = { PATH: '/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin' };

/** A receiver and an agent as their units start them; the last write is there after the agent's SIGTERM. */
const replicate = async (program: string, env: Record<string, string>): Promise<void> => {
  const home = mkdtempSync(join(folder, 'home-'));
  const at = (path: string): string => join(home, path);
  mkdirSync(at('source'));
  await runCommand(program, ['certs', '--out', at('certs'), '--host', '127.0.0.1', '--volume', 'photos'], { env });
  const start = (variables: Record<string, string>, ...words: string[]) =>
    startProgram(program, words, { env: { ...env, ...variables } });
  const off = { SYNCREPLICA_METRICS: 'off' };
  const receiver = start(
    {
      ...off,
      SYNCREPLICA_DIR: at('replica'),
      SYNCREPLICA_CERTS: at('certs/receiver'),
      SYNCREPLICA_LISTEN: '127.0.0.1:0',
    },
    'receiver',
  );
  const { port } = await receiver.untilLogs('receiver ready');
  writeFileSync(
    at('photos.yaml'),
    `source: { directory: source }\ntargets: [{ name: dr, external: { address: 127.0.0.1, port: ${port}, module: photos, certs: certs/agent } }]\n`,
  );
  const agent = start(off, 'agent', '--file', at('photos.yaml'), '--state-dir', at('state'));
  await agent.untilLogs('agent is ready');
  writeFileSync(at('source/first'), '1');
  while (!existsSync(at('replica/data/first'))) await sleep(20);
  writeFileSync(at('source/last'), 'the last write');
  assert.equal(await agent.stop(), 0);
  assert.equal(readFileSync(at('replica/data/last'), 'utf8'), 'the last write');
  assert.equal(await receiver.stop(), 0);
};

/** The oldest Node that the package says it runs on. */
const fetchOldestNode = async (): Promise<string> => {
  const [name, home] = [`node-${process.platform}-${process.arch}`, join(folder, 'oldest')];
  mkdirSync(home);
  const flags = ['--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', '--prefix', home];
  await runCommand('npm', ['install', ...flags, `${name}@${packageJson.engines.node.replace('>=', '')}`], {
    cwd: home,
  });
  return join(home, 'node_modules', name, 'bin');
};

test('what npm packs is installed globally without anything that builds it, and replicates', async () => {
  const file = await packNpm(options);
  const { stdout } = await runCommand('tar', ['-tzf', file]);
  const roots = new Set(
    stdout
      .trim()
      .split('\n')
      .map((path) => path.split('/')[1]),
  );
  assert.deepEqual([...roots].sort(), [
    'CHANGELOG.md',
    'LICENSE',
    'README.md',
    'SECURITY.md',
    'bin',
    'dist',
    'package.json',
    'packaging',
  ]);
  const prefix = join(folder, 'global');
  await runCommand('npm', [
    'install',
    '--global',
    '--prefix',
    prefix,
    '--prefer-offline',
    '--no-audit',
    '--no-fund',
    file,
  ]);
  const modules = join(prefix, 'lib/node_modules/syncreplica/node_modules');
  assert.ok(
    existsSync(join(modules, 'koffi')) && !existsSync(join(modules, 'esbuild')) && !existsSync(join(modules, 'zod')),
  );
  const env = { PATH: `${dirname(process.execPath)}:${bare.PATH}` };
  await replicate(join(prefix, 'bin/syncreplica'), env);
  const oldest = await fetchOldestNode();
  const { stdout: version } = await runCommand(join(oldest, 'node'), ['--version']);
  assert.match(version, new RegExp(`^v${packageJson.engines.node.replace('>=', '')}\\.`));
  await replicate(join(prefix, 'bin/syncreplica'), { PATH: `${oldest}:${bare.PATH}` });
  const plugin = await runCommand(join(prefix, 'bin/kubectl-syncreplica'), ['--help'], { env });
  assert.match(plugin.stdout, /kubectl syncreplica/);
});

test('archive and deb bring their own Node, and replicate', async (t) => {
  const staged = await stageProgram(platform as NonNullable<typeof platform>, options);
  const archive = await packArchive(staged, platform as NonNullable<typeof platform>, options);
  await runCommand('tar', ['-xzf', archive, '-C', folder]);
  await replicate(join(folder, `syncreplica-${options.version}-linux-${platform?.debian}/bin/syncreplica`), bare);
  if ((await tryCommand('sh', ['-c', 'command -v dpkg-deb'])).code !== 0) return t.diagnostic('there is no dpkg-deb');
  const root = join(folder, 'root');
  const deb = await packDeb(staged, platform as NonNullable<typeof platform>, options);
  await runCommand('dpkg-deb', ['--extract', deb, root]);
  await replicate(join(root, 'usr/bin/syncreplica'), bare);
  for (const path of [
    'usr/lib/systemd/system/syncreplica-agent@.service',
    'usr/lib/sysusers.d/syncreplica.conf',
    'etc/syncreplica',
  ])
    assert.ok(existsSync(join(root, path)), path);
  for (const path of ['bash-completion/completions/', 'zsh/vendor-completions/_', 'fish/vendor_completions.d/']) {
    const file = join(root, `usr/share/${path}syncreplica${path.startsWith('fish') ? '.fish' : ''}`);
    assert.match(readFileSync(file, 'utf8'), /take-over/, path);
  }
});

test('the plugin of kubectl is one directory with its own Node, and starts through a link as krew makes it', async () => {
  const arch = platform?.debian ?? 'amd64';
  const file = await packPluginOf({ os: 'linux', arch }, options);
  const { spec } = krewManifest([{ os: 'linux', arch, file, sha256: 'ab' }], options.version) as ReturnType<
    typeof JSON.parse
  >;
  const [{ uri, files, bin, selector }] = spec.platforms;
  assert.deepEqual([basename(uri), selector.matchLabels], [basename(file), { os: 'linux', arch }]);
  // As krew does it: unpack, move what `files` name, link to `bin`.
  const store = join(folder, 'krew');
  mkdirSync(join(store, 'plugin'), { recursive: true });
  await runCommand('tar', ['-xzf', file, '-C', store]);
  await runCommand('sh', ['-c', `mv ${store}/${files[0].from} ${join(store, 'plugin', files[0].to)}`]);
  symlinkSync(join('plugin', bin), join(store, 'kubectl-syncreplica'));
  const { stdout } = await runCommand(join(store, 'kubectl-syncreplica'), ['list', '--help'], { env: bare });
  assert.match(stdout, /^Usage: kubectl syncreplica list/);
});

test('the list of parts has what is inside, and nothing that only builds it', () => {
  const bom = JSON.parse(readFileSync(parts[0] as string, 'utf8'));
  const names: string[] = bom.components.map(({ name }: { name: string }) => name);
  for (const name of ['koffi', 'node', 'pino', '@kubernetes/client-node']) assert.ok(names.includes(name), name);
  for (const name of ['esbuild', 'typescript', 'fast-check', 'execa']) assert.ok(!names.includes(name), name);
  assert.ok(
    bom.components.every(({ purl, version }: { purl: string; version: string }) => purl.endsWith(`@${version}`)),
  );
});

for (const unit of ['agent', 'receiver'])
  test(`the unit of the ${unit} is sound and lets little through`, async (t) => {
    if ((await tryCommand('sh', ['-c', 'command -v systemd-analyze'])).code !== 0)
      return t.diagnostic('there is no systemd-analyze');
    // An instance: a template can't be judged.
    const file = join(folder, `syncreplica-${unit}@photos.service`);
    copyFileSync(join(project, `packaging/systemd/syncreplica-${unit}@.service`), file);
    const judged = await tryCommand('systemd-analyze', ['security', '--offline=yes', '--threshold=29', file]);
    assert.equal(judged.code, 0, judged.stdout);
    const text = readFileSync(file, 'utf8');
    for (const line of ['KillMode=mixed', 'After=network-online.target', 'Wants=network-online.target'])
      assert.ok(text.includes(line));
  });

test('without development dependencies an installation says what it can not do, and does not fail', async () => {
  const checkout = join(folder, 'checkout');
  mkdirSync(join(checkout, 'scripts'), { recursive: true });
  copyFileSync(join(project, 'scripts/prepare.mjs'), join(checkout, 'scripts/prepare.mjs'));
  const { code, stdout } = await tryCommand(process.execPath, ['scripts/prepare.mjs'], { cwd: checkout });
  assert.deepEqual([code, /dist\/ is not built/.test(stdout)], [0, true]);
});
