import type { MetricsRegistry } from '../../../src/process/metrics/metrics-registry.ts';
import type { ReplicaStatus, VerificationStatus } from '../../protocol/agent-status.ts';
import type { ChangeSourceStats } from '../watch/change-source.ts';
import { notWatchedFor } from '../watch/not-watched.ts';

/** Where the figures are asked for. */
export interface Figures {
  readonly targets: () => readonly string[];
  readonly replicas: () => readonly ReplicaStatus[];
  readonly watch: () => ChangeSourceStats;
  /** When the comparison of a target before the last one was due, wall clock, ms; 0 while fewer than two were. */
  readonly passDueBeforeLast: (target: string) => number;
}

/** What is read at every scrape. */
export function readAtScrape(registry: MetricsRegistry, { replicas, watch, passDueBeforeLast }: Figures): void {
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

export function named(name: string, help: string): { name: string; help: string } {
  return { name: `syncreplica_${name}`, help };
}
