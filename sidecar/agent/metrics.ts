import type { MetricsRegistry } from '../../src/process/metrics-registry.ts';
import type { RescanReason } from './change.ts';
import type { FailureReason } from './status.ts';

/** Every metric that agents own; each is there from the start, at 0. Labels: `target` where it concerns one replica. */
export type AgentMetrics = ReturnType<typeof createAgentMetrics>;

export interface ReplicaFigures {
  readonly target: string;
  readonly lagSeconds: number;
  readonly oldestAt: number | undefined;
  readonly pending: number;
}

export interface WatchFigures {
  readonly watchedDirectories: number;
  readonly watchLimit: number | undefined;
  readonly overflows: number;
  readonly unreadable: number;
}

const seconds = [0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];
const rescanReasons: readonly RescanReason[] = [
  'start',
  'overflow',
  'unreadable',
  'watch-limit',
  'new-directory',
  'moved-in',
  'root-replaced',
  'log-collapsed',
  'requested',
  'schedule',
  'retry',
];
export const failureReasons: readonly FailureReason[] = [
  'TargetUnreachable',
  'TargetFull',
  'TargetDenied',
  'AuthenticationFailed',
  'CertificateInvalid',
  'UnknownModule',
  'ProtocolError',
  'LeaseHeld',
  'StaleEpoch',
  'SourceUnreadable',
  'SourceLost',
  'PartialTransfer',
  'Stalled',
  'TimedOut',
  'DeletesHeld',
  'Unsupported',
  'Internal',
];

/** `replicas` and `watch` are asked at every scrape, so that a lag keeps growing while nothing works. */
export function createAgentMetrics(
  registry: MetricsRegistry,
  targets: readonly string[],
  replicas: () => readonly ReplicaFigures[],
  watch: () => WatchFigures,
) {
  const target = ['target'] as const;
  const perReplica = (name: string, help: string, read: (figures: ReplicaFigures) => number): void => {
    registry.gauge({
      name,
      help,
      labelNames: target,
      collect() {
        this.reset();
        for (const figures of replicas()) this.set({ target: figures.target }, read(figures));
      },
    });
  };
  const perWatch = (name: string, help: string, read: (figures: WatchFigures) => number): void => {
    registry.gauge({
      name,
      help,
      collect() {
        this.set(read(watch()));
      },
    });
  };
  perReplica(
    'syncreplica_lag_seconds',
    'Age of the oldest change not yet on the target, 0 when nothing is pending.',
    (f) => f.lagSeconds,
  );
  perReplica(
    'syncreplica_oldest_pending_change_timestamp_seconds',
    'When the oldest change not yet on the target was seen, 0 when nothing is pending.',
    (f) => (f.oldestAt ?? 0) / 1000,
  );
  perReplica('syncreplica_pending_changes', 'Changes not yet on the target.', (f) => f.pending);
  perWatch('syncreplica_watched_directories', 'Directories that are watched.', (f) => f.watchedDirectories);
  perWatch(
    'syncreplica_watch_limit',
    "The kernel's limit on watches of one user, 0 where there is none.",
    (f) => f.watchLimit ?? 0,
  );
  perWatch(
    'syncreplica_unreadable_files',
    'Entries and directories that cannot be read or copied.',
    (f) => f.unreadable,
  );
  const overflows = registry.counter({
    name: 'syncreplica_watch_overflows_total',
    help: 'Times that the kernel dropped events, each followed by a full pass.',
    collect() {
      this.reset();
      this.inc(watch().overflows);
    },
  });
  overflows.inc(0);
  const metrics = {
    lastSuccess: registry.gauge({
      name: 'syncreplica_last_success_timestamp_seconds',
      help: 'When a run last succeeded.',
      labelNames: target,
    }),
    lastFullPass: registry.gauge({
      name: 'syncreplica_last_full_pass_timestamp_seconds',
      help: 'When a full pass last ended.',
      labelNames: target,
    }),
    syncs: registry.counter({
      name: 'syncreplica_syncs_total',
      help: 'rsync runs.',
      labelNames: ['target', 'result', 'trigger'] as const,
    }),
    failures: registry.counter({
      name: 'syncreplica_sync_failures_total',
      help: 'Failures by reason.',
      labelNames: ['target', 'reason'] as const,
    }),
    duration: registry.histogram({
      name: 'syncreplica_sync_duration_seconds',
      help: 'Time of one rsync run.',
      labelNames: target,
      buckets: seconds,
    }),
    visible: registry.histogram({
      name: 'syncreplica_change_visible_seconds',
      help: 'From the event being read to the acknowledgement by the target.',
      labelNames: target,
      buckets: seconds,
    }),
    bytes: registry.counter({
      name: 'syncreplica_transferred_bytes_total',
      help: 'File content sent (literal) and found at the target (matched).',
      labelNames: ['target', 'kind'] as const,
    }),
    files: registry.counter({
      name: 'syncreplica_transferred_files_total',
      help: 'Entries created, updated and deleted at the target.',
      labelNames: ['target', 'operation'] as const,
    }),
    renames: registry.counter({
      name: 'syncreplica_renames_total',
      help: 'Moves made by a rename at the target (hint) or by sending (transfer).',
      labelNames: ['target', 'how'] as const,
    }),
    rescans: registry.counter({
      name: 'syncreplica_rescans_total',
      help: 'Comparisons of a subtree or of all.',
      labelNames: ['target', 'reason'] as const,
    }),
    lockWaits: registry.counter({
      name: 'syncreplica_path_lock_waits_total',
      help: 'Waits for a path lock.',
      labelNames: ['outcome'] as const,
    }),
    held: registry.gauge({
      name: 'syncreplica_deletes_held',
      help: 'Deletions that wait to be released.',
      labelNames: target,
    }),
  };
  for (const outcome of ['granted', 'timeout', 'deadlock']) metrics.lockWaits.inc({ outcome }, 0);
  for (const name of targets) zero(metrics, name);
  return metrics;
}

function zero(metrics: Omit<AgentMetrics, never>, target: string): void {
  for (const result of ['success', 'failure']) {
    for (const trigger of ['change', 'pass']) metrics.syncs.inc({ target, result, trigger }, 0);
  }
  for (const reason of failureReasons) metrics.failures.inc({ target, reason }, 0);
  for (const kind of ['literal', 'matched']) metrics.bytes.inc({ target, kind }, 0);
  for (const operation of ['create', 'update', 'delete']) metrics.files.inc({ target, operation }, 0);
  for (const how of ['hint', 'transfer']) metrics.renames.inc({ target, how }, 0);
  for (const reason of rescanReasons) metrics.rescans.inc({ target, reason }, 0);
  metrics.held.set({ target }, 0);
  metrics.lastSuccess.set({ target }, 0);
  metrics.lastFullPass.set({ target }, 0);
}
