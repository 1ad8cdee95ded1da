import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AgentHandle } from '../../sidecar/agent/main.ts';
import { waitUntilSettled } from '../../sidecar/agent/testing/agent-fixture.ts';
import type { Receiver } from '../../sidecar/receiver/receiver.ts';
import { annotations, labels } from '../../src/api/names.ts';
import { isApiServerBuilt } from '../cluster/apiserver.ts';
import { foreignSchemas } from '../docs/foreign-kinds.ts';
import {
  type ControlPlane,
  type KubeItem,
  type OperatorProcess,
  startControlPlane,
  untilEstablished,
} from './control-plane.ts';
import { applyUploads, type DataPlane, startDrReceiver, startSourceAgent, startSourcePod } from './data-plane.ts';
import { findCondition } from './objects.ts';

const skip = isApiServerBuilt(process.env) ? false : 'the programs of an apiserver are not in the cache';
const namespace = 'shop';
const hour = 3_600_000;

/** A real apiserver with the snapshots' own schema, operator, receiver and agent; the snapshot controller and the driver are played. */
describe('snapshots of a target’s claim', { skip }, () => {
  let plane: ControlPlane;
  let operator: OperatorProcess;
  let folder: string;
  let on: DataPlane;
  let receiver: Receiver | undefined;
  let agent: AgentHandle | undefined;
  const source = (): string => join(folder, 'source');
  const data = (): string[] => readdirSync(join(folder, 'replica', 'data')).sort();
  const srep = (): Promise<KubeItem | undefined> => plane.get('srep', 'uploads', namespace);
  const row = async () => (await srep())?.status?.snapshots?.[0];
  const snapshots = () => plane.list('volumesnapshots.snapshot.storage.k8s.io', namespace);
  /** Any edit has it looked at. */
  const look = () =>
    plane.kubectl('annotate', 'srep', 'uploads', '-n', namespace, '--overwrite', `look=${performance.now()}`);
  const awaitCondition = (reason: string) =>
    plane.until(`SnapshotsTaken ${reason}`, async () => {
      const found = findCondition(await srep(), 'SnapshotsTaken');
      return found?.reason === reason ? found : undefined;
    });
  /** Cuts the next snapshot that somebody asks for; what the target held as it was asked for, and some time later. */
  const cut = async (): Promise<{ readonly name: string; readonly first: string[]; readonly last: string[] }> => {
    const open = await plane.until('a snapshot to be asked for', async () =>
      (await snapshots()).find(({ status }) => status === undefined),
    );
    const first = data();
    await sleep(1_500);
    const last = data();
    const { name } = open.metadata;
    const status = { creationTime: new Date().toISOString(), readyToUse: true, boundVolumeSnapshotContentName: name };
    const patch = ['--subresource=status', '--type=merge', '-p', JSON.stringify({ status })];
    await plane.kubectl('patch', 'volumesnapshots.snapshot.storage.k8s.io', name, '-n', namespace, ...patch);
    return { name, first, last };
  };
  const marked = (name: string) =>
    plane.until('it to be marked', async () => {
      const found = await plane.get('volumesnapshots.snapshot.storage.k8s.io', name, namespace);
      return found?.metadata.annotations?.[annotations.atCheckpoint];
    });
  /** As if it had been taken so long ago. */
  const age = (name: string, ms: number) =>
    plane.kubectl(
      ...['annotate', 'volumesnapshots.snapshot.storage.k8s.io', name, '-n', namespace, '--overwrite'],
      `${annotations.takenAt}=${new Date(Date.now() - ms).toISOString()}`,
    );

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'syncreplica-snapshots-'));
    for (const name of ['source', 'replica', 'state']) mkdirSync(join(folder, name));
    plane = await startControlPlane({ snapshots: true });
    const managed = { storage: '1Gi' };
    await applyUploads(plane, namespace, {
      targets: [{ name: 'dr', managed, snapshots: { schedule: '@hourly', keep: 2, className: 'csi' } }],
    });
    operator = await plane.startOperator('operator-a');
    on = { plane, namespace, receiverHost: '127.83.0.29', folder };
    await startSourcePod(on);
    receiver = await startDrReceiver(on);
    agent = await startSourceAgent(on);
    writeFileSync(join(source(), 'first'), 'x');
    await waitUntilSettled(agent);
  });
  after(async () => {
    await agent?.stop(100);
    await receiver?.stop();
    await plane?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test('a cluster without snapshots is told what it lacks, and replicates on', async () => {
    const condition = await awaitCondition('SnapshotsNotServed');
    assert.match(condition.message, /serves no snapshot\.storage\.k8s\.io\/v1; install/);
    assert.equal(condition.status, 'False');
    writeFileSync(join(source(), 'second'), 'x');
    await plane.until('replication to go on', async () => data().includes('second'));
  });

  test('once it has them one is taken at a checkpoint, with writes held until it was cut', async () => {
    const [schema = ''] = (await foreignSchemas()).filter((text) => /plural: volumesnapshots$/m.test(text));
    const file = join(folder, 'crd.yaml');
    writeFileSync(file, schema);
    await plane.kubectl('apply', '--server-side', '-f', file);
    await untilEstablished(plane, '-f', file);
    await plane.until('it was compared', async () => {
      const [volume] = (await srep())?.status?.volumes ?? [];
      return volume?.replicas[0].lastFullPassTime !== undefined;
    });
    await look();
    const { name } = await cut();
    assert.equal(await marked(name), 'true');
    const made = (await snapshots())[0];
    assert.deepEqual(made?.spec, {
      source: { persistentVolumeClaimName: 'data-uploads-dr-0' },
      volumeSnapshotClassName: 'csi',
    });
    assert.equal(made?.metadata.labels?.[labels.target], 'dr');
    assert.ok(made && !('ownerReferences' in made.metadata), 'it outlives the SyncReplica');
    await awaitCondition('SnapshotsReady');
    const { takenAt: _, ...rest } = await row();
    assert.deepEqual(rest, { target: 'dr', names: [name], atCheckpoint: true, ready: 1 });
    const [last = 0] = (await operator.metrics('syncreplica_last_snapshot_timestamp_seconds')).values();
    assert.equal(new Date(last * 1000).toISOString(), (await row()).takenAt);
    const events = await plane.list('events.events.k8s.io', namespace);
    assert.ok(
      events.some(({ reason, note }) => reason === 'SnapshotTaken' && /the target was its source then/.test(note)),
    );
    writeFileSync(join(source(), 'third'), 'x');
    await plane.until('writes to go on', async () => data().includes('third'));
  });

  test('while the source never rests it is held too, and said to be at no checkpoint; old ones go', async (t) => {
    const [first] = await snapshots();
    await age(first?.metadata.name ?? '', 3 * hour);
    let written = 0;
    const big = Buffer.alloc(16 * 1024 * 1024);
    const writing = setInterval(() => {
      writeFileSync(join(source(), `file-${written++}`), 'y');
      // A small one is there before the next is made; this one is on its way all the time.
      if (written % 4 === 0) writeFileSync(join(source(), 'big'), big.fill(written));
    }, 20);
    t.after(() => clearInterval(writing));
    await look();
    const { name, first: early, last } = await cut();
    assert.deepEqual(last, early, 'nothing was written while it was cut');
    assert.equal(await marked(name), 'something was on its way for 15 s');
    await plane.until('writes to go on', async () => data().length > last.length + 10);
    clearInterval(writing);
    const condition = await awaitCondition('SnapshotsReady');
    await plane.until('its word of the checkpoint', async () =>
      /at no checkpoint/.test(findCondition(await srep(), 'SnapshotsTaken')?.message ?? ''),
    );
    assert.equal(condition.status, 'True');
    await age(name, 2 * hour);
    await look();
    const { name: third } = await cut();
    await marked(third);
    await look();
    await plane.until('the oldest to go', async () => (await snapshots()).length === 2);
    assert.deepEqual((await snapshots()).map(({ metadata }) => metadata.name).sort(), [name, third].sort());
  });

  test('an operator that is killed as it takes one leaves writes held for half a minute at most, and the mark says so', async () => {
    for (const { metadata } of await snapshots()) await age(metadata.name, 2 * hour);
    await look();
    const open = await plane.until('a snapshot to be asked for', async () =>
      (await snapshots()).find(({ status }) => status === undefined),
    );
    operator.kill('SIGKILL');
    await operator.exited;
    writeFileSync(join(source(), 'after-the-kill'), 'x');
    await plane.until('writes to go on by themselves', async () => data().includes('after-the-kill'));
    await age(open.metadata.name, hour / 10);
    operator = await plane.startOperator('operator-b');
    assert.match(await marked(open.metadata.name), /the operator that took it was cut off/);
  });
});
