import { spawnSync } from 'node:child_process';

const mark = 'SYNCREPLICA_BENCH_NETWORK';

/** Whether this process has a network namespace to itself. */
export const hasOwnNetwork = (): boolean => process.env[mark] !== undefined;

/**
 * Runs this program once more in a network namespace of its own. @returns the code it ended with; undefined where it
 * runs in one already, or can't have one
 */
export function runInOwnNetwork(): number | undefined {
  if (hasOwnNetwork()) return undefined;
  const own = process.getuid?.() === 0 ? ['--net'] : ['--user', '--map-current-user', '--keep-caps', '--net'];
  if (spawnSync('unshare', [...own, '--', 'ip', 'link', 'set', 'lo', 'up'], { stdio: 'ignore' }).status !== 0) {
    console.log('bytes are not counted: a network namespace can’t be had here');
    return undefined;
  }
  const inside = ['sh', '-c', 'ip link set lo up && exec "$@"', 'sh', process.execPath, ...process.argv.slice(1)];
  const env = { ...process.env, [mark]: '1' };
  return spawnSync('unshare', [...own, '--', ...inside], { stdio: 'inherit', env }).status ?? 1;
}
