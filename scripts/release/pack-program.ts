import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from '../../e2e/cluster/command.ts';
import type { Platform, ReleaseOptions } from './stage-program.ts';

/** Archives that are the same whoever makes them, and when. */
const archive = async (folder: string, name: string, file: string, { epoch }: ReleaseOptions): Promise<void> => {
  const same = ['--sort=name', '--owner=0', '--group=0', '--numeric-owner', `--mtime=@${epoch}`];
  await runCommand('tar', [...same, '--use-compress-program=gzip -6n', '-C', folder, '-cf', file, name]);
};

/** One file with all that a plain machine needs: unpack it anywhere, or into /usr/local. */
export const packArchive = async (staged: string, platform: Platform, options: ReleaseOptions): Promise<string> => {
  const name = `syncreplica-${options.version}-linux-${platform.debian}`;
  const folder = join(options.work, `archive-${platform.node}`);
  cpSync(staged, join(folder, name), { recursive: true });
  const file = join(options.out, `${name}.tar.gz`);
  await archive(folder, name, file, options);
  return file;
};

/** What Node, its program and the receiver's daemon are linked with or start. */
export const debianDependencies = ['libc6 (>= 2.28)', 'libstdc++6', 'libatomic1', 'rsync (>= 3.2.3)'];

const controlOf = ({ version }: ReleaseOptions, { debian }: Platform, sizeKib: number): string => `Package: syncreplica
Version: ${version}
Architecture: ${debian}
Maintainer: The SyncReplica maintainers <maintainers@syncreplica.invalid>
Installed-Size: ${sizeKib}
Depends: ${debianDependencies.join(', ')}
Recommends: rsync (>= 3.5.0)
Section: admin
Priority: optional
Description: live replicas of directories
 An agent beside the data sends every change to its targets within
 milliseconds; a receiver keeps the copy. Brings its own Node.
`;

/** A Debian package of the same files, below /usr. */
export const packDeb = async (staged: string, platform: Platform, options: ReleaseOptions): Promise<string> => {
  const root = join(options.work, `deb-${platform.node}`);
  cpSync(staged, join(root, 'usr'), { recursive: true });
  mkdirSync(join(root, 'etc/syncreplica'), { recursive: true, mode: 0o755 });
  const { stdout } = await runCommand('du', ['-sk', '--apparent-size', root]);
  cpSync(join(options.project, 'packaging/deb'), join(root, 'DEBIAN'), { recursive: true });
  writeFileSync(join(root, 'DEBIAN/control'), controlOf(options, platform, Number.parseInt(stdout, 10)));
  const file = join(options.out, `syncreplica_${options.version}_${platform.debian}.deb`);
  const env = { SOURCE_DATE_EPOCH: String(options.epoch) };
  await runCommand('dpkg-deb', ['--root-owner-group', '-Zgzip', '-z6', '--build', root, file], { env });
  return file;
};

/** What `npm install --global FILE` takes. */
export const packNpm = async ({ project, out }: ReleaseOptions): Promise<string> => {
  const { stdout } = await runCommand('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', out], {
    cwd: project,
  });
  const [{ filename }] = Object.values(JSON.parse(stdout)) as [{ filename: string }];
  return join(out, filename);
};

export { archive as packFolder };
