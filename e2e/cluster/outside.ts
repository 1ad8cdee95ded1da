import { spawn } from 'node:child_process';
import { ClusterError } from './failure.ts';
import { controlAddress, controlName, type Layout } from './layout.ts';
import { enterFlags } from './machine.ts';

/** A program that runs beside a cluster, on a machine that is none of its nodes. */
export interface OutsideProgram {
  /** Where pods and nodes reach it. */
  readonly address: string;
  /** Resolves once a line of its output matches. Throws ClusterError `outside-ended` where it ends before. */
  untilSays(pattern: RegExp): Promise<void>;
  /** SIGTERM; resolves when it has ended. */
  stop(): Promise<void>;
}

/** Starts a program with the host's files in the network of the control machine, which is no node. */
export function startOutside(layout: Layout, command: readonly string[]): OutsideProgram {
  const child = spawn('nsenter', [...enterFlags(layout, controlName, 'network'), ...command], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  const listeners = new Set<() => void>();
  const hear = (chunk: Buffer): void => {
    said += chunk.toString();
    for (const listen of [...listeners]) listen();
  };
  child.stdout.on('data', hear);
  child.stderr.on('data', hear);
  const ended = new Promise<void>((resolve) => {
    child.once('error', (error) => hear(Buffer.from(error.message)));
    child.once('close', () => resolve());
  });
  return {
    address: controlAddress,
    untilSays: (pattern) =>
      new Promise((resolve, reject) => {
        const listen = (): void => {
          if (pattern.test(said)) resolve();
        };
        listeners.add(listen);
        listen();
        const why = () => `run ${command.join(' ').slice(0, 200)}: it ended without ${pattern}: ${said.slice(-2_000)}`;
        void ended.then(() => reject(new ClusterError('outside-ended', why(), '')));
      }),
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
