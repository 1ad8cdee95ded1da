import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** A line of a half's log. */
type LogLine = Readonly<Record<string, unknown>> & { readonly message?: string };

export interface Half {
  /** Resolves with the log line of that message; rejects when the half ends before. */
  said(message: string): Promise<LogLine>;
  stop(): Promise<void>;
  /** At once, without waiting. */
  kill(): void;
}

/** Starts `syncreplica …` as a process of its own, as a person would. */
export const startHalf = (args: readonly string[]): Half => {
  const child: ChildProcess = spawn(process.execPath, ['bin/syncreplica.mjs', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // Ctrl-C is for the demo: the halves end in its order.
    detached: true,
  });
  const lines: LogLine[] = [];
  const errors: string[] = [];
  const waiting = new Set<() => void>();
  let ended = false;
  const wake = (): void => {
    for (const look of waiting) look();
  };
  if (child.stdout)
    createInterface({ input: child.stdout }).on('line', (line) => {
      try {
        lines.push(JSON.parse(line) as LogLine);
      } catch {
        errors.push(line);
      }
      wake();
    });
  child.stderr?.on('data', (text) => errors.push(String(text)));
  const exited = new Promise<void>((resolve) => {
    child.on('close', () => {
      ended = true;
      wake();
      resolve();
    });
  });
  return {
    said: (message) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const line = lines.find((candidate) => candidate.message === message);
          if (!line && !ended) return;
          waiting.delete(look);
          if (line) resolve(line);
          else reject(new Error(`syncreplica ${args[0]} ended:\n${errors.join('') || JSON.stringify(lines.at(-1))}`));
        };
        waiting.add(look);
        look();
      }),
    stop: async () => {
      child.kill('SIGTERM');
      await exited;
    },
    kill: () => void child.kill('SIGKILL'),
  };
};
