import { spawnSync } from 'node:child_process';
import { isAtLeast, parseRsyncVersion } from '../../sidecar/protocol/require-rsync.ts';

const oldest = [3, 5, 0] as const;
const howTo = 'install rsync 3.5.0 or newer (Debian and Ubuntu: apt-get install rsync; macOS: brew install rsync)';

export const isNewEnough = (text: string): boolean => {
  const version = parseRsyncVersion(text);
  return version !== null && isAtLeast(version, oldest);
};

const isInstalled = (): boolean => isNewEnough(spawnSync('rsync', ['--version'], { encoding: 'utf8' }).stdout ?? '');

const aptGet = (...args: readonly string[]): boolean =>
  spawnSync('apt-get', args, { stdio: 'ignore', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } }).status ===
  0;

/** Makes sure that rsync is there: as root on Debian it is installed, elsewhere one line says how. Answers whether it is. */
export const ensureRsync = (): boolean => {
  if (isInstalled()) return true;
  if (process.getuid?.() === 0 && spawnSync('apt-get', ['--version']).status === 0) {
    console.log('installing rsync by apt-get');
    // The lists of a new machine are empty or old.
    aptGet('update');
    aptGet('install', '-y', '--no-install-recommends', 'rsync');
    if (isInstalled()) return true;
  }
  console.error(`rsync ${oldest.join('.')} or newer is missing: ${howTo}`);
  return false;
};
