import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
import { fingerprint } from '../../sidecar/protocol/fingerprint.ts';
import type { HashAnswer, HashRequest, ListAnswer, ListRequest } from '../../sidecar/protocol/verify.ts';
import { type Fixture, makeClientTls, startFixture } from '../../sidecar/receiver/testing/receiver-fixture.ts';
import { ModelReceiver } from '../simulation/models/model-receiver.ts';
import { fingerprintOf } from '../simulation/models/model-source.ts';
import { NodeClock } from '../simulation/world/node-clock.ts';
import { Scheduler } from '../simulation/world/scheduler.ts';
import { createRandom } from '../storm/random.ts';
import type { Disk } from './disk.ts';
import { ModelDisk } from './model-disk.ts';
import { RealDisk } from './real-disk.ts';

/** A receiver with its replica: the real one, or the simulation's model of it. */
export interface ReceiverUnderTest {
  readonly disk: Disk;
  takeLease(request: LeaseRequest): Promise<LeaseAnswer>;
  releaseLease(epoch: number): Promise<void>;
  rename(request: RenameRequest): Promise<RenameAnswer>;
  delete(request: DeleteRequest): Promise<DeleteAnswer>;
  reportPosition(report: PositionReport): Promise<PositionAnswer>;
  promote(request: PromoteRequest): Promise<void>;
  demote(request: DemoteRequest): Promise<void>;
  list(request: ListRequest): Promise<ListAnswer>;
  hash(request: HashRequest): Promise<HashAnswer>;
  fingerprint(path: string): Promise<EntryFingerprint | null>;
  /** The process ends and is started anew, on the same machine. */
  restart(): Promise<void>;
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
    reportPosition: (report) => client.reportPosition(report),
    promote: async (request) => void (await client.promote(request)),
    demote: async (request) => void (await client.demote(request)),
    list: (request) => client.list(request),
    hash: (request) => client.hash(request),
    fingerprint: (path) => fingerprint(data, path, { permissions: true, times: true, owners: true }),
    async restart() {
      await fixture.close();
      fixture = await startFixture({ directory });
      client = fixture.client(tls);
    },
    async close() {
      await fixture.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

export async function startModel(): Promise<ReceiverUnderTest> {
  const receiver = new ModelReceiver(new NodeClock(new Scheduler()), createRandom(1));
  return {
    disk: new ModelDisk(receiver.data),
    takeLease: async (request) => receiver.takeLease(request),
    releaseLease: async (epoch) => receiver.releaseLease(epoch),
    rename: async (request) => receiver.rename(request),
    delete: async (request) => receiver.delete(request),
    reportPosition: async (report) => receiver.reportPosition(report),
    promote: async (request) => receiver.promote(request),
    demote: async (request) => receiver.demote(request),
    list: async (request) => receiver.list(request),
    hash: async (request) => receiver.hash(request),
    fingerprint: async (path) => fingerprintOf(receiver.data, path),
    async restart() {
      receiver.stop();
      receiver.start();
    },
    async close() {},
  };
}
