import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { SshTarget } from '../../../src/api/replication-settings.ts';
import { waitFor } from './agent-fixture.ts';
import { descendantsOf } from './descendants.ts';
import { accepts, freePort } from './rsync-daemon.ts';

const program = '/usr/sbin/sshd';

/** As rsync is: on Debian root gets it. */
const requireSshd = (): void => {
  if (existsSync(program)) return;
  const options = { stdio: 'ignore', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } } as const;
  spawnSync('apt-get', ['update'], options);
  spawnSync('apt-get', ['install', '-y', '--no-install-recommends', 'openssh-server'], options);
  if (!existsSync(program)) throw new Error('start sshd: it is missing; install openssh-server');
};

/** A real sshd on loopback that lets one key in, and a directory behind it. */
export class SshDaemon {
  readonly directory: string;
  readonly keyFile: string;
  readonly knownHostsFile: string;
  readonly port: number;
  readonly #base: string;
  #child: ChildProcess | undefined;

  private constructor(base: string, port: number) {
    this.#base = base;
    this.port = port;
    this.directory = join(base, 'the directory');
    this.keyFile = join(base, 'id');
    this.knownHostsFile = join(base, 'known hosts');
    mkdirSync(this.directory, { recursive: true });
    mkdirSync('/run/sshd', { recursive: true });
    for (const name of ['id', 'host-key']) this.makeKey(name);
    copyFileSync(join(base, 'id.pub'), join(base, 'authorized_keys'));
    writeFileSync(this.knownHostsFile, `[127.0.0.1]:${port} ${readFileSync(join(base, 'host-key.pub'), 'utf8')}`);
    this.configure();
  }

  static async start(base: string): Promise<SshDaemon> {
    requireSshd();
    mkdirSync(base, { recursive: true });
    const daemon = new SshDaemon(base, await freePort());
    await daemon.start();
    return daemon;
  }

  target(name = 'over-ssh'): SshTarget {
    const { port, directory: path, keyFile, knownHostsFile } = this;
    return { kind: 'ssh', name, host: '127.0.0.1', port, user: userInfo().username, path, keyFile, knownHostsFile };
  }

  /** Another key, beside those there are. @returns its file */
  makeKey(name: string): string {
    const file = join(this.#base, name);
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', file]);
    return file;
  }

  /** What the key may do is said in front of it, as in authorized_keys. */
  restrict(options: string): void {
    const key = readFileSync(join(this.#base, 'id.pub'), 'utf8');
    writeFileSync(join(this.#base, 'authorized_keys'), `${options} ${key}`);
  }

  configure(...more: readonly string[]): void {
    const lines = [
      `Port ${this.port}`,
      'ListenAddress 127.0.0.1',
      `HostKey "${join(this.#base, 'host-key')}"`,
      `AuthorizedKeysFile "${join(this.#base, 'authorized_keys')}"`,
      'PidFile none',
      'StrictModes no',
      'UsePAM no',
      // A shell that seems to be not the first one reads no files of this machine's user: what they do is nobody's here.
      'SetEnv SHLVL=2',
      'PermitRootLogin prohibit-password',
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      'LogLevel VERBOSE',
      ...more,
    ];
    writeFileSync(join(this.#base, 'sshd_config'), `${lines.join('\n')}\n`);
  }

  async start(): Promise<void> {
    const log = join(this.#base, 'log');
    this.#child = spawn(program, ['-D', '-E', log, '-f', join(this.#base, 'sshd_config')], { stdio: 'ignore' });
    await waitFor('sshd', () => accepts(this.port), 20_000);
  }

  /** What it has logged since it was made. */
  log(): string {
    return readFileSync(join(this.#base, 'log'), 'utf8');
  }

  /** Ends it with all its connections, as a power cut does. */
  async stop(): Promise<void> {
    const child = this.#child;
    if (child?.pid === undefined) return;
    this.#child = undefined;
    const ended = once(child, 'exit');
    const all = descendantsOf(child.pid);
    child.kill('SIGKILL');
    for (const { pid } of all) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It ended with its parent.
      }
    }
    await ended;
  }
}
