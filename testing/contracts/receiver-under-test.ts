import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type {
  DeleteAnswer,
  DeleteRequest,
  DemoteRequest,
  EntryFingerprint,
  LeaseAnswer,
  LeaseRequest,
  PositionAnswer,
  PositionReport,
  PromoteRequest,
  RenameAnswer,
  RenameRequest,
} from '../../sidecar/protocol/control.ts';
import type { CopyAnswer, CopyRequest } from '../../sidecar/protocol/copy.ts';
import { fingerprint } from '../../sidecar/protocol/entries/fingerprint.ts';
import type { KeptAnswer, UndeleteAnswer, UndeleteRequest } from '../../sidecar/protocol/past/kept.ts';
import type { SmallFilesAnswer, SmallFilesRequest } from '../../sidecar/protocol/small-files.ts';
import type { HashAnswer, HashRequest, ListAnswer, ListRequest } from '../../sidecar/protocol/verify.ts';
import { type Fixture, makeClientTls, startFixture } from '../../sidecar/receiver/testing/receiver-fixture.ts';
import { digestOf } from '../simulation/models/copies.ts';
import { ModelReceiver } from '../simulation/models/model-receiver.ts';
import { fingerprintOf } from '../simulation/models/model-source.ts';
import { contentOf } from '../simulation/models/small-files.ts';
import { NodeClock } from '../simulation/world/node-clock.ts';
import { Scheduler } from '../simulation/world/scheduler.ts';
import { createRandom } from '../storm/random.ts';
import { type Disk, paddedPiece } from './disk.ts';
import { ModelDisk } from './model-disk.ts';
import { RealDisk } from './real-disk.ts';

/** A receiver with its replica: the real one, or the simulation's model of it. */
export interface ReceiverUnderTest {
  readonly disk: Disk;
  takeLease(request: LeaseRequest): Promise<LeaseAnswer>;
  releaseLease(epoch: number): Promise<void>;
  rename(request: RenameRequest): Promise<RenameAnswer>;
  delete(request: DeleteRequest): Promise<DeleteAnswer>;
  listKept(): Promise<KeptAnswer>;
  undelete(request: UndeleteRequest): Promise<UndeleteAnswer>;
  reportPosition(report: PositionReport): Promise<PositionAnswer>;
  promote(request: PromoteRequest): Promise<void>;
  demote(request: DemoteRequest): Promise<void>;
  list(request: ListRequest): Promise<ListAnswer>;
  hash(request: HashRequest): Promise<HashAnswer>;
  writeSmallFiles(request: SmallFilesRequest): Promise<SmallFilesAnswer>;
  copy(request: CopyRequest): Promise<CopyAnswer>;
  /** The hash of a file of these words. */
  digestOf(pieces: readonly string[]): string;
  /** What a small file of these words has on the way. */
  contentOf(pieces: readonly string[]): string;
  fingerprint(path: string): Promise<EntryFingerprint | null>;
  /** The process ends and is started anew, on the same machine. */
  restart(): Promise<void>;
  /** It is started anew after another boot of its machine. */
  reboot(): Promise<void>;
  close(): Promise<void>;
}

export async function startReal(): Promise<ReceiverUnderTest> {
  const directory = mkdtempSync(join(tmpdir(), 'receiver-contract-'));
  let fixture: Fixture = await startFixture({ directory });
  // Of an agent of the same installation: it may also say that the replica is in use.
  const tls = await makeClientTls(['uploads'], { namespace: 'shop', name: 'uploads' });
  let client = fixture.client(tls);
  const data = join(directory, 'data');
  return {
    disk: new RealDisk(data),
    takeLease: (request) => client.takeLease(request),
    releaseLease: (epoch) => client.releaseLease(epoch),
    rename: (request) => client.rename(request),
    delete: (request) => client.delete(request),
    listKept: () => client.listKept(),
    undelete: (request) => client.undelete(request),
    reportPosition: (report) => client.reportPosition(report),
    promote: async (request) => void (await client.promote(request)),
    demote: async (request) => void (await client.demote(request)),
    list: (request) => client.list(request),
    hash: (request) => client.hash(request),
    writeSmallFiles: (request) => client.writeSmallFiles(request),
    copy: (request) => client.copy(request),
    digestOf: (pieces) => createHash('sha256').update(pieces.map(paddedPiece).join('')).digest('base64url'),
    contentOf: (pieces) => Buffer.from(pieces.map(paddedPiece).join('')).toString('base64url'),
    fingerprint: (path) => fingerprint(data, path, { permissions: true, times: true, owners: true }),
    async restart() {
      await fixture.close();
      fixture = await startFixture({ directory });
      client = fixture.client(tls);
    },
    async reboot() {
      await fixture.close();
      // All that it knows of the boot before.
      const lease = join(directory, '.syncreplica', 'lease.json');
      writeFileSync(lease, JSON.stringify({ ...JSON.parse(readFileSync(lease, 'utf8')), bootId: 'before' }));
      fixture = await startFixture({ directory });
      client = fixture.client(tls);
    },
    async close() {
      await fixture.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** The same for what takes its time. */
async function settle<T>(scheduler: Scheduler, answer: T | Promise<T>): Promise<T> {
  let isOver = false;
  const over = Promise.resolve(answer).finally(() => {
    isOver = true;
  });
  while (!isOver) {
    await nextTurn();
    scheduler.step();
  }
  return over;
}

/** Nothing else happens meanwhile. */
function finish<T>(steps: Iterator<unknown, T>): T {
  for (;;) {
    const next = steps.next();
    if (next.done) return next.value;
  }
}

export async function startModel(): Promise<ReceiverUnderTest> {
  const scheduler = new Scheduler();
  const receiver = new ModelReceiver(new NodeClock(scheduler), createRandom(1));
  return {
    disk: new ModelDisk(receiver.data),
    takeLease: async (request) => receiver.takeLease(request),
    releaseLease: async (epoch) => receiver.releaseLease(epoch),
    rename: async (request) => receiver.rename(request),
    delete: async (request) => settle(scheduler, receiver.kept.delete(request)),
    listKept: () => receiver.kept.list(),
    undelete: ({ epoch, id }) => receiver.kept.undelete(epoch, id),
    reportPosition: async (report) => receiver.reportPosition(report),
    promote: async (request) => receiver.promote(request),
    demote: async (request) => receiver.demote(request),
    list: async (request) => receiver.list(request),
    hash: async (request) => receiver.hash(request),
    writeSmallFiles: async (request) => finish(receiver.writeSmallFiles(request)),
    copy: async (request) => finish(receiver.copy(request)),
    digestOf,
    contentOf,
    fingerprint: async (path) => fingerprintOf(receiver.data, path),
    async restart() {
      receiver.stop();
      receiver.start();
    },
    async reboot() {
      receiver.cutPower();
      receiver.start();
    },
    async close() {},
  };
}
