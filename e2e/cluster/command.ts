import { type ChildProcess, spawn } from 'node:child_process';
import { Readable } from 'node:stream';
import { ClusterError } from './failure.ts';

/** How a program is run. `timeoutMs` ends it with SIGKILL; `okCodes` are the exit codes that are no failure. */
export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string | Readable;
  readonly timeoutMs?: number;
  readonly okCodes?: readonly number[];
  /** Each line of stderr as it comes, for progress. */
  readonly onErrorLine?: (line: string) => void;
}

/** What a finished program left: its exit code (128 + n after signal n is not told apart: -1) and its output as UTF-8. */
export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end. Throws ClusterError `command-failed` when its exit code is not one of `okCodes` (default 0). */
export async function runCommand(
  program: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const result = await collect(program, args, options);
  if ((options.okCodes ?? [0]).includes(result.code)) return result;
  const said = (result.stderr.trim() || result.stdout.trim()).split('\n').slice(-20).join('\n');
  throw new ClusterError(
    'command-failed',
    `run ${program} ${args.join(' ').slice(0, 300)}: exit ${result.code}: ${said}`,
    '',
  );
}

/** The same for a caller that judges the exit code itself. */
export function tryCommand(
  program: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  return collect(program, args, options);
}

/** Runs a program on this terminal; resolves to its exit code. */
export function runOnTerminal(program: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...args], { stdio: 'inherit', env });
    child.once('error', (error) => reject(missing(program, error)));
    child.once('close', (code) => resolve(code ?? 1));
  });
}

function collect(program: string, args: readonly string[], options: CommandOptions): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...args], {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    const timer = endAfter(child, options.timeoutMs, stderr);
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => {
      stderr.push(chunk);
      for (const line of chunk.toString().split('\n')) if (line !== '') options.onErrorLine?.(line);
    });
    child.stdin.on('error', () => {}); // a program that ends before it has read its input says why by its exit code
    if (options.input instanceof Readable) options.input.pipe(child.stdin);
    else child.stdin.end(options.input ?? '');
    child.once('error', (error) => {
      clearTimeout(timer);
      reject(missing(program, error));
    });
    child.once('close', (code) => {
      clearTimeout(timer);
      resolve({ code: code ?? -1, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() });
    });
  });
}

function endAfter(child: ChildProcess, timeoutMs: number | undefined, stderr: Buffer[]): NodeJS.Timeout | undefined {
  if (timeoutMs === undefined) return undefined;
  return setTimeout(() => {
    stderr.push(Buffer.from(`\nended after ${timeoutMs} ms`));
    child.kill('SIGKILL');
  }, timeoutMs);
}

function missing(program: string, error: Error): ClusterError {
  return new ClusterError('program-missing', `start ${program}: ${error.message}`, `Install ${program}`, error);
}
