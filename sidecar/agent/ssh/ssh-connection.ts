import { type ChildProcess, spawn } from 'node:child_process';
import net from 'node:net';
import { pipeline } from 'node:stream';
import type { SshTarget } from '../../../src/api/settings/replication-settings.ts';
import type { Failure } from '../../../src/process/failure.ts';
import { lookupAddress } from '../../protocol/connection/lookup-address.ts';
import type { ThrottledStream } from '../rsync/throttle.ts';
import { judgeSsh } from './judge-ssh.ts';
import { remoteShell, sshOptions } from './ssh-arguments.ts';
import { type OpenSshFiles, openSshFiles } from './ssh-files.ts';

const openWithinMs = 30_000;

/**
 * One connection to a target's sshd that all rsyncs of a session share (`ssh -M`), so that none pays for a handshake. It leads
 * through a port of ours: what goes there is limited like all else, and nothing of it outlives this process.
 */
export class SshConnection {
  /** What rsync is given as its remote shell. */
  readonly rsh: string;
  readonly #files: OpenSshFiles;
  readonly #server: net.Server;
  readonly #sockets: Set<net.Socket>;
  readonly #master: ChildProcess;
  readonly #target: SshTarget;

  private constructor(
    target: SshTarget,
    { files, server, sockets }: { files: OpenSshFiles; server: net.Server; sockets: Set<net.Socket> },
  ) {
    this.#target = target;
    this.#server = server;
    this.#sockets = sockets;
    this.#files = files;
    const place = { ...files, localPort: (server.address() as net.AddressInfo).port };
    this.rsh = remoteShell(files.program, target, place);
    const sayWhenOpen = ['-o', 'PermitLocalCommand=yes', '-o', 'LocalCommand=echo open'];
    const [first = '', ...words] = [
      ...files.program,
      ...sshOptions(target, place),
      '-M',
      '-N',
      ...sayWhenOpen,
      '127.0.0.1',
    ];
    this.#master = spawn(first, words, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env.PATH ?? '', LC_ALL: 'C' },
    });
  }

  /** `stateDir`: an agent's own directory, where there is one. @throws Failure whose code is a FailureReason */
  static async open(
    target: SshTarget,
    { throttle, stateDir }: { throttle: (() => ThrottledStream) | undefined; stateDir: string | undefined },
  ): Promise<SshConnection> {
    const files = openSshFiles(target, stateDir);
    const sockets = new Set<net.Socket>();
    let cause: Error | undefined;
    const server = net.createServer((local) => {
      lead(local, target, throttle, sockets).catch((error: Error) => {
        cause = error;
        local.destroy();
      });
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', resolve);
    }).catch((error: Error) => {
      files.close();
      throw error;
    });
    let connection: SshConnection | undefined;
    try {
      connection = new SshConnection(target, { files, server, sockets });
      await connection.#opened(() => cause);
      return connection;
    } catch (error) {
      if (connection !== undefined) connection.close();
      else {
        server.close();
        files.close();
      }
      throw error;
    }
  }

  /** @throws Failure whose code is a FailureReason */
  requireOpen(): void {
    const { exitCode, signalCode } = this.#master;
    if (exitCode !== null || signalCode !== null) throw this.#judge('', new Error('the connection has ended'));
  }

  /** A connection to the same port, which says nothing but that somebody is there. @throws as requireOpen */
  async reach(): Promise<net.Socket> {
    const socket = connectTo(this.#target);
    try {
      await connected(socket);
      return socket;
    } catch (error) {
      throw this.#judge('', error);
    }
  }

  close(): void {
    this.#master.kill('SIGKILL');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    this.#files.close();
  }

  #judge(said: string, cause?: unknown): Failure {
    return judgeSsh(this.#target, said, cause);
  }

  #opened(cause: () => Error | undefined): Promise<void> {
    const master = this.#master;
    let said = '';
    master.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-8_192);
    });
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(this.#judge(said, new Error('no answer within 30 s'))), openWithinMs);
      const fail = (error?: Error): void => {
        clearTimeout(timer);
        reject(this.#judge(cause() === undefined ? said : '', cause() ?? error));
      };
      master.once('error', fail);
      master.once('close', () => fail());
      master.stdout?.once('data', () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}

const connectTo = ({ host, port }: SshTarget): net.Socket =>
  net.connect({ host, port, lookup: lookupAddress, noDelay: true });

const connected = (socket: net.Socket): Promise<void> =>
  new Promise((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });

/** Carries a connection of ssh's to the server, without Nagle on any hop. */
async function lead(
  local: net.Socket,
  target: SshTarget,
  throttle: (() => ThrottledStream) | undefined,
  sockets: Set<net.Socket>,
): Promise<void> {
  const remote = connectTo(target);
  local.setNoDelay(true);
  for (const socket of [local, remote]) {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  }
  // A pipeline of what is destroyed already throws; until then nobody else listens.
  local.once('error', () => remote.destroy());
  await connected(remote);
  if (local.destroyed) {
    remote.destroy();
    return;
  }
  const ended = (): void => {
    local.destroy();
    remote.destroy();
  };
  const limit = throttle?.();
  pipeline(limit === undefined ? [local, remote] : [local, limit, remote], ended);
  pipeline(remote, local, ended);
}
