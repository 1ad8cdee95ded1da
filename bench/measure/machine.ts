import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';

const versionOf = (command: string, args: readonly string[], pattern: RegExp): string => {
  const { stdout, error } = spawnSync(command, args, { encoding: 'utf8' });
  return error === undefined ? (pattern.exec(stdout)?.[1] ?? 'unknown') : 'absent';
};

const distribution = (): string => {
  try {
    return /^PRETTY_NAME="(.*)"$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'Linux';
  } catch {
    return process.platform;
  }
};

/** The machine and the programs, one line each, for whoever reads the figures later. */
export function describeMachine(directory: string): string[] {
  const [cpu] = cpus();
  const fileSystem = versionOf('stat', ['-f', '-c', '%T', directory], /^(.*)$/m);
  const memory = (totalmem() / 1024 ** 3).toFixed(1);
  return [
    `${cpus().length} × ${cpu?.model.trim() ?? 'unknown processor'}, ${memory} GiB, ${distribution()}, Linux ${release()}, ${fileSystem}`,
    `load before the start: ${loadavg()[0]?.toFixed(2)}`,
    `Node ${process.versions.node}, rsync ${versionOf('rsync', ['--version'], /version v?([0-9.]+)/)}, lsyncd ${versionOf('lsyncd', ['-version'], /Version: ([0-9.]+)/)}, inotify-tools ${versionOf('inotifywait', ['--help'], /inotifywait ([0-9.]+)/)}`,
  ];
}
