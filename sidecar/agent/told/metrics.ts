import type { Counter, Gauge, Histogram, MetricsRegistry } from '../../../src/process/metrics/metrics-registry.ts';
import type { SparseCounter } from '../../../src/process/metrics/sparse-counter.ts';
import type { FailureReason } from '../../protocol/agent-status.ts';
import type { RawChange, RescanReason } from '../changes/change.ts';
import { type Figures, named, readAtScrape } from './read-at-scrape.ts';

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
  readonly spared: Counter<'target'>;
  readonly lockWaits: Counter<'outcome'>;
  readonly held: Gauge<'target'>;
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

/** How content comes to be at the target, and what becomes of entries there; a receiver copies what it has already. */
const contentKinds = ['literal', 'matched', 'copied'];
const fileOperations = ['create', 'update', 'delete', 'copy'];

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
      ...named(
        'transferred_bytes_total',
        'File content that was sent (literal), found in the file at the target (matched) or copied there from another file (copied).',
      ),
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
      ...named(
        'transferred_files_total',
        'Entries created, updated and deleted at the target, and copied there from another file.',
      ),
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
    spared: registry.counter({
      ...named(
        'comparisons_spared_total',
        'Starts after which all was not compared, since it was proven what had changed.',
      ),
      labelNames,
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

/** A counter that appears with its first event has no rate at that event. */
function startAtZero(metrics: AgentMetrics, target: string): void {
  for (const result of ['success', 'failure']) {
    for (const trigger of ['change', 'pass']) metrics.syncs.inc({ target, result, trigger }, 0);
  }
  for (const kind of contentKinds) metrics.bytes.inc({ target, kind }, 0);
  for (const direction of ['sent', 'received']) metrics.wire.inc({ target, direction }, 0);
  for (const operation of fileOperations) metrics.files.inc({ target, operation }, 0);
  for (const how of ['hint', 'transfer']) metrics.renames.inc({ target, how }, 0);
  metrics.spared.inc({ target }, 0);
  for (const gauge of [metrics.held, metrics.lastSuccess, metrics.lastFullPass]) gauge.set({ target }, 0);
  for (const histogram of [metrics.duration, metrics.visible]) histogram.zero({ target });
}

/** The series of a target go with it. */
function forgetTarget(metrics: AgentMetrics, target: string): void {
  for (const reason of Object.keys(failureReasons)) metrics.failures.remove({ target, reason });
  for (const reason of Object.keys(rescanReasons)) metrics.rescans.remove({ target, reason });
  for (const kind of contentKinds) metrics.bytes.remove({ target, kind });
  for (const direction of ['sent', 'received']) metrics.wire.remove({ target, direction });
  for (const operation of fileOperations) metrics.files.remove({ target, operation });
  for (const how of ['hint', 'transfer']) metrics.renames.remove({ target, how });
  for (const result of ['success', 'failure']) {
    for (const trigger of ['change', 'pass']) metrics.syncs.remove({ target, result, trigger });
  }
  const { spared, held, lastSuccess, lastFullPass, duration, visible } = metrics;
  for (const metric of [spared, held, lastSuccess, lastFullPass, duration, visible]) metric.remove({ target });
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
