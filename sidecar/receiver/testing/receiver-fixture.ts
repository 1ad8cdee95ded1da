import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TlsMaterial } from '../../../src/api/settings/replication-settings.ts';
import {
  createAuthority,
  issueClientCertificate,
  issueServerCertificate,
  type KeyPair,
} from '../../../src/certificates/authority.ts';
import { type ControlClient, createControlClient } from '../../protocol/connection/control-client.ts';
import { connectReceiver } from '../../protocol/connection/tls-connect.ts';
import { alpnRsync, rsyncPreamble } from '../../protocol/control.ts';
import { createReceiver, type ReceiverOptions } from '../receiver.ts';
import type { ReceiverCredentials } from '../tls/tls-material.ts';

export const username = 'agent';
export const password = 'correct horse battery';
export const testUser = { username, password };

let authority: Promise<KeyPair> | undefined;

/** One authority for all tests of a process. */
export const testAuthority = (): Promise<KeyPair> => {
  authority ??= createAuthority({ name: 'test authority' });
  return authority;
};

export const makeCredentials = async (): Promise<ReceiverCredentials> => {
  const ca = await testAuthority();
  const server = await issueServerCertificate(ca, { names: ['localhost', '127.0.0.1'] });
  return { ca: ca.cert, ...server, username, password };
};

/** With a `replica` it is the certificate of an agent of the receiver's own installation. */
export const makeClientTls = async (
  volumes: readonly string[] = ['uploads'],
  replica?: { namespace: string; name: string },
): Promise<TlsMaterial> => {
  const ca = await testAuthority();
  return { ca: ca.cert, ...(await issueClientCertificate(ca, { volumes, ...(replica ? { replica } : {}) })) };
};

export interface Fixture {
  readonly directory: string;
  readonly port: number;
  readonly metricsPort: number;
  readonly tls: TlsMaterial;
  client(shown?: TlsMaterial, user?: { username: string; password: string }): ControlClient;
  /** What is done every minute. */
  sweep(): Promise<void>;
  close(): Promise<void>;
}

/** A receiver in this process, with a directory of its own unless one is given. */
export const startFixture = async (options: Partial<ReceiverOptions> = {}): Promise<Fixture> => {
  const directory = options.directory ?? (await mkdtemp(join(tmpdir(), 'receiver-test-')));
  const receiver = createReceiver({
    directory,
    host: '127.0.0.1',
    port: 0,
    metrics: { host: '127.0.0.1', port: 0 },
    credentials: await makeCredentials(),
    ...options,
  });
  const { port, metricsPort } = await receiver.start();
  const tls = await makeClientTls();
  const clients: ControlClient[] = [];
  return {
    directory,
    port,
    metricsPort: metricsPort ?? 0,
    tls,
    client(shown = tls, user = testUser) {
      const client = createControlClient({ host: '127.0.0.1', port, tls: shown, volume: 'uploads', user });
      clients.push(client);
      return client;
    },
    sweep: () => receiver.sweep(),
    async close() {
      for (const client of clients) client.close();
      await receiver.stop();
      if (!options.directory) await rm(directory, { recursive: true, force: true });
    },
  };
};

export const lease = (holder: string, epoch = 0, takeOver = false) => ({ holder, epoch, controllerEpoch: 0, takeOver });

/** A local port that carries each connection to the receiver's rsync with this preamble, as the agent's tunnel does. */
export const openTunnel = async (target: {
  port: number;
  tls: TlsMaterial;
  epoch: number;
  volume?: string;
}): Promise<{ port: number; close(): void }> => {
  const server: Server = createServer((client) => {
    client.setNoDelay(true);
    client.on('error', () => {});
    connectReceiver({ host: '127.0.0.1', port: target.port, tls: target.tls, alpn: alpnRsync }).then(
      (socket) => {
        socket.on('error', () => {});
        socket.write(rsyncPreamble(target.volume ?? 'uploads', target.epoch));
        client.pipe(socket).pipe(client);
        socket.on('close', () => client.destroy());
        client.on('close', () => socket.destroy());
      },
      () => client.destroy(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A test that fails must not keep the process alive.
  server.unref();
  return { port: (server.address() as AddressInfo).port, close: () => server.close() };
};

export interface RsyncResult {
  readonly code: number | null;
  readonly output: string;
}

/** Runs the real rsync client; `{module}` in an argument becomes the daemon's URL up to the module. */
export const runRsync = async (
  port: number,
  args: readonly string[],
  { stdin = '', secret = password } = {},
): Promise<RsyncResult> => {
  const child = spawn(
    'rsync',
    args.map((arg) => arg.replace('{daemon}', `rsync://${username}@127.0.0.1:${port}/`)),
    { env: { ...process.env, RSYNC_PASSWORD: secret } },
  );
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  child.stdin.on('error', () => {});
  child.stdin.end(stdin, 'latin1');
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, output };
};

/** Waits until a condition holds; fails after a generous time. */
export const eventually = async (condition: () => boolean | Promise<boolean>, what: string): Promise<void> => {
  const until = Date.now() + 180_000;
  while (!(await condition())) {
    if (Date.now() > until) throw new Error(`wait: ${what} did not come true`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};
