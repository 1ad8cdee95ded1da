import { once } from 'node:events';
import { execa } from 'execa';
import { ClusterError } from './failure.ts';

export interface StartOptions {
  readonly cwd?: string;
  /** Variables besides those of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** In a process group of its own, all of which goes with it; a Ctrl-C of this terminal does not reach it. */
  readonly ownGroup?: boolean;
}

/** A program that runs beside this one. */
export interface StartedProgram {
  readonly pid: number;
  /** What it has printed so far, both outputs as they came; of much the last. */
  said(): string;
  /** Resolves to what matched in its output. Throws ClusterError `program-ended` where it ends before. */
  untilSays(pattern: RegExp): Promise<string>;
  /** Resolves to the line of its JSON log that has this message. */
  untilLogs(message: string): Promise<Readonly<Record<string, unknown>>>;
  isRunning(): boolean;
  signal(signal: NodeJS.Signals): void;
  /** Resolves to its exit code, -1 after a signal. */
  readonly ended: Promise<number>;
  /** SIGTERM, and SIGKILL to what does not end within `graceMs`; resolves to the exit code. */
  stop(graceMs?: number): Promise<number>;
}

const keptCharacters = 2 ** 24;

/** Starts a program; it ends with this process at the latest. One that can't be started has ended, and says why. */
export function startProgram(program: string, args: readonly string[], options: StartOptions = {}): StartedProgram {
  const { cwd, env = {}, ownGroup = false } = options;
  const child = execa(program, args, {
    ...(cwd === undefined ? {} : { cwd }),
    env,
    stdin: 'ignore',
    all: true,
    buffer: false,
    reject: false,
    detached: ownGroup,
  });
  let text = '';
  let isRunning = true;
  child.all.setEncoding('utf8').on('data', (more: string) => {
    text = (text + more).slice(-keptCharacters);
  });
  const killGroup = (): void => {
    if (ownGroup && child.pid !== undefined) signalGroup(child.pid, 'SIGKILL');
  };
  process.once('exit', killGroup);
  // Not later: whoever is left of the group holds its output open.
  child.nodeChildProcess.once('exit', () => {
    process.off('exit', killGroup);
    killGroup();
  });
  const drained = once(child.all, 'close');
  const ended = child.then(async (result) => {
    await drained;
    isRunning = false;
    if (result.exitCode === undefined && result.signal === undefined) text += result.message;
    return result.exitCode ?? -1;
  });
  const untilSays = async (pattern: RegExp): Promise<string> => {
    for (;;) {
      const [found] = pattern.exec(text) ?? [];
      if (found !== undefined) return found;
      if (!isRunning) {
        const what = `${program} ${args.join(' ')}`.slice(0, 200);
        throw new ClusterError('program-ended', `run ${what}: it ended without ${pattern}: ${text.slice(-2_000)}`, '');
      }
      await Promise.race([once(child.all, 'data'), ended]);
    }
  };
  return {
    pid: child.pid ?? 0,
    said: () => text,
    untilSays,
    untilLogs: async (message) => JSON.parse(await untilSays(new RegExp(`^\\{.*"message":"${message}".*\\}$`, 'm'))),
    isRunning: () => isRunning,
    signal: (signal) => void child.kill(signal),
    ended,
    async stop(graceMs = 60_000) {
      // One that was halted hears nothing else.
      for (const signal of ['SIGCONT', 'SIGTERM'] as const) child.kill(signal);
      const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
      const code = await ended;
      clearTimeout(timer);
      return code;
    },
  };
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
