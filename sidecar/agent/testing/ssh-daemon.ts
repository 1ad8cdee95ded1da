import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { SshFiles, SshTarget } from '../../../src/api/settings/replication-settings.ts';
import { waitFor } from './agent-fixture.ts';
import { descendantsOf } from './descendants.ts';
import { accepts, freePort } from './rsync-daemon.ts';

export const sshdProgram = '/usr/sbin/sshd';

/** As rsync is: on Debian root gets it. */
const install = (name: string, isThere: () => boolean): void => {
  if (isThere()) return;
  const options = { stdio: 'ignore', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } } as const;
  spawnSync('apt-get', ['update'], options);
  spawnSync('apt-get', ['install', '-y', '--no-install-recommends', name], options);
  if (!isThere()) throw new Error(`begin: ${name} is missing; install it`);
};

const preload = { env: { LD_PRELOAD: 'libnss_wrapper.so' }, encoding: 'utf8' } as const;
export const requireNssWrapper = (): void =>
  install('libnss-wrapper', () => spawnSync('/bin/true', [], preload).stderr === '');

export type SshFileTarget = Extract<SshTarget, SshFiles>;

/** A real sshd that lets one key in, and a directory behind it. */
export class SshDaemon {
  readonly directory: string;
  readonly keyFile: string;
  readonly knownHostsFile: string;
  readonly configFile: string;
  readonly host: string;
  readonly port: number;
  readonly #base: string;
  #child: ChildProcess | undefined;

  private constructor(base: string, host: string, port: number) {
    this.#base = base;
    this.host = host;
    this.port = port;
    this.configFile = join(base, 'sshd_config');
    this.directory = join(base, 'the directory');
    this.keyFile = join(base, 'id');
    this.knownHostsFile = join(base, 'known hosts');
    mkdirSync(this.directory, { recursive: true });
    mkdirSync('/run/sshd', { recursive: true });
    for (const name of ['id', 'host-key']) this.makeKey(name);
    copyFileSync(join(base, 'id.pub'), join(base, 'authorized_keys'));
    writeFileSync(this.knownHostsFile, `[${host}]:${port} ${readFileSync(join(base, 'host-key.pub'), 'utf8')}`);
    this.configure();
  }

  static async start(base: string): Promise<SshDaemon> {
    const daemon = SshDaemon.prepare(base, '127.0.0.1', await freePort());
    await daemon.start();
    return daemon;
  }

  /** All that it needs, for whoever starts `sshdProgram -f configFile` by himself. */
  static prepare(base: string, host: string, port: number): SshDaemon {
    install('openssh-server', () => existsSync(sshdProgram));
    mkdirSync(base, { recursive: true });
    return new SshDaemon(base, host, port);
  }

  target(name = 'over-ssh'): SshFileTarget {
    const { host, port, directory: path, keyFile, knownHostsFile } = this;
    return { kind: 'ssh', name, host, port, user: userInfo().username, path, keyFile, knownHostsFile };
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
      `ListenAddress ${this.host}`,
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
    writeFileSync(this.configFile, `${lines.join('\n')}\n`);
  }

  async start(): Promise<void> {
    const log = join(this.#base, 'log');
    this.#child = spawn(sshdProgram, ['-D', '-E', log, '-f', this.configFile], { stdio: 'ignore' });
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
