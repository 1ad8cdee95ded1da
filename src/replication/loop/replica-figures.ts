import type { Clock } from '../../process/clock.ts';
import type { WrittenGauge } from '../../process/metrics/written-gauges.ts';
import type { ReplicaRow } from '../states/replica-rows.ts';

/** A row of a SyncReplica, which is kept as `object`. */
export interface ShownRow {
  readonly object: string;
  readonly namespace: string;
  readonly name: string;
  readonly row: ReplicaRow;
}

/** What the last agent that was heard said. Times are wall clock, ms. */
interface LastHeard {
  readonly oldestPendingAt: number | undefined;
  readonly pending: number;
  readonly heldDeletes: number;
  readonly differences: number;
  readonly lastSuccessAt: number | undefined;
}

export interface ReplicaFigures {
  readonly gauges: readonly WrittenGauge<ShownRow>[];
  /** Remembers what is said of an object's replicas; of one that nobody speaks of now the last word counts. */
  keep(object: string, rows: readonly ReplicaRow[]): void;
  forget(object: string): void;
}

/**
 * Lag, pending changes and last success by the operator: an agent's own series end with its pod, and a pod that is gone
 * while it was behind is the worst of all. Its lag goes on growing until somebody says that nothing is pending.
 */
export const createReplicaFigures = (clock: Clock): ReplicaFigures => {
  const heard = new Map<string, ReadonlyMap<string, LastHeard>>();
  const gauge = (
    name: string,
    help: string,
    read: (row: ReplicaRow, last: LastHeard | undefined) => number,
  ): WrittenGauge<ShownRow> => ({
    name: `syncreplica_replica_${name}`,
    help,
    read: ({ object, row }) => read(row, heard.get(object)?.get(row.key)),
  });
  return {
    gauges: [
      gauge(
        'lag_seconds',
        'Age of the oldest change not yet on the target, 0 when nothing is pending; it goes on growing when the agent is gone.',
        (row, last) => {
          // What an agent has pending, or what one before it left undone: the older of the two.
          const since = Math.min(last?.oldestPendingAt ?? Infinity, row.behindSince ?? Infinity);
          return since === Infinity ? 0 : Math.max(0, clock.now() - since) / 1000;
        },
      ),
      gauge('pending_changes', 'Changes not yet on the target, as far as was heard.', (_, last) => last?.pending ?? 0),
      gauge('deletes_held', 'Deletions that wait to be released.', (_, last) => last?.heldDeletes ?? 0),
      gauge(
        'divergent_files',
        'Entries that a verification found to differ from the source and that are not mended.',
        (_, last) => last?.differences ?? 0,
      ),
      gauge(
        'last_success_timestamp_seconds',
        'When a run last succeeded, since 1970; 0 if never.',
        (_, last) => (last?.lastSuccessAt ?? 0) / 1000,
      ),
      gauge('in_sync', '1 while the replica is online and within maxLag.', (row) => (row.inSync ? 1 : 0)),
      gauge('paused', '1 while the spec says that nothing is sent to the target.', (row) => (row.view?.paused ? 1 : 0)),
      gauge('source_pods', 'Pods that use the source volume now.', (row) => row.view?.volume.pods.length ?? 0),
      {
        name: 'syncreplica_replica_readers',
        help: 'Readers of a target: fresh, those known to be the source within freshFor; behind, the others.',
        by: 'state',
        read: ({ row: { view } }) => {
          const { replicas = 0, fresh = 0 } = view?.readers ?? {};
          return view?.readers === undefined ? {} : { fresh, behind: replicas - fresh };
        },
      },
    ],
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
