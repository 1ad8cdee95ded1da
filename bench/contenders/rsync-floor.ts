import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import type { Contender, Running } from '../contender.ts';
import { ensurePackage } from '../packages.ts';
import { startRelay } from '../relay.ts';
import { startRsyncDaemon } from '../rsync-daemon.ts';

/** What one rsync run costs if somebody starts it at the right moment and names what changed: nothing watches. */
export const rsyncFloor: Contender = {
  name: 'rsync alone',
  about:
    'one rsync -aH --delete run, started at the right moment on the right path, to a plain daemon; watches nothing',
  watches: false,
  async missing() {
    return ensurePackage('rsync', 'rsync');
  },
  async start({ directory, source, prefill, countBytes }): Promise<Running> {
    mkdirSync(directory, { recursive: true });
    const daemon = await startRsyncDaemon(directory);
    await prefill?.(daemon.target);
    const relay = countBytes ? await startRelay(daemon.port) : undefined;
    const run = (path: string): Promise<void> =>
      new Promise((resolve, reject) => {
        const what = path === '' ? ['--delete', './'] : ['--relative', `./${path}`];
        const args = ['-aH', '--modify-window=-1', '--sockopts=TCP_NODELAY', ...what, daemon.url(relay?.port)];
        const child = spawn('rsync', args, { cwd: source, stdio: 'ignore' });
        child.on('error', reject);
        child.on('exit', () => resolve());
      });
    const startedAt = performance.now();
    await run('');
    return {
      target: daemon.target,
      watchers: [],
      startedAt,
      watchingMs: undefined,
      relay,
      nudge: run,
      targetAway: () => daemon.stop(),
      targetBack: () => daemon.start(),
      settled: async () => {},
      stop: async () => {
        await daemon.stop();
        await relay?.close();
      },
    };
  },
};
