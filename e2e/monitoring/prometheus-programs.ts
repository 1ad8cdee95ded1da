import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from '../cluster/binaries.ts';
import { runCommand } from '../cluster/command.ts';

export interface PrometheusPrograms {
  readonly prometheus: string;
  readonly promtool: string;
}

/** The programs of Debian's package, unpacked into the cache and not installed: no service is to start here. */
export const ensurePrometheus = async (): Promise<PrometheusPrograms> => {
  const folder = join(cacheFolder(process.env), 'prometheus');
  const bin = join(folder, 'usr/bin');
  const programs = { prometheus: join(bin, 'prometheus'), promtool: join(bin, 'promtool') };
  if (existsSync(programs.promtool)) return programs;
  const work = `${folder}.${process.pid}`;
  mkdirSync(work, { recursive: true });
  await runCommand('apt-get', ['download', 'prometheus'], { cwd: work, timeoutMs: 300_000 });
  await runCommand('sh', ['-c', 'dpkg-deb --extract prometheus_*.deb .'], { cwd: work });
  rmSync(folder, { recursive: true, force: true });
  renameSync(work, folder);
  return programs;
};
