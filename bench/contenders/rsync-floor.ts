import { spawn } from 'node:child_process';
import type { Contender } from '../contender.ts';
import { ensurePackage } from '../processes/packages.ts';
import { startToDaemon } from './daemon-contender.ts';

/** What one rsync run costs if somebody starts it at the right moment and names what changed: nothing watches. */
export const rsyncFloor: Contender = {
  name: 'rsync alone',
  about:
    'one rsync -aH --delete run, started at the right moment on the right path, to a plain daemon; watches nothing',
  watches: false,
  async missing() {
    return ensurePackage('rsync', 'rsync');
  },
  start: (setup) =>
    startToDaemon(setup, async (urls) => {
      const runTo = (url: string, path: string): Promise<void> =>
        new Promise((resolve, reject) => {
          const what = path === '' ? ['--delete', './'] : ['--relative', `./${path}`];
          const args = ['-aH', '--modify-window=-1', '--sockopts=TCP_NODELAY', ...what, url];
          const child = spawn('rsync', args, { cwd: setup.source, stdio: 'ignore' });
          child.on('error', reject);
          child.on('exit', () => resolve());
        });
      const run = async (path: string): Promise<void> => {
        await Promise.all(urls.map((url) => runTo(url, path)));
      };
      const startedAt = performance.now();
      await run('');
      return { startedAt, nudge: run };
    }),
};
