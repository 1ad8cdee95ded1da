import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdirSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import type { RsyncdTarget } from '../../../src/api/settings/replication-settings.ts';
import { waitFor } from './agent-fixture.ts';

const username = 'someone';
const password = 'a secret of theirs';

/** A plain `rsync --daemon` as anybody may run one: one module, a user, nothing of ours. */
export class RsyncDaemon {
  readonly module: string;
  readonly port: number;
  readonly #config: string;
  #child: ChildProcess | undefined;

  private constructor(base: string, port: number, uid: number) {
    this.port = port;
    this.module = join(base, 'module');
    this.#config = join(base, 'rsyncd.conf');
    mkdirSync(this.module);
    writeFileSync(join(base, 'secrets'), `${username}:${password}\n`, { mode: 0o600 });
    const root = process.getuid?.() === 0 ? [`uid = ${uid}`, `gid = ${uid}`] : [];
    if (root.length > 0) chownSync(this.module, uid, uid);
    const lines = [
      'address = 127.0.0.1',
      `port = ${port}`,
      ...root,
      '[backup]',
      `path = ${this.module}`,
      'read only = no',
      `use chroot = ${root.length > 0 ? 'yes' : 'no'}`,
      `auth users = ${username}`,
      `secrets file = ${join(base, 'secrets')}`,
    ];
    writeFileSync(this.#config, `${lines.join('\n')}\n`);
  }

  /** `uid`: as whom it writes, where root may choose. */
  static async start(base: string, uid = 0): Promise<RsyncDaemon> {
    mkdirSync(base, { recursive: true });
    const daemon = new RsyncDaemon(base, await freePort(), uid);
    await daemon.start();
    return daemon;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  target(name = 'foreign'): RsyncdTarget {
    return { kind: 'rsyncd', name, host: '127.0.0.1', port: this.port, module: 'backup', username, password };
  }

  async start(): Promise<void> {
    this.#child = spawn('rsync', ['--daemon', '--no-detach', `--config=${this.#config}`], { stdio: 'ignore' });
    await waitFor('the rsync daemon', () => accepts(this.port));
  }

  async stop(): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    this.#child = undefined;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
  }
}

export async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

export function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ host: '127.0.0.1', port });
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
