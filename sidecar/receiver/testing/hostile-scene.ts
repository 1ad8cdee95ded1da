import { lstat, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type ControlClient, createControlClient } from '../../protocol/connection/control-client.ts';
import { receiverDestination, receiverPartialArgs, receiverTransferArgs } from '../../protocol/receiver-layout.ts';
import { lease, makeClientTls, openTunnel, runRsync, testUser } from './receiver-fixture.ts';
import { makeReceiverHome, startReceiverProcess } from './receiver-process.ts';

/** A receiver in a process of its own, and an attacker with good credentials for its volume. */
export interface Scene {
  readonly home: string;
  readonly source: string;
  readonly root: string;
  readonly port: number;
  readonly tunnel: number;
  readonly client: ControlClient;
  readonly epoch: number;
  /** Pushes `source` with further arguments to a place in the module. */
  push(args: readonly string[], place?: string): ReturnType<typeof runRsync>;
}

const secret = 'outside of the replica';

/** All that must stay as it is: everything beside `data`, and what clients may put into tmp and partial. */
export const outside = async (home: string): Promise<Record<string, string>> => {
  const files = ['secret', 'sibling/file', 'volume/.syncreplica/lease.json', 'certs/tls.key'];
  const texts = await Promise.all(files.map((file) => readFile(join(home, file), 'utf8')));
  const modes = await Promise.all(files.map(async (file) => (await lstat(join(home, file))).mode));
  const lists = await Promise.all(
    ['', 'sibling', 'volume', 'volume/.syncreplica'].map((path) => readdir(join(home, path))),
  );
  return { texts: texts.join('\n'), modes: modes.join(), lists: JSON.stringify(lists.map((names) => names.sort())) };
};

/** Sets the stage; it is cleared after the test. */
export const stage = async (context: TestContext, uid: number): Promise<Scene> => {
  const { home, certs, volume } = await makeReceiverHome(uid);
  await mkdir(join(home, 'sibling'), { mode: 0o777 });
  await writeFile(join(home, 'secret'), secret, { mode: 0o666 });
  await writeFile(join(home, 'sibling/file'), secret, { mode: 0o666 });
  const source = join(await mkdtemp(join(tmpdir(), 'hostile-')), 'source');
  await mkdir(source);
  await writeFile(join(source, 'plain'), 'harmless');
  const receiver = await startReceiverProcess({ directory: volume, certs }, { uid, tmp: join(home, 'tmp') });
  const tls = await makeClientTls();
  const client = createControlClient({
    host: '127.0.0.1',
    port: receiver.port,
    tls,
    volume: 'uploads',
    user: testUser,
  });
  const { epoch, root } = await client.takeLease(lease('attacker'));
  const tunnel = await openTunnel({ port: receiver.port, tls, epoch });
  context.after(async () => {
    client.close();
    tunnel.close();
    await receiver.end('SIGTERM');
    await rm(home, { recursive: true });
    await rm(join(source, '..'), { recursive: true });
  });
  const push: Scene['push'] = (args, place = receiverDestination('uploads', root)) => {
    const named = args.some((arg) => arg.startsWith('--temp-dir') || arg.startsWith('--partial-dir'));
    const ours = named ? [] : [...receiverTransferArgs(root), ...receiverPartialArgs(root, 'plain', false)];
    return runRsync(tunnel.port, ['-rlpt', ...ours, ...args, `${source}/`, `{daemon}${place}`], {
      stdin: 'to-sibling/planted\n',
    });
  };
  return { home, source, root, port: receiver.port, tunnel: tunnel.port, client, epoch, push };
};
