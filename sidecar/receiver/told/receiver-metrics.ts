import packageJson from '../../../package.json' with { type: 'json' };
import { exposeBuildInfo } from '../../../src/process/metrics/build-info.ts';
import { createMetricsRegistry, type MetricsRegistry } from '../../../src/process/metrics/metrics-registry.ts';
import { type RefusedReason, refusedReasons } from '../tls/tls-server.ts';
import type { ReceiverFigures } from './receiver-figures.ts';

export interface ReceiverMetrics {
  readonly registry: MetricsRegistry;
  countRefused(reason: RefusedReason): void;
}

/** The receiver's rows of docs/metrics: gauges are read from `figures` at every scrape, and `labels` are those of every series. */
export const createReceiverMetrics = (
  figures: () => Promise<ReceiverFigures>,
  labels: () => Promise<Readonly<Record<string, string>>>,
): ReceiverMetrics => {
  const registry = createMetricsRegistry();
  exposeBuildInfo(registry, 'receiver', packageJson.version);
  const refused = registry.counter({
    name: 'syncreplica_receiver_refused_total',
    help: 'Connections and requests for the lease refused, by reason.',
    labelNames: ['reason'],
  });
  for (const reason of refusedReasons) refused.inc({ reason }, 0);
  const connections = registry.gauge({
    name: 'syncreplica_receiver_connections',
    help: 'Open connections, by protocol.',
    labelNames: ['protocol'],
  });
  const gauge = (name: string, help: string) => registry.gauge({ name: `syncreplica_receiver_${name}`, help });
  const epoch = gauge('epoch', 'Epoch of the writer that holds the lease.');
  const sequence = gauge('position_sequence', 'Sequence number of the last change that is durable here, in its epoch.');
  const heartbeat = gauge('last_heartbeat_timestamp_seconds', 'When the writer last reported, since 1970; 0 if never.');
  const covered = gauge(
    'covered_timestamp_seconds',
    'As of when the replica is known to be its source, since 1970; 0 where its writer did not say.',
  );
  const free = gauge('volume_free_bytes', 'Bytes that the volume has room for.');
  const size = gauge('volume_size_bytes', 'Bytes that the volume has in all.');
  const expiry = gauge('certificate_expiry_timestamp_seconds', 'When the receiver’s certificate expires, since 1970.');
  const historyBytes = gauge('history_bytes', 'Bytes that the history takes; 0 where nothing is kept.');
  const historyEntries = gauge('history_entries', 'Entries that the history keeps.');
  const historyOldest = gauge(
    'history_oldest_timestamp_seconds',
    'The earliest moment that can be gone back to, since 1970; 0 where nothing is kept.',
  );
  const historyLost = registry.counter({
    name: 'syncreplica_receiver_history_lost_total',
    help: 'Entries that were replaced and could not be kept.',
  });
  const received = registry.counter({
    name: 'syncreplica_receiver_received_bytes_total',
    help: 'Bytes received on rsync connections, as they came over the network.',
  });
  registry.onScrape(async () => {
    const now = await figures();
    registry.relabel(await labels());
    connections.set({ protocol: 'rsync' }, now.connections.rsync);
    connections.set({ protocol: 'control' }, now.connections.control);
    epoch.set(now.epoch);
    sequence.set(now.sequence);
    heartbeat.set((now.heartbeatAtMs ?? 0) / 1000);
    covered.set((now.coveredAtMs ?? 0) / 1000);
    free.set(now.space.bavail * now.space.bsize);
    size.set(now.space.blocks * now.space.bsize);
    expiry.set(now.certificateNotAfterMs / 1000);
    historyBytes.set(now.history?.bytes ?? 0);
    historyEntries.set(now.history?.entries ?? 0);
    historyOldest.set((now.history?.oldestAt ?? 0) / 1000);
    historyLost.reset();
    historyLost.inc(now.history?.lost ?? 0);
    received.reset();
    received.inc(now.receivedBytes);
  });
  return { registry, countRefused: (reason) => refused.inc({ reason }) };
};
