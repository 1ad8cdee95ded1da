import { spawn } from 'node:child_process';
import { errorMessage } from '../../../src/process/failure.ts';
import type { HookEvent } from './hook-event.ts';
import type { HookContext } from './hook-message.ts';
import type { CallResult } from './judge-call.ts';

const killAfterMs = 600_000;

/** Runs a program, never a shell's text: the changed paths come on its standard input, each ended by NUL, both of a move. */
export const runCommand = (
  argv: readonly string[],
  events: readonly HookEvent[],
  context: HookContext,
  signal: AbortSignal,
): Promise<CallResult> =>
  new Promise((resolve) => {
    const [file = '', ...args] = argv;
    const child = spawn(file, args, {
      stdio: ['pipe', 'inherit', 'inherit'],
      env: { ...process.env, SYNCREPLICA_HOOK: context.hook, SYNCREPLICA_TARGET: context.target },
      signal: AbortSignal.any([signal, AbortSignal.timeout(killAfterMs)]),
      killSignal: 'SIGKILL',
    });
    child.once('error', (error) => resolve({ kind: 'failed', message: errorMessage(error) }));
    child.once('close', (code) => resolve({ kind: 'exited', code }));
    // It need not read them; without an open file to spare there is none.
    child.stdin?.on('error', () => {});
    const paths = events.flatMap(({ from, path }) => (from === undefined ? [path] : [from, path]));
    child.stdin?.end(Buffer.from(paths.map((path) => `${path}\0`).join(''), 'latin1'));
  });
