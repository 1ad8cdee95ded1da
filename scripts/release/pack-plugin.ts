import { createHash } from 'node:crypto';
import { chmodSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { stringify } from 'yaml';
import { packFolder } from './pack-program.ts';
import { fetchNode, type ReleaseOptions } from './stage-program.ts';

/** A machine at which somebody runs kubectl. */
export interface PluginPlatform {
  readonly os: 'linux' | 'darwin';
  readonly arch: 'amd64' | 'arm64';
}

export const pluginPlatforms: readonly PluginPlatform[] = [
  { os: 'linux', arch: 'amd64' },
  { os: 'linux', arch: 'arm64' },
  { os: 'darwin', arch: 'amd64' },
  { os: 'darwin', arch: 'arm64' },
];

const releases = 'https://github.com/syncreplica/syncreplica/releases/download';

/** One directory with the plugin and its own Node, to be unpacked anywhere. */
export const packPluginOf = async ({ os, arch }: PluginPlatform, options: ReleaseOptions): Promise<string> => {
  const { project, out, work, version } = options;
  const name = `kubectl-syncreplica-${version}-${os}-${arch}`;
  const folder = join(work, 'plugin', name);
  mkdirSync(folder, { recursive: true });
  const put = (from: string, to: string): void =>
    cpSync(from, join(folder, to), { recursive: true, dereference: true });
  put(join(project, 'packaging/kubectl-syncreplica.sh'), 'kubectl-syncreplica');
  put(await fetchNode(os, arch === 'amd64' ? 'x64' : arch, options), 'node');
  put(join(project, 'dist'), 'dist');
  for (const file of ['package.json', 'LICENSE']) put(join(project, file), file);
  for (const program of ['kubectl-syncreplica', 'node']) chmodSync(join(folder, program), 0o755);
  const file = join(out, `${name}.tar.gz`);
  await packFolder(join(work, 'plugin'), name, file, options);
  return file;
};

/** What krew installs by: https://krew.sigs.k8s.io/docs/developer-guide/plugin-manifest/ */
export const krewManifest = (
  packed: readonly (PluginPlatform & { readonly file: string; readonly sha256: string })[],
  version: string,
): object => ({
  apiVersion: 'krew.googlecontainertools.github.com/v1alpha2',
  kind: 'Plugin',
  metadata: { name: 'syncreplica' },
  spec: {
    version: `v${version}`,
    homepage: 'https://github.com/syncreplica/syncreplica',
    shortDescription: 'See and steer live replicas of volumes',
    description:
      'Shows which SyncReplica is behind, since when, why, and what to do about it; syncs, pauses, releases held deletions, looks for causes.\n',
    platforms: packed.map(({ os, arch, file, sha256 }) => {
      const folder = basename(file).replace(/\.tar\.gz$/, '');
      return {
        selector: { matchLabels: { os, arch } },
        uri: `${releases}/v${version}/${basename(file)}`,
        sha256,
        files: [{ from: `${folder}/*`, to: '.' }],
        bin: 'kubectl-syncreplica',
      };
    }),
  },
});

/** `kubectl syncreplica` for every kind of machine, and the manifest by which krew finds them. */
export const packPlugin = async (options: ReleaseOptions): Promise<string[]> => {
  const packed: (PluginPlatform & { file: string; sha256: string })[] = [];
  for (const platform of pluginPlatforms) {
    const file = await packPluginOf(platform, options);
    packed.push({ ...platform, file, sha256: createHash('sha256').update(readFileSync(file)).digest('hex') });
  }
  const manifest = join(options.out, 'syncreplica-krew.yaml');
  writeFileSync(manifest, stringify(krewManifest(packed, options.version), { lineWidth: 0 }));
  return [...packed.map(({ file }) => file), manifest];
};
