import type { Counter, Gauge, Histogram, MetricsRegistry } from '../../src/process/metrics-registry.ts';
import type { SparseCounter } from '../../src/process/sparse-counter.ts';
import type { FailureReason, ReplicaStatus, VerificationStatus } from '../protocol/agent-status.ts';
import type { RawChange, RescanReason } from './changes/change.ts';
import type { ChangeSourceStats } from './watch/change-source.ts';
import { notWatchedFor } from './watch/not-watched.ts';

/** What is counted as it happens; the rest is read at every scrape, so that a lag keeps growing while nothing works. */
export interface AgentMetrics {
  readonly lastSuccess: Gauge<'target'>;
  readonly lastFullPass: Gauge<'target'>;
  readonly syncs: Counter<'target' | 'result' | 'trigger'>;
  readonly failures: SparseCounter<'target' | 'reason'>;
  readonly duration: Histogram<'target'>;
  readonly visible: Histogram<'target'>;
  readonly bytes: Counter<'target' | 'kind'>;
  readonly wire: Counter<'target' | 'direction'>;
  readonly events: Counter<'kind'>;
  readonly files: Counter<'target' | 'operation'>;
  readonly renames: Counter<'target' | 'how'>;
  readonly rescans: SparseCounter<'target' | 'reason'>;
  readonly lockWaits: Counter<'outcome'>;
  readonly held: Gauge<'target'>;
}

/** Where the figures are asked for. */
export interface Figures {
  readonly targets: () => readonly string[];
  readonly replicas: () => readonly ReplicaStatus[];
  readonly watch: () => ChangeSourceStats;
  /** When the comparison of a target before the last one was due, wall clock, ms; 0 while fewer than two were. */
  readonly passDueBeforeLast: (target: string) => number;
}

/** Few: each is a series for every target of every pod. */
const visibleSeconds = [0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1, 5, 30, 300];
const runSeconds = [0.01, 0.05, 0.25, 1, 10, 60, 600];

export const rescanReasons: Readonly<Record<RescanReason, true>> = {
  start: true,
  overflow: true,
  unreadable: true,
  'watch-limit': true,
  'new-directory': true,
  'moved-in': true,
  'root-replaced': true,
  'log-collapsed': true,
  requested: true,
  schedule: true,
  'target-lost': true,
  verify: true,
  retry: true,
};

const eventKinds: Readonly<Record<RawChange['kind'], true>> = {
  create: true,
  modify: true,
  write: true,
  attributes: true,
  delete: true,
  move: true,
  rescan: true,
};

export const failureReasons: Readonly<Record<FailureReason, true>> = {
  TargetUnreachable: true,
  TargetFull: true,
  TargetEmpty: true,
  TargetDenied: true,
  TargetReadOnly: true,
  TargetLost: true,
  AuthenticationFailed: true,
  CertificateInvalid: true,
  UnknownModule: true,
  ProtocolError: true,
  LeaseHeld: true,
  OtherSource: true,
  Promoted: true,
  RestoreAmbiguous: true,
  RestoreMissed: true,
  StaleEpoch: true,
  SourceUnreadable: true,
  SourceLost: true,
  PartialTransfer: true,
  Stalled: true,
  TimedOut: true,
  DeletesHeld: true,
  Unsupported: true,
  Internal: true,
};

