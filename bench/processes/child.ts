import { setTimeout as sleep } from 'node:timers/promises';
import { startProgram } from '../../e2e/cluster/started-program.ts';

export interface Child {
  readonly pid: number;
  /** Resolves with the ms since the start once a line of its output matches. */
  said(pattern: RegExp, timeoutMs: number): Promise<number>;
  /** Ends the process and whatever it started. */
  stop(): Promise<void>;
}

/** Starts a program with a process group of its own, so that all of it can be ended. */
export function startChild(command: string, args: readonly string[]): Child {
  const startedAt = performance.now();
  const program = startProgram(command, args, { ownGroup: true });
  return {
    pid: program.pid,
    async said(pattern, timeoutMs) {
      const late = sleep(timeoutMs, undefined, { ref: false }).then(() => {
        const said = program.said().slice(-2_000);
        throw new Error(`start ${command}: it did not say ${pattern} within ${timeoutMs} ms\n${said}`);
      });
      await Promise.race([program.untilSays(pattern), late]);
      return performance.now() - startedAt;
    },
    stop: async () => void (await program.stop(5_000)),
  };
}
