import { spawn } from 'node:child_process';
import { getPriority, setPriority } from 'node:os';

const lowPriority = 10;
const mostCharacters = 1_000;

export interface Ended {
  /** `null` where a signal ended it. */
  readonly code: number | null;
  /** The first thousand characters of each, UTF-8. */
  readonly output: string;
  readonly complaint: string;
}

export interface Running {
  readonly ended: Promise<Ended>;
  readonly kill: () => void;
}

/** Runs a program that reads nothing, behind everything else; `ended` rejects where it can't be begun, also for want of open files. */
export function runBehind(command: string, args: readonly string[]): Running {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const said = { output: '', complaint: '' };
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, ...said }));
  });
  child.once('spawn', () => {
    // Who runs behind others already may not come forward.
    if (child.pid !== undefined && child.exitCode === null)
      setPriority(child.pid, Math.max(lowPriority, getPriority(child.pid)));
  });
  // Without an open file to spare there is none.
  for (const [stream, name] of [
    [child.stdout, 'output'],
    [child.stderr, 'complaint'],
  ] as const)
    stream?.setEncoding('utf8').on('data', (text: string) => {
      if (said[name].length < mostCharacters) said[name] += text;
    });
  return { ended, kill: () => child.kill('SIGKILL') };
}