/** Every metric that agents own. Label `target` where it concerns one replica. */
export function createAgentMetrics(registry: MetricsRegistry, figures: Figures): AgentMetrics {
  const labelNames = ['target'] as const;
  const metrics: AgentMetrics = {
    lastSuccess: registry.gauge({
      ...named('last_success_timestamp_seconds', 'When a run last succeeded.'),
      labelNames,
    }),
    lastFullPass: registry.gauge({
      ...named('last_full_pass_timestamp_seconds', 'When a full pass last ended.'),
      labelNames,
    }),
    syncs: registry.counter({ ...named('syncs_total', 'rsync runs.'), labelNames: ['target', 'result', 'trigger'] }),
    failures: registry.sparseCounter({
      ...named('sync_failures_total', 'Failures.'),
      labelNames: ['target', 'reason'],
    }),
    duration: registry.histogram({
      ...named('sync_duration_seconds', 'Time of one rsync run.'),
      labelNames,
      buckets: runSeconds,
    }),
    visible: registry.histogram({
      ...named('change_visible_seconds', 'From an event being read to the acknowledgement by the target.'),
      labelNames,
      buckets: visibleSeconds,
    }),
    bytes: registry.counter({
      ...named('transferred_bytes_total', 'File content that was sent (literal) or found at the target (matched).'),
      labelNames: ['target', 'kind'],
    }),
    wire: registry.counter({
      ...named('wire_bytes_total', 'Bytes of rsync runs on the way: content, lists and checksums.'),
      labelNames: ['target', 'direction'],
    }),
    events: registry.counter({
      ...named('events_total', 'Events that were read from the kernel, by kind.'),
      labelNames: ['kind'],
    }),
    files: registry.counter({
      ...named('transferred_files_total', 'Entries created, updated and deleted at the target.'),
      labelNames: ['target', 'operation'],
    }),
    renames: registry.counter({
      ...named('renames_total', 'Moves made by a rename at the target (hint) or by sending (transfer).'),
      labelNames: ['target', 'how'],
    }),
    rescans: registry.sparseCounter({
      ...named('rescans_total', 'Comparisons of a subtree or of all.'),
      labelNames: ['target', 'reason'],
    }),
    lockWaits: registry.counter({
      ...named('path_lock_waits_total', 'Waits for a path lock.'),
      labelNames: ['outcome'],
    }),
    held: registry.gauge({ ...named('deletes_held', 'Deletions that wait to be released.'), labelNames }),
  };
  for (const kind of Object.keys(eventKinds)) metrics.events.inc({ kind }, 0);
  for (const outcome of ['granted', 'timeout', 'deadlock']) metrics.lockWaits.inc({ outcome }, 0);
  for (const target of figures.targets()) startAtZero(metrics, target);
  readAtScrape(registry, figures);
  return metrics;
}

function readAtScrape(registry: MetricsRegistry, { replicas, watch, passDueBeforeLast }: Figures): void {
  const perReplica = (name: string, help: string, read: (replica: ReplicaStatus) => number): void => {
    registry.gauge({
      ...named(name, help),
      labelNames: ['target'],
      collect() {
        this.reset();
        for (const replica of replicas()) this.set({ target: replica.target }, read(replica));
      },
    });
  };
  const perWatch = (name: string, help: string, read: (stats: ChangeSourceStats) => number): void => {
    registry.gauge({
      ...named(name, help),
      collect() {
        this.set(read(watch()));
      },
    });
  };
  perReplica(
    'lag_seconds',
    'Age of the oldest change not yet on the target, 0 when nothing is pending.',
    (r) => r.lagSeconds,
  );
  perReplica(
    'oldest_pending_change_timestamp_seconds',
    'When the oldest change not yet on the target was seen, 0 when nothing is pending.',
    (r) => (r.lagSeconds === 0 ? 0 : Date.now() / 1000 - r.lagSeconds),
  );
  perReplica('pending_changes', 'Changes not yet on the target.', (r) => r.pending);
  perReplica(
    'full_pass_due_timestamp_seconds',
    'When the scheduled full pass before the last one was due, 0 while fewer than two were.',
    ({ target }) => passDueBeforeLast(target) / 1000,
  );
  const perVerified = (name: string, help: string, read: (verification: VerificationStatus) => number): void =>
    perReplica(name, help, ({ verification }) => (verification === undefined ? 0 : read(verification)));
  perVerified(
    'verify_divergent_files',
    'Entries of the target that a verification found to differ and that are not mended.',
    (v) => v.differences,
  );
  perVerified('last_verified_timestamp_seconds', 'When a comparison of everything last ended, 0 if none did.', (v) =>
    v.verifiedAt === null ? 0 : v.verifiedAt / 1000,
  );
  perReplica(
    'last_consistent_checkpoint_timestamp_seconds',
    'When a checkpoint was last made for which the application was still, 0 if none was.',
    ({ checkpoint }) => (checkpoint?.consistentAt ?? 0) / 1000,
  );
  registry.counter({
    ...named('verify_rests_total', 'Entries that work had left different, found by the look after it and sent again.'),
    labelNames: ['target'],
    collect() {
      this.reset();
      for (const { target, verification } of replicas()) this.inc({ target }, verification?.rests ?? 0);
    },
  });
  registry.counter({
    ...named('verify_repaired_total', 'Entries that a verification found to differ and that were mended.'),
    labelNames: ['target'],
    collect() {
      this.reset();
      for (const { target, verification } of replicas()) this.inc({ target }, verification?.repaired ?? 0);
    },
  });
  perWatch('watched_directories', 'Directories that are watched.', (stats) => stats.watchedDirectories);
  perWatch('watch_limit', "The kernel's limit on watches, 0 where there is none.", (stats) => stats.watchLimit ?? 0);
  perWatch('unreadable_files', 'Entries and directories that cannot be read or copied.', (stats) => {
    const skipped = replicas().map((replica) => replica.skipped.count);
    const most = skipped.reduce((highest, count) => Math.max(highest, count), 0);
    return most + notWatchedFor(stats.notWatched, 'Unreadable').count;
  });
  perWatch(
    'not_watched_directories',
    'Directories whose changes raise no event now, with at least all below them.',
    (stats) => stats.notWatched.reduce((sum, { count }) => sum + count, 0),
  );
  registry.counter({
    ...named('watch_overflows_total', 'Times that the kernel dropped events; each is followed by a full pass.'),
    collect() {
      this.reset();
      this.inc(watch().overflows);
    },
  });
}

