import { type ChildProcess, spawn } from 'node:child_process';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import { errorMessage } from '../../../src/process/failure.ts';
import { UnframeRsync } from '../../protocol/connection/framed-rsync.ts';
import type { RsyncRun } from './rsync-runs.ts';

/** `@SYNCREPLICA: <volume> <epoch> [framed]`: see `rsyncPreamble`. */
export interface Preamble {
  readonly volume: string;
  readonly epoch: number;
  readonly isFramed: boolean;
}

const longestPreamble = 300;
const preambleTimeoutMs = 10_000;
/** How long a killed rsync may take to be gone: it can only be waiting for the disk. */
const endTimeoutMs = 10_000;
/** How long rsync may go on by itself after its client went away. */
const lingerMs = 5_000;

/** Reads the first line of a connection; what follows stays in the socket. Null when it is something else, late or cut off. */
export const readPreamble = (socket: TLSSocket): Promise<Preamble | null> =>
  new Promise((resolve) => {
    let read = Buffer.alloc(0);
    const timer = setTimeout(() => finish(null), preambleTimeoutMs);
    const finish = (result: Preamble | null): void => {
      clearTimeout(timer);
      socket.off('readable', onReadable).off('end', onEnd).off('close', onEnd);
      resolve(result);
    };
    const onEnd = (): void => finish(null);
    const onReadable = (): void => {
      for (let chunk = socket.read() as Buffer | null; chunk; chunk = socket.read() as Buffer | null) {
        read = Buffer.concat([read, chunk]);
        const end = read.indexOf(10);
        if (end < 0 && read.length <= longestPreamble) continue;
        if (end >= 0 && end + 1 < read.length) socket.unshift(read.subarray(end + 1));
        finish(end < 0 ? null : parsePreamble(read.toString('latin1', 0, end)));
        return;
      }
    };
    socket.on('readable', onReadable).on('end', onEnd).on('close', onEnd);
  });

export const parsePreamble = (line: string): Preamble | null => {
  const match = /^@SYNCREPLICA: ([A-Za-z0-9._-]+) (\d{1,15})( framed)?$/.exec(line);
  return match?.[1] ? { volume: match[1], epoch: Number(match[2]), isFramed: match[3] !== undefined } : null;
};

/** How a daemon ended; `messages` is what came before it took over its streams. */
export interface RsyncEnd {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly messages: string;
}

export interface RsyncCommand {
  readonly file: string;
  readonly args: readonly string[];
}

/**
 * Runs an rsync daemon on the connection, as inetd would: one socket for both directions. (`rsync --server --daemon` on
 * pipes would send its errors to stderr instead of to the client, which would then end with 0 although files failed.)
 * `onEnd` is called once, when none of its processes is left.
 */
export const serveRsync = (options: {
  readonly socket: TLSSocket;
  readonly command: RsyncCommand;
  /** A descriptor that it inherits. */
  readonly lock: number;
  readonly epoch: number;
  /** Of a connection whose bytes come in frames: keeps what they say is about to be replaced. */
  readonly preserve: ((body: unknown) => Promise<void>) | undefined;
  readonly onEnd: (run: RsyncRun, result: RsyncEnd) => void;
}): RsyncRun => {
  const { socket, epoch } = options;
  const { child, stream } = start(options.command, options.lock);
  if (child.pid === undefined || !stream) {
    socket.destroy();
    const run: RsyncRun = { epoch, end: async () => {}, pause: () => {} };
    child.on('error', (error) => options.onEnd(run, { exitCode: null, signal: null, messages: errorMessage(error) }));
    return run;
  }
  const group = -child.pid;
  const gone = Promise.withResolvers<void>();
  let isGone = false;
  // Not once it is gone: its number may be another's by then.
  const signal = (name: NodeJS.Signals): void => {
    if (isGone) return;
    try {
      process.kill(group, name);
    } catch {
      // It has just ended.
    }
  };
  const kill = (): void => signal('SIGKILL');
  const run: RsyncRun = {
    epoch,
    async end(graceMs) {
      socket.destroy();
      await Promise.race([gone.promise, sleep(graceMs, undefined, { ref: false })]);
      kill();
      await withinTime(gone.promise, endTimeoutMs);
    },
    pause: (isPaused) => signal(isPaused ? 'SIGSTOP' : 'SIGCONT'),
  };
  let messages = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    messages = (messages + text).slice(-4096);
  });
  for (const emitter of [socket, stream, child]) emitter.on('error', () => {});
  const input = options.preserve ? socket.pipe(new UnframeRsync(options.preserve)) : socket;
  // What can't be preserved must not be replaced either.
  input.on('error', () => socket.destroy());
  input.pipe(stream).pipe(socket);
  // An rsync that ends with input unread resets its stream, which then closes without having ended.
  stream.on('close', () => socket.end());
  socket.on('close', () => {
    // Read on without a client: the end of this stream says that no process of the group has it any more.
    stream.unpipe(socket);
    stream.resume();
    stream.end();
    setTimeout(kill, lingerMs).unref();
  });
  child.on('close', (exitCode, by) => {
    isGone = true;
    gone.resolve();
    options.onEnd(run, { exitCode, signal: by, messages: messages.trim() });
  });
  return run;
};

/** In a group of its own, for rsync forks: killing the group leaves none behind. */
const start = (command: RsyncCommand, lock: number): { child: ChildProcess; stream: Duplex | undefined } => {
  const child = spawn(command.file, [...command.args], {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe', lock],
    detached: true,
    cwd: '/',
    env: { PATH: process.env.PATH ?? '/usr/bin:/bin' },
  });
  // A pipe beyond the first three is a socket for both directions.
  return { child, stream: child.stdio?.[3] as Duplex | undefined };
};

const withinTime = async (promise: Promise<void>, limitMs: number): Promise<void> => {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new Error('end rsync: it was killed but is still waiting for the disk')),
    limitMs,
  );
  try {
    await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
};
