import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { AgentHandle } from '../../sidecar/agent/main.ts';
import { waitUntilSettled } from '../../sidecar/agent/testing/agent-fixture.ts';
import { serveStill } from '../../sidecar/agent/testing/serve-still.ts';
import type { Receiver } from '../../sidecar/receiver/receiver.ts';
import { annotations } from '../../src/api/names.ts';
import { isApiServerBuilt } from '../cluster/apiserver.ts';
import { type ControlPlane, type KubeItem, startControlPlane } from './control-plane.ts';
import {
  applyUploads,
  type DataPlane,
  onThisMachine,
  settingsText,
  startDrReceiver,
  startSourceAgent,
  startSourcePod,
} from './data-plane.ts';
import { findCondition } from './objects.ts';

const skip = isApiServerBuilt(process.env) ? false : 'the programs of an apiserver are not in the cache';
const namespace = 'shop';

/** An application that writes all the time, but while it was told to be still: what it wrote then would be in the checkpoint. */
class Application {
  readonly orders: string[] = [];
  /** Told to be still it answers, and writes on. */
  isDeaf = false;
  /** What there was each time when it became still. */
  readonly stills: string[][] = [];
  readonly #directory: string;
  #timer: NodeJS.Timeout | undefined;
  #written = 0;

  constructor(directory: string) {
    this.#directory = directory;
  }

  obey(order: string): number {
    this.orders.push(order);
    if (order === 'GoOn') this.write();
    else if (!this.isDeaf) this.beStill();
    return 200;
  }

  write(): void {
    this.#timer ??= setInterval(() => writeFileSync(join(this.#directory, `file-${this.#written++}`), 'x'), 40);
  }

  beStill(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.stills.push(readdirSync(this.#directory).sort());
  }
}

/** A real apiserver, operator, receiver and agent; what a kubelet would do is done here. */
describe('consistent checkpoints through the operator', { skip }, () => {
  let plane: ControlPlane;
  let folder: string;
  let on: DataPlane;
  let receiver: Receiver | undefined;
  let agent: AgentHandle | undefined;
  let application: Application;
  let close: (() => void) | undefined;
  let asked = 0;
  const srep = (): Promise<KubeItem | undefined> => plane.get('srep', 'uploads', namespace);
  const checkpoint = async () => (await srep())?.status?.volumes?.[0]?.replicas[0].checkpoint;
  const awaitConsistent = (status: string) =>
    plane.until(`Consistent ${status}`, async () => {
      const found = findCondition(await srep(), 'Consistent');
      return found?.status === status ? found : undefined;
    });
  const eventOf = (reason: string) =>
    plane.until(`the Event ${reason}`, async () =>
      (await plane.list('events.events.k8s.io', namespace)).find((event) => event.reason === reason),
    );

  /** One checkpoint now, of which the agent hears as by its kubelet. */
  const ask = async (): Promise<void> => {
    const request = `request ${++asked}`;
    const value = `${annotations.checkpointRequestedAt}=${request}`;
    await plane.kubectl('annotate', 'srep', 'uploads', '-n', namespace, '--overwrite', value);
    const text = await plane.until('settings that ask for it', async () => {
      const found = await settingsText(on);
      return found?.includes(request) ? found : undefined;
    });
    await agent?.update(onThisMachine(on, JSON.parse(text)));
  };

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'syncreplica-checkpoints-'));
    for (const name of ['source', 'replica', 'state']) mkdirSync(join(folder, name));
    application = new Application(join(folder, 'source'));
    const still = await serveStill((order) => application.obey(order));
    close = still.close;
    plane = await startControlPlane();
    await applyUploads(plane, namespace, {
      targets: [{ name: 'dr', managed: { storage: '1Gi' }, history: { keep: '1h' } }],
      checkpoints: { schedule: '* * * * *', stillUrl: still.url, timeout: '10s' },
    });
    await plane.startOperator('operator-a');
    on = { plane, namespace, receiverHost: '127.83.0.30', folder };
    await startSourcePod(on);
    receiver = await startDrReceiver(on, { history: { keepMs: 3_600_000, maxSize: { percent: 50 } } });
    agent = await startSourceAgent(on);
    await waitUntilSettled(agent);
    application.write();
  });
  after(async () => {
    application?.beStill();
    close?.();
    await agent?.stop(100);
    await receiver?.stop();
    await plane?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test('by its schedule the application is asked to be still, the checkpoint is made, and the status says of when', async () => {
    const condition = await awaitConsistent('True');
    assert.equal(condition.reason, 'CheckpointMade');
    const { consistentTime, trouble } = await checkpoint();
    assert.equal(trouble, undefined);
    assert.ok(condition.message.includes(consistentTime));
    assert.equal(new Date(consistentTime).getUTCSeconds() < 30, true, 'the schedule says each full minute');
    assert.deepEqual(application.orders.slice(0, 2), ['BeStill', 'GoOn']);
  });

  test('one that answers and writes on has none: condition and Event say so, until it is still again', async () => {
    application.isDeaf = true;
    await ask();
    const missed = await awaitConsistent('False');
    assert.equal(missed.reason, 'CheckpointMissed');
    assert.match(
      missed.message,
      /^uploads on dr has no consistent checkpoint: the application wrote on after .*; the last one is of 2/,
    );
    assert.equal((await eventOf('CheckpointMissed')).type, 'Warning');
    application.isDeaf = false;
    await ask();
    await awaitConsistent('True');
    assert.equal((await eventOf('CheckpointMade')).type, 'Normal');
  });

  test('what is rolled back to it is what the application had when it was still, and nothing that came after', async () => {
    const before = (await checkpoint()).consistentTime;
    const stills = application.stills.length - 1;
    await ask();
    await plane.until('the next', async () => (await checkpoint())?.consistentTime > before);
    const written = readdirSync(join(folder, 'source')).length;
    await plane.until('more to be written', async () => readdirSync(join(folder, 'source')).length > written + 20);
    await plane.kubectl(
      ...['annotate', 'srep', 'uploads', '-n', namespace, '--overwrite', `${annotations.promote}=dr`],
      `${annotations.rollBackTo}=${new Date().toISOString()} consistent`,
    );
    await plane.until('the roll-back', async () => (await srep())?.status?.promotions?.[0]?.rolledBackTo);
    // That of a full minute may have come since: it is one of those, and whole.
    const held = readdirSync(join(folder, 'replica', 'data'))
      .sort()
      .join();
    const had = application.stills.slice(stills).map((names) => names.join());
    assert.ok(had.includes(held), `${held.length} characters of names, ${had.map((one) => one.length)}`);
  });
});
