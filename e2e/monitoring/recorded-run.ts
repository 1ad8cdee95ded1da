import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type AgentHandle, runAgent } from '../../sidecar/agent/main.ts';
import { waitUntilSettled } from '../../sidecar/agent/testing/agent-fixture.ts';
import { createReceiver, type Receiver } from '../../sidecar/receiver/receiver.ts';
import { receiverVolume } from '../../src/api/names.ts';
import type { TargetSettings } from '../../src/api/settings/replication-settings.ts';
import { toReplicationSettings } from '../../src/api/settings/to-replication-settings.ts';
import { makeCredentials } from '../../src/cli/certificates/write-certificates.ts';
import { replicaFromOptions } from '../../src/cli/parse/replica-from-options.ts';
import { createWebhookMetrics } from '../../src/inject/webhook/webhook-metrics.ts';
import { systemClock } from '../../src/process/clock.ts';
import { type ProbeServer, startProbeServer } from '../../src/process/http-server.ts';
import { silentLogger } from '../../src/process/log/logger.ts';
import { exposeBuildInfo } from '../../src/process/metrics/build-info.ts';
import { createMetricsRegistry } from '../../src/process/metrics/metrics-registry.ts';
import { receiverSeries } from '../../src/replication/desired/receivers/receiver-series.ts';
import { createReplicationMetrics } from '../../src/replication/loop/replication-metrics.ts';
import type { ReplicaRow } from '../../src/replication/states/replica-rows.ts';
import { createQueue } from '../../src/runtime/queue.ts';
import { createQueueMetrics } from '../../src/runtime/queue-metrics.ts';
import { exposeCertificateExpiry } from '../../src/trust/certificate-source.ts';
import { waitFor } from '../cluster/wait.ts';

const host = '127.0.0.1';
const names = { namespace: 'shop', replica: 'uploads', volume: 'uploads' } as const;
const targets = ['dr', 'offsite'] as const;
const volumeAt = (target: string): string => receiverVolume(names.namespace, names.replica, target, 0);

/** Where each program shows its metrics, with the labels that a scrape of the chart's monitors adds. */
export interface Exposed {
  readonly port: number;
  readonly labels: Readonly<Record<string, string>>;
}

export interface RecordedRun {
  readonly exposed: readonly Exposed[];
  /** Bytes that the agent's status says were sent, by target. */
  sentBytes(): ReadonlyMap<string, number>;
  /** Writes, renames and deletes; a target that is cut off meanwhile and comes back; one that rotted, and is verified. */
  live(): Promise<void>;
  /** Files of so many bytes appear whole, by a rename; resolves when every target has them. */
  moveIn(sizes: readonly number[]): Promise<void>;
  stop(): Promise<void>;
}

