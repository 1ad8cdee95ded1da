import { type ChildProcess, spawn } from 'node:child_process';
import { chown, mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorMessage } from '../../../src/process/failure.ts';
import type { RunReceiverOptions } from '../main.ts';
import { makeCredentials } from './receiver-fixture.ts';

export interface ReceiverProcess {
  readonly port: number;
  readonly pid: number;
  readonly ready: Readonly<Record<string, unknown>>;
  readonly lines: readonly Record<string, unknown>[];
  /** Sends a signal and waits until the process is gone; answers its exit code or the signal. */
  end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals | null>;
}

/** The user `nobody`: what a receiver runs as that may not chroot. */
export const nobody = 65_534;
export const isRoot = process.getuid?.() === 0;

/** A fresh directory that belongs to the user the receiver runs as, with `certs/` and `volume/` in it. */
export const makeReceiverHome = async (uid: number): Promise<{ home: string; certs: string; volume: string }> => {
  const home = await mkdtemp(join(tmpdir(), 'receiver-process-'));
  const certs = join(home, 'certs');
  const volume = join(home, 'volume');
  for (const path of [certs, volume, join(home, 'tmp')]) {
    await mkdir(path);
    if (isRoot) await chown(path, uid, uid);
  }
  const { ca, cert, key, username, password } = await makeCredentials();
  const files = { 'ca.crt': ca, 'tls.crt': cert, 'tls.key': key, username, password };
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(certs, name), text, { mode: 0o600 });
    if (isRoot) await chown(join(certs, name), uid, uid);
  }
  if (isRoot) await chown(home, uid, uid);
  return { home, certs, volume };
};

type Options = Partial<RunReceiverOptions> & { directory: string; certs: string };

interface Environment {
  readonly uid?: number;
  readonly path?: string;
  readonly tmp?: string;
  readonly wrapper?: readonly string[];
}

const portPatienceMs = 180_000;

/**
 * Starts `runReceiver` in a process of its own and waits for its `receiver ready` line. Rejects with its output otherwise, but for a
 * port that it had before: while nobody listened there some connection of this machine may have got it, and lets go of it again.
 */
export const startReceiverProcess = async (
  options: Options,
  environment: Environment = {},
): Promise<ReceiverProcess> => {
  const until = performance.now() + portPatienceMs;
  for (;;) {
    try {
      return await startOnce(options, environment);
    } catch (error) {
      const isTaken = (options.port ?? 0) !== 0 && errorMessage(error).includes('EADDRINUSE');
      if (!isTaken || performance.now() > until) throw error;
      await sleep(200);
    }
  }
};

const startOnce = async (options: Options, environment: Environment): Promise<ReceiverProcess> => {
  const main = join(import.meta.dirname, '../main.ts');
  const logging = join(import.meta.dirname, '../../../src/process/log/logger.ts');
  const settings = { host: '127.0.0.1', port: 0, ...options };
  const script = `const { runReceiver } = await import(${JSON.stringify(main)});
    const { createLogger } = await import(${JSON.stringify(logging)});
    await runReceiver({ ...${JSON.stringify(settings)}, logger: createLogger({ name: 'receiver' }) }).catch((error) => { console.log(JSON.stringify({ failed: error.code, message: error.message, hint: error.hint })); process.exit(1); });`;
  const { uid } = environment;
  const [program = '', ...args] = [
    ...(environment.wrapper ?? []),
    process.execPath,
    '--input-type=module',
    '-e',
    script,
  ];
  const { NODE_OPTIONS: nodeOptions, PATH: path } = process.env;
  const child: ChildProcess = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    cwd: '/',
    ...(uid !== undefined && isRoot ? { uid, gid: uid } : {}),
    env: {
      PATH: environment.path ?? path,
      ...(environment.tmp ? { TMPDIR: environment.tmp } : {}),
      ...(nodeOptions ? { NODE_OPTIONS: nodeOptions } : {}),
    },
  });
  const lines: Record<string, unknown>[] = [];
  const ready = Promise.withResolvers<Record<string, unknown>>();
  const exited = new Promise<number | NodeJS.Signals | null>((resolve) =>
    child.on('exit', (code, signal) => {
      ready.reject(new Error(`receiver ended: ${JSON.stringify(lines)}`));
      resolve(signal ?? code);
    }),
  );
  if (!child.stdout) throw new Error('no stdout');
  createInterface({ input: child.stdout }).on('line', (line) => {
    const fields = JSON.parse(line) as Record<string, unknown>;
    lines.push(fields);
    if (fields.message === 'receiver ready') ready.resolve(fields);
  });
  const first = await ready.promise;
  return {
    port: Number(first.port),
    pid: child.pid ?? 0,
    ready: first,
    lines,
    end(signal) {
      child.kill(signal);
      return exited;
    },
  };
};
