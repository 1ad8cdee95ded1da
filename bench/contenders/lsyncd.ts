import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Contender } from '../contender.ts';
import { ensurePackage } from '../processes/packages.ts';
import { startToDaemon, startWatcher } from './daemon-contender.ts';

/** lsyncd with its own rsync layer, to a plain daemon. It gathers changes for `delaySeconds`. */
const lsyncdWith = (delaySeconds: number, name: string): Contender => ({
  name,
  about: `Debian’s lsyncd, default.rsync, delay = ${delaySeconds}, archive, hard links, times in ns, TCP_NODELAY, to a plain rsync daemon (no TLS)`,
  watches: true,
  async missing() {
    return ensurePackage('lsyncd', 'lsyncd');
  },
  start: (setup) =>
    startToDaemon(setup, async (urls) => {
      const config = join(setup.directory, 'lsyncd.lua');
      writeFileSync(config, configOf(setup.source, urls, delaySeconds));
      return startWatcher('lsyncd', ['-nodaemon', '-log', 'all', config], /Startup of .* finished/i);
    }),
});

export const lsyncd = lsyncdWith(0, 'lsyncd');
export const lsyncdGathering = lsyncdWith(1, 'lsyncd, 1 s');

const configOf = (
  source: string,
  targets: readonly string[],
  delaySeconds: number,
): string => `settings { nodaemon = true, insist = true, maxProcesses = ${targets.length} }
${targets.map((target) => syncOf(source, target, delaySeconds)).join('')}`;

const syncOf = (source: string, target: string, delaySeconds: number): string => `sync {
  default.rsync,
  source = ${JSON.stringify(source)},
  target = ${JSON.stringify(target)},
  delay = ${delaySeconds},
  rsync = { archive = true, _extra = { "--hard-links", "--modify-window=-1", "--sockopts=TCP_NODELAY" } },
}
`;
