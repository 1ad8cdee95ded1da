import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startChild } from '../child.ts';
import type { Contender, Running } from '../contender.ts';
import { ensurePackage } from '../packages.ts';
import { startRelay } from '../relay.ts';
import { startRsyncDaemon } from '../rsync-daemon.ts';

/** lsyncd with its own rsync layer, told not to wait, to a plain daemon. */
export const lsyncd: Contender = {
  name: 'lsyncd',
  about:
    'Debian’s lsyncd, default.rsync, delay = 0, archive, hard links, times in ns, to a plain rsync daemon (no TLS)',
  watches: true,
  async missing() {
    return ensurePackage('lsyncd', 'lsyncd');
  },
  async start({ directory, source, prefill, countBytes }): Promise<Running> {
    mkdirSync(directory, { recursive: true });
    const daemon = await startRsyncDaemon(directory);
    await prefill?.(daemon.target);
    const relay = countBytes ? await startRelay(daemon.port) : undefined;
    const config = join(directory, 'lsyncd.lua');
    writeFileSync(config, configOf(source, daemon.url(relay?.port)));
    const startedAt = performance.now();
    const child = startChild('lsyncd', ['-nodaemon', '-log', 'all', config]);
    const started = child.said(/Startup of .* finished/i, 300_000);
    started.catch(() => {});
    return {
      target: daemon.target,
      watchers: [child.pid],
      startedAt,
      watchingMs: undefined,
      relay,
      nudge: async () => {},
      targetAway: () => daemon.stop(),
      targetBack: () => daemon.start(),
      settled: async () => {
        await started;
      },
      stop: async () => {
        await child.stop();
        await daemon.stop();
        await relay?.close();
      },
    };
  },
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
