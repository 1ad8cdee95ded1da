import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Child {
  readonly pid: number;
  /** Resolves with the ms since the start once a line of its output matches. */
  said(pattern: RegExp, timeoutMs: number): Promise<number>;
  /** Ends the process and whatever it started. */
  stop(): Promise<void>;
}

/** Starts a program with a process group of its own, so that all of it can be ended. Its last output is kept. */
export function startChild(command: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): Child {
  const startedAt = performance.now();
  const child = spawn(command, args, { detached: true, stdio: ['ignore', 'pipe', 'pipe'], env });
  let output = '';
  const waiting = new Set<() => void>();
  const wake = (): void => {
    for (const look of [...waiting]) look();
  };
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-100_000);
      wake();
    });
  }
  child.on('exit', wake);
  child.on('error', wake);
  return {
    pid: child.pid ?? 0,
    said: (pattern, timeoutMs) =>
      new Promise((resolve, reject) => {
        const end = (act: () => void): void => {
          clearTimeout(timer);
          waiting.delete(look);
          act();
        };
        const fail = (why: string): void =>
          end(() => reject(new Error(`start ${command}: ${why}\n${output.slice(-2_000)}`)));
        const look = (): void => {
          if (pattern.test(output)) end(() => resolve(performance.now() - startedAt));
          else if (child.exitCode !== null || child.pid === undefined) fail('it ended');
        };
        const timer = setTimeout(() => fail(`it did not say ${pattern} within ${timeoutMs} ms`), timeoutMs);
        waiting.add(look);
        look();
      }),
    stop: () => stopGroup(child),
  };
}

async function stopGroup(child: ChildProcess): Promise<void> {
  const { pid } = child;
  if (pid === undefined) return;
  for (const signal of ['SIGCONT', 'SIGTERM', 'SIGKILL'] as const) {
    if (child.exitCode !== null || child.signalCode !== null) break;
    signalGroup(pid, signal);
    if (signal === 'SIGCONT') continue;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    await Promise.race([ended, sleep(5_000)]);
  }
  signalGroup(pid, 'SIGKILL');
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // Nobody of the group is left.
  }
}
