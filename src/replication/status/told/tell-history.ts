import type { SyncReplicaStatus } from '../../../api/schema/syncreplica.generated.ts';
import type { ReplicaRow } from '../../states/replica-rows.ts';
import { rowBefore } from '../row-before.ts';

interface HistoryEvent {
  readonly type: 'Warning';
  readonly reason: 'HistoryShortened';
  readonly note: string;
}

/** While it goes on it is told once. */
const quietMs = 3_600_000;

const causes = {
  room: 'the volume is nearly full: the oldest of what was replaced goes first',
  failure: 'it could not be written, and begins anew',
} as const;

/** What can't be gone back to any more, although it was to be kept. */
export const tellHistory = ({
  rows,
  before,
}: {
  readonly rows: readonly ReplicaRow[];
  readonly before: SyncReplicaStatus | undefined;
}): HistoryEvent[] =>
  rows.flatMap((row): HistoryEvent[] => {
    const where = `${row.volume} on ${row.target}`;
    const was = rowBefore(before, row);
    const shortened = row.view?.receiver?.history?.shortened;
    const toldAt = Date.parse(was?.history?.shortenedTime ?? '') || Number.NEGATIVE_INFINITY;
    if (!shortened || shortened.at <= toldAt + quietMs) return [];
    const note = `the history of ${where} was let go before its time: ${causes[shortened.by]}`;
    return [{ type: 'Warning', reason: 'HistoryShortened', note }];
  });
