import type { Readable } from 'node:stream';
import { execa } from 'execa';
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

/** What a finished program left: its exit code (-1 after a signal) and its output as UTF-8. */
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
export async function runOnTerminal(program: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const result = await execa(program, args, { stdio: 'inherit', env, reject: false });
  if (isMissing(result)) throw missing(program, result);
  return result.exitCode ?? 1;
}

async function collect(program: string, args: readonly string[], options: CommandOptions): Promise<CommandResult> {
  const { cwd, env, input, timeoutMs, onErrorLine } = options;
  const result = await execa(program, args, {
    ...(cwd === undefined ? {} : { cwd }),
    ...(env === undefined ? {} : { env }),
    input: input ?? '',
    ...(timeoutMs === undefined ? {} : { timeout: timeoutMs, killSignal: 'SIGKILL' }),
    ...(onErrorLine === undefined ? {} : { stderr: tellLines(onErrorLine) }),
    maxBuffer: longestOutput,
    stripFinalNewline: false,
    reject: false,
  });
  if (isMissing(result)) throw missing(program, result);
  const late = result.timedOut ? `\nended after ${timeoutMs} ms` : '';
  return { code: result.exitCode ?? -1, stdout: String(result.stdout), stderr: `${result.stderr}${late}` };
}

const longestOutput = 2 ** 30;

/** Passes lines on as they come. */
const tellLines = (tell: (line: string) => void) =>
  function* (line: unknown): Generator<string> {
    if (line !== '') tell(String(line));
    yield String(line);
  };

interface Ended {
  readonly code?: string | undefined;
  readonly exitCode?: number | undefined;
  readonly signal?: string | undefined;
  readonly message?: string | undefined;
  readonly cause?: unknown;
}

/** It never ran: what ran and failed has an exit code or a signal. */
const isMissing = (result: Ended): boolean =>
  result.code !== undefined && result.exitCode === undefined && result.signal === undefined;

function missing(program: string, error: Ended): ClusterError {
  const why = error.cause instanceof Error ? error.cause.message : error.message;
  return new ClusterError('program-missing', `start ${program}: ${why}`, `Install ${program}`, error);
}
