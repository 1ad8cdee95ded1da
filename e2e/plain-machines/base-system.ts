import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { debianDependencies } from '../../scripts/release/pack-program.ts';
import { cacheFolder } from '../cluster/binaries.ts';
import { runCommand } from '../cluster/command.ts';
import { withLockWaiting } from '../cluster/lock.ts';

const suite = 'bookworm';
const names = debianDependencies.map((one) => one.split(' ')[0]);
/** What a person's Debian has, and what the package of SyncReplica says it needs: machines have no network of their own. */
const packages = ['systemd', 'systemd-sysv', 'dbus', 'sudo', 'iproute2', 'ca-certificates', ...names].join(',');
const mirrors = '/etc/apt/sources.list.d/debian.sources';

/** A folder with a Debian as it is installed, made once and then only read. Takes root and mmdebstrap. */
export const ensureBaseSystem = async (env: NodeJS.ProcessEnv): Promise<string> => {
  const folder = join(
    cacheFolder(env),
    'plain-machine',
    createHash('sha256')
      .update(suite + packages)
      .digest('hex')
      .slice(0, 16),
  );
  mkdirSync(dirname(folder), { recursive: true });
  await withLockWaiting(`${folder}.lock`, 'make a Debian', 600_000, async () => {
    if (existsSync(folder)) return;
    const made = `${folder}.new`;
    rmSync(made, { recursive: true, force: true });
    const leave = ['man', 'locale', 'info'].map((part) => `--dpkgopt=path-exclude=/usr/share/${part}/*`);
    const words = ['--variant=minbase', `--include=${packages}`, ...leave, suite, made];
    await runCommand('mmdebstrap', [...words, ...(existsSync(mirrors) ? [mirrors] : [])], { timeoutMs: 600_000 });
    renameSync(made, folder);
  });
  return folder;
};
