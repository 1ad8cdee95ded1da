import type { MetricsRegistry } from '../process/metrics/metrics-registry.ts';

export interface SnapshotMetrics {
  took(
    of: { readonly namespace: string | undefined; readonly name: string; readonly target: string },
    isAtCheckpoint: boolean,
    /** Undefined where it was asked for, and nobody took it. */
    atMs: number | undefined,
  ): void;
  /** Its series go with the object. */
  forget(key: string): void;
}

const labelNames = ['replica_namespace', 'replica', 'target'] as const;

export const createSnapshotMetrics = (registry: MetricsRegistry): SnapshotMetrics => {
  const last = new Map<string, { readonly labels: Record<(typeof labelNames)[number], string>; readonly at: number }>();
  registry.gauge({
    name: 'syncreplica_last_snapshot_timestamp_seconds',
    help: 'When a snapshot of the target’s claims was last taken by this process.',
    labelNames: [...labelNames],
    collect() {
      this.reset();
      for (const { labels, at } of last.values()) this.set(labels, at);
    },
  });
  const taken = registry.counter({
    name: 'syncreplica_snapshots_total',
    help: 'Snapshots that were asked for, and whether the target was its source then.',
    labelNames: ['checkpoint'],
  });
  for (const checkpoint of ['true', 'false']) taken.inc({ checkpoint }, 0);
  return {
    took({ namespace = '', name, target }, isAtCheckpoint, atMs) {
      taken.inc({ checkpoint: String(isAtCheckpoint) });
      if (atMs === undefined) return;
      const labels = { replica_namespace: namespace, replica: name, target };
      last.set(`${namespace}/${name}/${target}`, { labels, at: atMs / 1000 });
    },
    forget(key) {
      for (const one of last.keys()) if (one.startsWith(`${key}/`)) last.delete(one);
    },
  };
};
