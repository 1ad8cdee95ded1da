import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import type { TLSSocket } from 'node:tls';
import { errorMessage } from '../../src/process/failure.ts';
import type { RsyncRun } from './rsync-runs.ts';

/** `@SYNCREPLICA: <volume> <epoch>`: see `rsyncPreamble`. */
export interface Preamble {
  readonly volume: string;
  readonly epoch: number;
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
  const match = /^@SYNCREPLICA: ([A-Za-z0-9._-]+) (\d{1,15})$/.exec(line);
  return match?.[1] ? { volume: match[1], epoch: Number(match[2]) } : null;
};

export interface RsyncCommand {
  readonly file: string;
  readonly args: readonly string[];
}

/**
 * Runs an rsync daemon on the connection. Its messages never reach the protocol stream. `onEnd` is called once, when
 * none of its processes is left; `clean` is false when it had to be killed.
 */
export const serveRsync = (options: {
  readonly socket: TLSSocket;
  readonly command: RsyncCommand;
  readonly epoch: number;
  readonly onEnd: (run: RsyncRun, result: { clean: boolean; exitCode: number | null; messages: string }) => void;
}): RsyncRun => {
  const { socket, epoch } = options;
  const child = start(options.command, socket);
  if (child.pid === undefined) {
    socket.destroy();
    const run: RsyncRun = { epoch, end: async () => {} };
    child.on('error', (error) => options.onEnd(run, { clean: false, exitCode: null, messages: errorMessage(error) }));
    return run;
  }
  const group = -child.pid;
  const gone = Promise.withResolvers<void>();
  let isGone = false;
  // Not once it is gone: its number may be another's by then.
  const kill = (): void => {
    if (isGone) return;
    try {
      process.kill(group, 'SIGKILL');
    } catch {
      // It has just ended.
    }
  };
  const run: RsyncRun = {
    epoch,
    async end() {
      socket.destroy();
      kill();
      await withinTime(gone.promise, endTimeoutMs);
    },
  };
  let messages = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    messages = (messages + text).slice(-4096);
  });
  socket.pipe(child.stdin);
  child.stdout.pipe(socket);
  // The other end of a stream may be gone at any time; each end is told by its own close.
  for (const stream of [socket, child.stdin, child.stdout, child]) stream.on('error', () => {});
  socket.on('close', () => {
    child.stdin.destroy();
    child.stdout.destroy();
    setTimeout(kill, lingerMs).unref();
  });
  // 'close' comes when every process of the group has closed its stderr, not when the first one has ended.
  child.on('close', (exitCode, signal) => {
    isGone = true;
    gone.resolve();
    options.onEnd(run, { clean: signal === null, exitCode, messages: messages.trim() });
  });
  return run;
};

/** In a group of its own, for rsync forks: killing the group leaves none behind. */
const start = (command: RsyncCommand, socket: TLSSocket): ChildProcessWithoutNullStreams =>
  spawn(command.file, [...command.args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
    cwd: '/',
    env: { PATH: process.env.PATH ?? '/usr/bin:/bin', SSH_CONNECTION: connectionText(socket) },
  });

/** What sshd would say: rsyncd logs the client's address from it. */
const connectionText = (socket: TLSSocket): string =>
  `${socket.remoteAddress ?? '0.0.0.0'} ${socket.remotePort ?? 0} ${socket.localAddress ?? '0.0.0.0'} ${socket.localPort ?? 0}`;

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
