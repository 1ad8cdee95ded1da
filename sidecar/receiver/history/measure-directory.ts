import { spawn } from 'node:child_process';
import { getPriority, setPriority } from 'node:os';

const lowPriority = 10;

/** What is stored below a directory, bytes as du(1) counts them, hard links once; in a process of its own, behind everything else. */
export const measureDirectory = (path: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const child = spawn('du', ['-s', '-B1', '--', path], { stdio: ['ignore', 'pipe', 'ignore'] });
    let text = '';
    child.stdout.setEncoding('latin1').on('data', (chunk: string) => {
      text += chunk;
    });
    child.once('error', reject);
    child.once('spawn', () => {
      if (child.pid !== undefined && child.exitCode === null)
        setPriority(child.pid, Math.max(lowPriority, getPriority(child.pid)));
    });
    child.once('close', () => {
      const bytes = Number(/^\d+/.exec(text)?.[0] ?? Number.NaN);
      // It ends with an error for what goes away meanwhile, and tells the sum all the same.
      if (Number.isFinite(bytes)) resolve(bytes);
      else reject(new Error(`measure ${path}: du told no size`));
    });
  });