/** Agent and receivers as they are, and the operator's own series fed by what the agent reports, on loopback. */
export const startRecordedRun = async (): Promise<RecordedRun> => {
  const folder = mkdtempSync(join(tmpdir(), 'syncreplica-recorded-'));
  const source = join(folder, 'source');
  mkdirSync(source);
  const credentials = await makeCredentials({ hosts: [host], volumes: targets.map(volumeAt) });
  const receivers = new Map<string, Receiver>();
  const startReceiver = async (name: string, port = 0, metricsPort = 0) => {
    const receiver = createReceiver({
      directory: join(folder, name),
      volume: volumeAt(name),
      host,
      port,
      credentials: credentials.receiver,
      metrics: { host, port: metricsPort, labels: join(folder, `${name}.json`) },
      history: { keepMs: 3_600_000, maxSize: { percent: 50 } },
      logger: silentLogger,
    });
    receivers.set(name, receiver);
    return receiver.start();
  };
  const settings: TargetSettings[] = [];
  const exposed: Exposed[] = [];
  const places = new Map<string, { port: number; metricsPort: number }>();
  for (const name of targets) {
    mkdirSync(join(folder, name));
    // What the operator writes into a receiver's Secret.
    const identity = { namespace: names.namespace, name: names.replica, uid: 'uid-1' };
    writeFileSync(join(folder, `${name}.json`), receiverSeries(identity, name, [{ name: names.volume, ordinal: 0 }]));
    const { port, metricsPort } = await startReceiver(name);
    places.set(name, { port, metricsPort: metricsPort ?? 0 });
    const { ca, cert, key, username, password } = credentials.agent;
    settings.push({
      kind: 'receiver',
      name,
      host,
      port,
      volume: volumeAt(name),
      username,
      password,
      tls: { ca, cert, key },
    });
    exposed.push({ port: metricsPort ?? 0, labels: { pod: `uploads-${name}-0` } });
  }
  const { behaviour } = await replicaFromOptions({ source, target: [join(folder, 'dr')] }, folder);
  const replication = {
    ...toReplicationSettings(behaviour, { generation: 1, mount: source, targets: settings }),
    labels: { replica_namespace: names.namespace, replica: names.replica, volume: names.volume },
  };
  const agent = await runAgent({
    settings: replication,
    stateDir: join(folder, 'state'),
    metrics: { host, port: 0 },
    logger: silentLogger,
  });
  await agent.ready;
  exposed.push({ port: agent.metricsPort ?? 0, labels: { pod: 'web-1' } });
  const operator = await startOperatorSeries(agent, credentials.agent.cert);
  exposed.push({ port: operator.port, labels: { pod: 'syncreplica-0' } });
  return {
    exposed,
    sentBytes: () => new Map(agent.status().replicas.map(({ target, transferredBytes }) => [target, transferredBytes])),
    async live() {
      await write(source, 'before', 12);
      await receivers.get('offsite')?.stop();
      await write(source, 'meanwhile', 14);
      const place = places.get('offsite');
      await startReceiver('offsite', place?.port, place?.metricsPort);
      await write(source, 'after', 6);
      const patience = { timeoutMs: 60_000, everyMs: 200 };
      const isInSync = async () => agent.status().replicas.every(({ inSync }) => inSync);
      await waitFor('every target to be in sync', isInSync, patience);
      rot(join(folder, 'dr', 'data', 'after-20'), join(source, 'after-20'));
      const verify = { metadata: 'Continuous', mode: 'Checksum', repair: true } as const;
      await agent.update({ ...replication, generation: 2, verify, requests: { verify: 'now' } });
      const isVerified = async () =>
        agent.status().replicas.every(({ verification }) => verification?.answered === 'now') &&
        agent.status().replicas.some(({ verification }) => (verification?.repaired ?? 0) > 0);
      await waitFor('what rotted to be mended', isVerified, patience);
      // Four scrapes, of which a rate is made.
      await sleep(5_000);
    },
    async moveIn(sizes) {
      const outside = join(folder, 'outside');
      mkdirSync(outside);
      sizes.forEach((size, index) => {
        writeFileSync(join(outside, `${index}`), randomBytes(size));
        renameSync(join(outside, `${index}`), join(source, `moved-in-${index}`));
      });
      const hasAll = (name: string): boolean =>
        sizes.every((_, index) => existsSync(join(folder, name, 'data', `moved-in-${index}`)));
      await waitFor('what was moved in', async () => targets.every(hasAll), { timeoutMs: 60_000, everyMs: 100 });
      await waitUntilSettled(agent);
    },
    async stop() {
      await operator.close();
      await agent.stop(1_000);
      await Promise.all([...receivers.values()].map((receiver) => receiver.stop()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

/** Some work every quarter of a second, as an application does it, for so many seconds: a recording needs its time. */
const write = async (source: string, name: string, seconds: number): Promise<void> => {
  for (let step = 0; step < seconds * 4; step++) {
    const file = join(source, `${name}-${step}`);
    writeFileSync(file, Buffer.alloc(20_000 + ((step * 7919) % 200_000), step));
    // What has been sent by now is moved and deleted there too.
    const old = join(source, `${name}-${step - 12}`);
    if (step >= 12 && step % 4 === 1) renameSync(old, `${old}.moved`);
    if (step >= 12 && step % 4 === 3) rmSync(old);
    await sleep(250);
  }
};

/** Other content in the same bytes, with the same times. */
const rot = (file: string, original: string): void => {
  writeFileSync(file, Buffer.alloc(statSync(file).size, 'rot'));
  execFileSync('touch', ['-r', original, file]);
};

/** The operator's registry, made by its own code, with rows such as its decision would make of the agent's status. */
const startOperatorSeries = async (agent: AgentHandle, cert: string): Promise<ProbeServer> => {
  const registry = createMetricsRegistry();
  exposeBuildInfo(registry, 'operator', 'test');
  const metrics = createReplicationMetrics(registry, systemClock);
  metrics.leading(true);
  const queue = createQueue({
    clock: systemClock,
    random: Math.random,
    backoff: { initialMs: 250, maxMs: 60_000 },
    metrics: createQueueMetrics(registry, systemClock)('syncreplica'),
  });
  const webhook = createWebhookMetrics(registry);
  exposeCertificateExpiry(registry, { webhook: () => cert });
  const look = async (): Promise<void> => {
    queue.add('shop/uploads');
    const key = await queue.take();
    const begun = performance.now();
    const rows = agent.status().replicas.map((report) => ({
      key: `0/${report.target}`,
      ordinal: 0,
      volume: names.volume,
      target: report.target,
      state: !report.initialPassDone ? 'New' : report.link === 'Online' ? 'Online' : 'Offline',
      inSync: report.inSync,
      view: { report, volume: { name: names.volume, ordinal: 0, pods: ['web-1'] } },
    }));
    metrics.show({
      namespace: names.namespace,
      name: names.replica,
      rows: rows as unknown as readonly ReplicaRow[],
      missingSidecars: 0,
    });
    metrics.reconciled('success', (performance.now() - begun) / 1000);
    webhook.requests.inc({ result: 'injected' });
    if (key !== undefined) queue.done(key);
  };
  const timer = setInterval(() => void look(), 500);
  const server = await startProbeServer({
    host,
    port: 0,
    metrics: registry,
    health: () => ({ ok: true }),
    ready: () => ({ ok: true }),
  });
  return {
    port: server.port,
    close() {
      clearInterval(timer);
      queue.shutDown();
      return server.close();
    },
  };
};
