import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const mark = 'SYNCREPLICA_BENCH_NETWORK';

/** Whether this process has a loopback to itself, so that all bytes on it are the contender's. */
const isAlone = (): boolean => process.env[mark] !== undefined;

/**
 * Runs this program once more in a network namespace of its own. @returns the code it ended with; undefined where it
 * runs in one already, or can't have one
 */
export function runInOwnNetwork(): number | undefined {
  if (isAlone()) return undefined;
  const inside = ['--', 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh', process.execPath, ...process.argv.slice(1)];
  const own = process.getuid?.() === 0 ? ['--net'] : ['--user', '--map-current-user', '--keep-caps', '--net'];
  if (spawnSync('unshare', [...own, '--', 'ip', 'link', 'set', 'lo', 'up'], { stdio: 'ignore' }).status !== 0) {
    console.log('bytes are not counted: a network namespace can’t be had here');
    return undefined;
  }
  const { status } = spawnSync('unshare', [...own, ...inside], {
    stdio: 'inherit',
    env: { ...process.env, [mark]: '1' },
  });
  return status ?? 1;
}

/** All that has gone over the loopback, headers included; undefined where others use it too. */
export function loopbackBytes(): number | undefined {
  if (!isAlone()) return undefined;
  const line = /^\s*lo:\s*([0-9]+)/m.exec(readFileSync('/proc/net/dev', 'utf8'));
  return Number(line?.[1]);
}

/** @returns MiB since then, or why there are none to tell */
export function loopbackMebibytesSince(before: number | undefined): number | string {
  const now = loopbackBytes();
  return now === undefined || before === undefined ? 'not counted' : (now - before) / 1024 ** 2;
}
