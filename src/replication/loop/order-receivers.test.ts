import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createControlClient } from '../../../sidecar/protocol/connection/control-client.ts';
import { createReceiver } from '../../../sidecar/receiver/receiver.ts';
import { lease, makeClientTls, testAuthority, testUser } from '../../../sidecar/receiver/testing/receiver-fixture.ts';
import { labels, ports, receiverVolume } from '../../api/names.ts';
import { issueServerCertificate } from '../../certificates/authority.ts';
import { systemClock } from '../../process/clock.ts';
import { silentLogger } from '../../process/log/logger.ts';
import { createReports, reporterKey } from '../reports/reports.ts';
import { orderReceivers } from './order-receivers.ts';

const began = 1_000_000_000_000;
const namespace = 'shop';

test('no receiver is rolled back where another one of its target has kept too little', async (t) => {
  const ca = await testAuthority();
  const names = [0, 1].map((ordinal) => `uploads-dr-${ordinal}`);
  const volumes = names.map((_, ordinal) => receiverVolume(namespace, 'uploads', 'dr', ordinal));
  const tls = await makeClientTls(volumes);
  const hostOf = (ordinal: number) => `127.84.7.${ordinal + 1}`;
  const pods = names.map((name, ordinal) => ({
    metadata: {
      ...{ namespace, name },
      labels: { [labels.component]: 'receiver', [labels.replica]: 'uploads', [labels.target]: 'dr' },
    },
    status: { podIP: hostOf(ordinal), containerStatuses: [{ name: 'receiver', state: { running: {} } }] },
  }));
  for (const [ordinal, name] of names.entries()) {
    const directory = mkdtempSync(join(tmpdir(), 'order-'));
    const servername = `${name}.uploads-dr-pods.${namespace}.svc`;
    const pair = await issueServerCertificate(ca, { names: [servername] });
    const host = hostOf(ordinal);
    const receiver = createReceiver({
      ...{ directory, host, port: ports.receiver, volume: volumes[ordinal] ?? '' },
      credentials: { ca: ca.cert, ...pair, ...testUser },
      history: { keepMs: 3_600_000, maxSize: { percent: 50 } },
      // The second one is ten seconds younger.
      clock: { ...systemClock, now: () => began + ordinal * 10_000 },
    });
    await receiver.start();
    const address = { host, port: ports.receiver, servername, tls, volume: volumes[ordinal] ?? '', user: testUser };
    const client = createControlClient(address);
    await client.takeLease({ ...lease('test', 0, true), preserves: true });
    t.after(async () => {
      client.close();
      await receiver.stop();
      rmSync(directory, { recursive: true });
    });
  }
  const reports = createReports();
  const statusOf = (pod: string) =>
    reports.receiver(reporterKey({ kind: 'receiver', namespace, pod, replica: 'uploads' }));
  const order = (atMs: number) => {
    const observed = {
      replica: { metadata: { namespace, name: 'uploads' } },
      pods,
      receivers: new Map(names.flatMap((pod) => [[pod, statusOf(pod)]] as const)),
    };
    const to = { atMs, which: 'any' } as const;
    const orders = names.map((pod, ordinal) => ({
      ...{ kind: 'rollBack' as const, pod, target: 'dr', ordinal, lineage: 'claim', by: 'me', to },
    }));
    const material = {
      bundle: ca.cert,
      receivers: new Map([['dr', { credential: testUser }]]),
      agents: new Map(names.map((name) => [name, { client: tls }])),
    };
    return orderReceivers(
      { clock: systemClock, logger: silentLogger, reports, nudge: async () => {} },
      observed as never,
      orders,
      { volumes: names.map((name, ordinal) => ({ name, ordinal })) as never, material: material as never },
    );
  };
  const wished = () => names.map((pod) => statusOf(pod)?.status.promoted?.rolledBack?.wished);

  const troubles = await order(began + 5_000);
  assert.deepEqual([...troubles.keys()], ['uploads-dr-1']);
  assert.match(troubles.get('uploads-dr-1') ?? '', /^go back to .* there is no moment that old/);
  assert.deepEqual(
    names.map((pod) => statusOf(pod)?.status.promoted ?? null),
    [null, null],
  );

  assert.deepEqual(await order(began + 20_000), new Map());
  assert.deepEqual(wished(), [began + 20_000, began + 20_000]);

  // What is fenced already is not held up.
  assert.deepEqual([...(await order(began + 6_000)).keys()], ['uploads-dr-1']);
  assert.deepEqual(wished(), [began + 6_000, began + 20_000]);
});
