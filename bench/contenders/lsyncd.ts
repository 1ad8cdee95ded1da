import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Contender } from '../contender.ts';
import { ensurePackage } from '../packages.ts';
import { startToDaemon, startWatcher } from './daemon-contender.ts';

/** lsyncd with its own rsync layer, told not to wait, to a plain daemon. */
export const lsyncd: Contender = {
  name: 'lsyncd',
  about:
    'Debian’s lsyncd, default.rsync, delay = 0, archive, hard links, times in ns, to a plain rsync daemon (no TLS)',
  watches: true,
  async missing() {
    return ensurePackage('lsyncd', 'lsyncd');
  },
  start: (setup) =>
    startToDaemon(setup, async (url) => {
      const config = join(setup.directory, 'lsyncd.lua');
      writeFileSync(config, configOf(setup.source, url));
      return startWatcher('lsyncd', ['-nodaemon', '-log', 'all', config], /Startup of .* finished/i);
    }),
};

const configOf = (
  source: string,
  target: string,
): string => `settings { nodaemon = true, insist = true, maxProcesses = 1 }
sync {
  default.rsync,
  source = ${JSON.stringify(source)},
  target = ${JSON.stringify(target)},
  delay = 0,
  rsync = { archive = true, _extra = { "--hard-links", "--modify-window=-1", "--sockopts=TCP_NODELAY" } },
}
`;
