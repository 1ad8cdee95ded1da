import { spawnSync } from 'node:child_process';

const oldest = [3, 5, 0] as const;
const howTo = 'install rsync 3.5.0 or newer (Debian and Ubuntu: apt-get install rsync; macOS: brew install rsync)';

/** The version in the first line of `rsync --version`; undefined where there is none. */
export const parseRsyncVersion = (text: string): readonly [number, number, number] | undefined => {
  const match = /^rsync\s+version\s+v?(\d+)\.(\d+)\.(\d+)/m.exec(text);
  return match ? [Number(match[1]), Number(match[2]), Number(match[3])] : undefined;
};

export const isNewEnough = (version: readonly [number, number, number] | undefined): boolean => {
  if (!version) return false;
  const difference = oldest.map((part, index) => (version[index] ?? 0) - part).find((part) => part !== 0) ?? 0;
  return difference >= 0;
};

const installed = (): readonly [number, number, number] | undefined =>
  parseRsyncVersion(spawnSync('rsync', ['--version'], { encoding: 'utf8' }).stdout ?? '');

const aptGet = (...args: readonly string[]): boolean =>
  spawnSync('apt-get', args, { stdio: 'ignore', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } }).status ===
  0;

/** Makes sure that rsync is there: as root on Debian it is installed, elsewhere one line says how. Answers whether it is. */
export const ensureRsync = (): boolean => {
  if (isNewEnough(installed())) return true;
  if (process.getuid?.() === 0 && spawnSync('apt-get', ['--version']).status === 0) {
    console.log('installing rsync by apt-get');
    // The lists of a new machine are empty or old.
    aptGet('update');
    aptGet('install', '-y', '--no-install-recommends', 'rsync');
    if (isNewEnough(installed())) return true;
  }
  console.error(`rsync ${oldest.join('.')} or newer is missing: ${howTo}`);
  return false;
};
