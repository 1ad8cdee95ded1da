import type { Clock } from '../../process/clock.ts';
import type { MetricsRegistry } from '../../process/metrics-registry.ts';
import type { ReplicaRow } from '../states/replica-rows.ts';

export const perReplica = ['replica_namespace', 'replica', 'volume', 'target'] as const;

export type VisitRow = (labels: Record<(typeof perReplica)[number], string>, row: ReplicaRow, object: string) => void;

/** What the last agent that was heard said. Times are wall clock, ms. */
interface LastHeard {
  readonly oldestPendingAt: number | undefined;
  readonly pending: number;
  readonly heldDeletes: number;
  readonly differences: number;
  readonly lastSuccessAt: number | undefined;
}

export interface ReplicaFigures {
  /** Remembers what is said of an object's replicas; of one that nobody speaks of now the last word counts. */
  keep(object: string, rows: readonly ReplicaRow[]): void;
  forget(object: string): void;
}

/**
 * Lag, pending changes and last success by the operator: an agent's own series end with its pod, and a pod that is gone
 * while it was behind is the worst of all. Its lag goes on growing until somebody says that nothing is pending.
 */
export const exposeReplicaFigures = (
  registry: MetricsRegistry,
  clock: Clock,
  eachRow: (visit: VisitRow) => void,
): ReplicaFigures => {
  const heard = new Map<string, ReadonlyMap<string, LastHeard>>();
  const expose = (name: string, help: string, read: (row: ReplicaRow, last: LastHeard | undefined) => number): void => {
    registry.gauge({
      name: `syncreplica_replica_${name}`,
      help,
      labelNames: [...perReplica],
      collect() {
        this.reset();
        eachRow((labels, row, object) => this.set(labels, read(row, heard.get(object)?.get(row.key))));
      },
    });
  };
  expose(
    'lag_seconds',
    'Age of the oldest change not yet on the target, 0 when nothing is pending; it goes on growing when the agent is gone.',
    (row, last) => {
      // What an agent has pending, or what one before it left undone: the older of the two.
      const since = Math.min(last?.oldestPendingAt ?? Infinity, row.behindSince ?? Infinity);
      return since === Infinity ? 0 : Math.max(0, clock.now() - since) / 1000;
    },
  );
  expose('pending_changes', 'Changes not yet on the target, as far as was heard.', (_, last) => last?.pending ?? 0);
  expose('deletes_held', 'Deletions that wait to be released.', (_, last) => last?.heldDeletes ?? 0);
  expose(
    'divergent_files',
    'Entries that a verification found to differ from the source and that are not mended.',
    (_, last) => last?.differences ?? 0,
  );
  expose(
    'last_success_timestamp_seconds',
    'When a run last succeeded, since 1970; 0 if never.',
    (_, last) => (last?.lastSuccessAt ?? 0) / 1000,
  );
  expose('in_sync', '1 while the replica is online and within maxLag.', (row) => (row.inSync ? 1 : 0));
  expose('paused', '1 while the spec says that nothing is sent to the target.', (row) => (row.view?.paused ? 1 : 0));
  expose('source_pods', 'Pods that use the source volume now.', (row) => row.view?.volume.pods.length ?? 0);
  registry.gauge({
    name: 'syncreplica_replica_readers',
    help: 'Readers of a target: fresh, those known to be the source within freshFor; behind, the others.',
    labelNames: [...perReplica, 'state'],
    collect() {
      this.reset();
      eachRow((labels, { view }) => {
        if (view?.readers === undefined) return;
        const { replicas, fresh } = view.readers;
        this.set({ ...labels, state: 'fresh' }, fresh);
        this.set({ ...labels, state: 'behind' }, replicas - fresh);
      });
    },
  });
  return {
    keep(object, rows) {
      const before = heard.get(object);
      const now = clock.now();
      heard.set(
        object,
        new Map(
          rows.flatMap((row): [string, LastHeard][] => {
            const last = hear(row, now) ?? withoutLag(before?.get(row.key));
            return last ? [[row.key, isInUse(row) ? { ...nothing, lastSuccessAt: last.lastSuccessAt } : last]] : [];
          }),
        ),
      );
    },
    forget: (object) => void heard.delete(object),
  };
};

/** The row itself says since when something is owed by an agent that is gone. */
const withoutLag = (last: LastHeard | undefined): LastHeard | undefined =>
  last && { ...last, oldestPendingAt: undefined };

/** In use in place of its source, which owes it nothing any more. */
const isInUse = ({ state }: ReplicaRow): boolean => state === 'Promoted';

const nothing = { oldestPendingAt: undefined, pending: 0, heldDeletes: 0, differences: 0 } as const;

const hear = ({ view }: ReplicaRow, nowMs: number): LastHeard | undefined =>
  view?.report && {
    oldestPendingAt: view.report.lagSeconds > 0 ? nowMs - view.report.lagSeconds * 1000 : undefined,
    pending: view.report.pending,
    heldDeletes: view.report.heldDeletes?.count ?? 0,
    differences: view.report.verification?.differences ?? 0,
    lastSuccessAt: view.report.lastSyncAt ?? undefined,
  };
