import { createHookMetrics } from '../../sidecar/agent/hooks/hook-metrics.ts';
import { createAgentMetrics, failureReasons, rescanReasons } from '../../sidecar/agent/told/metrics.ts';
import { createReceiverMetrics } from '../../sidecar/receiver/told/receiver-metrics.ts';
import { createWebhookMetrics } from '../../src/inject/webhook/webhook-metrics.ts';
import { createManualClock } from '../../src/process/manual-clock.ts';
import { exposeBuildInfo } from '../../src/process/metrics/build-info.ts';
import { createMetricsRegistry, type MetricsRegistry } from '../../src/process/metrics/metrics-registry.ts';
import { agentOf, reportOf } from '../../src/replication/decide/observed.fixture.ts';
import { createReplicationMetrics } from '../../src/replication/loop/replication-metrics.ts';
import type { ReplicaRow } from '../../src/replication/states/replica-rows.ts';
import { createQueueMetrics } from '../../src/runtime/queue-metrics.ts';
import { createSnapshotMetrics } from '../../src/snapshots/snapshot-metrics.ts';
import { exposeCertificateExpiry } from '../../src/trust/certificate-source.ts';

export type Program = 'agent' | 'receiver' | 'operator';

/** One metric as it is exposed, with the values of its labels where these are a fixed set. */
export interface ExposedMetric {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly labels: ReadonlyMap<string, ReadonlySet<string>>;
}

/** Reads Prometheus's text format; series of a histogram belong to its name without a suffix. */
export const parseExposition = (text: string): readonly ExposedMetric[] => {
  const metrics = new Map<string, { name: string; help: string; type: string; labels: Map<string, Set<string>> }>();
  const of = (name: string) => {
    const found = metrics.get(name) ?? { name, help: '', type: 'untyped', labels: new Map() };
    metrics.set(name, found);
    return found;
  };
  for (const line of text.split('\n')) {
    const [, word, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? [];
    if (word === 'HELP') of(name).help = rest;
    else if (word === 'TYPE') of(name).type = rest;
    const [, series = '', labels = ''] = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? \S+$/.exec(line) ?? [];
    if (series === '') continue;
    const base = series.replace(/_(bucket|sum|count)$/, '');
    const metric = metrics.get(base)?.type === 'histogram' ? of(base) : of(series);
    for (const [, label = '', value = ''] of labels.matchAll(/([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g))
      if (label !== 'le') metric.labels.set(label, (metric.labels.get(label) ?? new Set()).add(value));
  }
  return [...metrics.values()];
};

const version = '';

/** An agent with one target to which everything has happened once. */
const agentRegistry = (): MetricsRegistry => {
  const registry = createMetricsRegistry({ replica_namespace: '', replica: '', volume: '' });
  exposeBuildInfo(registry, 'agent', version);
  const hooks = createHookMetrics(registry, () => [{ hook: '', target: '', size: 0 }]);
  for (const outcome of ['done', 'again', 'given-up']) hooks.calls.inc({ hook: '', target: '', outcome }, 0);
  hooks.dropped.inc({ hook: '', target: '' }, 0);
  const { watch, replicas } = agentOf([reportOf('')]);
  const metrics = createAgentMetrics(registry, {
    targets: () => [''],
    replicas: () => replicas,
    watch: () => ({ ...watch, watchLimit: undefined, notWatched: [] }),
    passDueBeforeLast: () => 0,
  });
  for (const reason of Object.keys(failureReasons)) metrics.failures.inc({ target: '', reason });
  for (const reason of Object.keys(rescanReasons)) metrics.rescans.inc({ target: '', reason });
  return registry;
};

const receiverRegistry = (): MetricsRegistry =>
  createReceiverMetrics(
    async () => ({
      connections: { rsync: 0, control: 0 },
      epoch: 0,
      sequence: 0,
      heartbeatAtMs: null,
      receivedBytes: 0,
      space: { bsize: 1, blocks: 1, bavail: 1 },
      certificateNotAfterMs: 0,
      coveredAtMs: null,
      history: undefined,
    }),
    async () => ({ replica_namespace: '', replica: '', volume: '', target: '' }),
  ).registry;

const operatorRegistry = (): MetricsRegistry => {
  const registry = createMetricsRegistry();
  const clock = createManualClock(0);
  exposeBuildInfo(registry, 'operator', version);
  const metrics = createReplicationMetrics(registry, clock);
  const view = { volume: { pods: [] }, readers: { replicas: 0, fresh: 0 } };
  const row = { key: '', ordinal: 0, volume: '', target: '', state: 'Online', inSync: true, view };
  metrics.show({ namespace: '', name: '', rows: [row as unknown as ReplicaRow], missingSidecars: 0 });
  metrics.watchFailed('', 'list');
  createQueueMetrics(registry, clock)('syncreplica').unfinished(() => []);
  createWebhookMetrics(registry);
  createSnapshotMetrics(registry).took({ namespace: '', name: '', target: '' }, true, 0);
  exposeCertificateExpiry(registry, {});
  return registry;
};

/** What each program exposes on its first scrape, from the very code that it runs. */
export const exposedMetrics = async (): Promise<Readonly<Record<Program, readonly ExposedMetric[]>>> => ({
  operator: parseExposition(await operatorRegistry().render()),
  agent: parseExposition(await agentRegistry().render()),
  receiver: parseExposition(await receiverRegistry().render()),
});
