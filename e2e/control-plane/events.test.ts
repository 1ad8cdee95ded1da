import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createClusterClient } from '../../src/cluster/client.ts';
import { type Connection, connect, loadKubeConfig } from '../../src/cluster/connection.ts';
import { createEventEmitter, type EventToEmit } from '../../src/cluster/event-emitter.ts';
import { silentLogger } from '../../src/process/log/logger.ts';
import { createManualClock } from '../../src/process/manual-clock.ts';
import { isApiServerBuilt } from '../cluster/apiserver.ts';
import { type ControlPlane, startControlPlane } from './control-plane.ts';

const skip = isApiServerBuilt(process.env) ? false : 'the programs of an apiserver are not in the cache';
const event: EventToEmit = {
  regarding: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'default', name: 'web' },
  related: { apiVersion: 'syncreplica.io/v1alpha1', kind: 'SyncReplica', namespace: 'default', name: 'uploads' },
  type: 'Warning',
  reason: 'SidecarMissing',
  action: 'Inject',
  note: 'web-1 started without an agent',
};

describe('Events on a real apiserver', { skip }, () => {
  let plane: ControlPlane;
  let connection: Connection;
  before(async () => {
    plane = await startControlPlane();
    process.env.KUBECONFIG = plane.server.kubeconfig;
    connection = connect(loadKubeConfig());
  });
  after(async () => {
    connection?.close();
    await plane?.stop();
  });

  test('what happens again is counted in the Event that is there, or told anew where it is gone', async () => {
    const clock = createManualClock(Date.now());
    const client = createClusterClient(connection);
    const emitter = createEventEmitter(client, { instance: 'operator-0', clock, logger: silentLogger });
    const written = () => plane.list('events.events.k8s.io', 'default');
    for (let times = 0; times < 3; times++) {
      await emitter.emit(event);
      clock.advance(30_000);
    }
    const [one, ...others] = (await written()).filter(({ reason }) => reason === event.reason);
    assert.deepEqual([others.length, one?.series.count, one?.regarding.name], [0, 3, 'web']);
    await plane.kubectl('delete', 'event', one?.metadata.name ?? '', '-n', 'default');
    // A count is written once a minute.
    clock.advance(30_000);
    await emitter.emit(event);
    const again = (await written()).filter(({ reason }) => reason === event.reason);
    assert.deepEqual(
      again.map(({ note }) => note),
      [event.note],
    );
  });
});
