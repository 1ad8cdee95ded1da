import { spawn } from 'node:child_process';
import { getPriority, setPriority } from 'node:os';

const lowPriority = 10;

/**
 * What is stored below a directory, bytes as du(1) counts them, hard links once; in a process of its own, behind everything
 * else. `unknown` where it can't be told.
 */
export const measureDirectory = (path: string, unknown: number): Promise<number> =>
  new Promise((resolve) => {
    const child = spawn('du', ['-s', '-B1', '--', path], { stdio: ['ignore', 'pipe', 'ignore'] });
    let text = '';
    child.stdout.setEncoding('latin1').on('data', (chunk: string) => {
      text += chunk;
    });
    child.once('error', () => resolve(unknown));
    child.once('spawn', () => {
      if (child.pid !== undefined && child.exitCode === null)
        setPriority(child.pid, Math.max(lowPriority, getPriority(child.pid)));
    });
    child.once('close', () => {
      const bytes = Number(/^\d+/.exec(text)?.[0] ?? Number.NaN);
      // It ends with an error for what goes away meanwhile, and tells the sum all the same.
      resolve(Number.isFinite(bytes) ? bytes : unknown);
    });
  });