function named(name: string, help: string): { name: string; help: string } {
  return { name: `syncreplica_${name}`, help };
}

/** A counter that appears with its first event has no rate at that event. */
function startAtZero(metrics: AgentMetrics, target: string): void {
  for (const result of ['success', 'failure']) {
    for (const trigger of ['change', 'pass']) metrics.syncs.inc({ target, result, trigger }, 0);
  }
  for (const kind of ['literal', 'matched']) metrics.bytes.inc({ target, kind }, 0);
  for (const direction of ['sent', 'received']) metrics.wire.inc({ target, direction }, 0);
  for (const operation of ['create', 'update', 'delete']) metrics.files.inc({ target, operation }, 0);
  for (const how of ['hint', 'transfer']) metrics.renames.inc({ target, how }, 0);
  for (const gauge of [metrics.held, metrics.lastSuccess, metrics.lastFullPass]) gauge.set({ target }, 0);
  for (const histogram of [metrics.duration, metrics.visible]) histogram.zero({ target });
}

/** The series of a target go with it. */
function forgetTarget(metrics: AgentMetrics, target: string): void {
  for (const reason of Object.keys(failureReasons)) metrics.failures.remove({ target, reason });
  for (const reason of Object.keys(rescanReasons)) metrics.rescans.remove({ target, reason });
  for (const kind of ['literal', 'matched']) metrics.bytes.remove({ target, kind });
  for (const direction of ['sent', 'received']) metrics.wire.remove({ target, direction });
  for (const operation of ['create', 'update', 'delete']) metrics.files.remove({ target, operation });
  for (const how of ['hint', 'transfer']) metrics.renames.remove({ target, how });
  for (const result of ['success', 'failure']) {
    for (const trigger of ['change', 'pass']) metrics.syncs.remove({ target, result, trigger });
  }
  for (const metric of [metrics.held, metrics.lastSuccess, metrics.lastFullPass, metrics.duration, metrics.visible]) {
    metric.remove({ target });
  }
}

/** Series come and go with their targets. */
export function followTargets(
  metrics: AgentMetrics,
  before: readonly { readonly name: string }[],
  now: readonly { readonly name: string }[],
): void {
  const names = new Set(now.map(({ name }) => name));
  const old = new Set(before.map(({ name }) => name));
  for (const name of old) if (!names.has(name)) forgetTarget(metrics, name);
  for (const name of names) if (!old.has(name)) startAtZero(metrics, name);
}
