import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { systemClock } from '../../../src/process/clock.ts';
import { compareTrees } from '../../../testing/trees/compare-trees.ts';
import type { ControlClient } from '../../protocol/connection/control-client.ts';
import { FrameRsync } from '../../protocol/connection/framed-rsync.ts';
import { createHistoryClient, type HistoryClient } from '../../protocol/connection/history-client.ts';
import { connectReceiver } from '../../protocol/connection/tls-connect.ts';
import { alpnRsync, rsyncPreamble } from '../../protocol/control.ts';
import type { ReceiverOptions } from '../receiver.ts';
import { type Fixture, lease, startFixture, testUser } from './receiver-fixture.ts';

const settings = { keepMs: 3_600_000, maxSize: { percent: 50 } } as const;
export const coded = (path: string): string => Buffer.from(path, 'latin1').toString('base64url');
export const decoded = (text: string): string => Buffer.from(text, 'base64url').toString('latin1');

/** A receiver with a history; the test is its writer, and changes the replica as rsync does. */
export class Scene {
  readonly base = mkdtempSync(join(tmpdir(), 'history-'));
  readonly root = join(this.base, 'volume');
  readonly data = join(this.root, 'data');
  readonly state = join(this.root, '.syncreplica');
  now = 1_000_000_000_000;
  receiver!: Fixture;
  client!: ControlClient;
  history!: HistoryClient;
  epoch = 0;

  async open(options: Partial<ReceiverOptions> = { history: settings }): Promise<this> {
    mkdirSync(this.root, { recursive: true });
    const clock = { ...systemClock, now: () => this.now };
    this.receiver = await startFixture({ directory: this.root, clock, ...options });
    const { port, tls } = this.receiver;
    this.client = this.receiver.client();
    this.history = createHistoryClient({ host: '127.0.0.1', port, tls, volume: 'uploads', user: testUser });
    return this;
  }

  async lead(): Promise<void> {
    const answer = await this.client.takeLease({ ...lease('test', 0, true), preserves: true });
    this.epoch = answer.epoch;
  }

  async close(): Promise<void> {
    this.history.close();
    await this.receiver.close();
  }

  /** As an agent names what a run is about to send; the run itself asks for nothing. */
  async preserve(paths: readonly string[], directories: readonly string[] = []): Promise<void> {
    this.now += 1_000;
    const all = [...paths, ...directories];
    const { port, tls } = this.receiver;
    const socket = await connectReceiver({ host: '127.0.0.1', port, tls, alpn: alpnRsync });
    socket.write(rsyncPreamble('uploads', this.epoch, true));
    const frames = new FrameRsync();
    frames.pipe(socket);
    frames.preserve({ paths: all.map(coded), directories: directories.map((_, index) => paths.length + index) });
    frames.write('@RSYNCD: 31.0\n#list\n');
    // The daemon ends once it has been let through to it.
    await once(socket.resume(), 'end');
    socket.destroy();
  }

  /** As rsync puts a file there: another file takes the place. */
  async write(path: string, text: string): Promise<void> {
    await this.preserve([path]);
    const place = (name: string): Buffer => Buffer.from(join(this.data, name), 'latin1');
    writeFileSync(place(`${path}.new`), text);
    renameSync(place(`${path}.new`), place(path));
  }

  async makeDirectory(path: string): Promise<void> {
    await this.preserve([], [path]);
    mkdirSync(join(this.data, path));
  }

  async erase(paths: readonly string[], keep?: string): Promise<void> {
    this.now += 1_000;
    const kept = keep === undefined ? {} : { keep: { id: keep, reason: 'Mass', forMs: 5_000 } };
    await this.client.delete({ epoch: this.epoch, paths: paths.map(coded), ...kept });
  }

  /** What the replica is now; a copy of it to be compared with. */
  async checkpoint(name: string): Promise<{ at: number; tree: string }> {
    this.now += 1_000;
    const position = { epoch: this.epoch, sequence: this.now };
    const { operation = 0 } = await this.client.reportPosition({ position, lagMs: 0 });
    await this.client.checkpoint({ position, operation });
    const tree = join(this.base, name);
    execFileSync('cp', ['-a', this.data, tree]);
    const at = this.now;
    this.now += 1_000;
    return { at, tree };
  }

  async rollBack(at: number) {
    this.now += 1_000;
    return this.history.rollBack({ at, checkpoint: true, by: 'test' });
  }
}

export const startScene = async (
  context: TestContext,
  options: Partial<ReceiverOptions> = { history: settings },
): Promise<Scene> => {
  const made = await new Scene().open(options);
  await made.lead();
  context.after(async () => {
    await made.close();
    rmSync(made.base, { recursive: true, force: true });
  });
  return made;
};

export const assertSame = async (expected: string, actual: string): Promise<void> =>
  assert.deepEqual(await compareTrees(expected, actual, { hardLinks: true, root: true }), []);
