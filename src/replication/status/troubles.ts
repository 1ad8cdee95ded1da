import type { FailureReason } from '../../../sidecar/protocol/agent-status.ts';
import type { ConditionReason } from '../../api/conditions.ts';
import type { ReplicaRow } from '../states/replica-rows.ts';

/** Something that is not as it should be, with a reason of its own. */
export interface Trouble {
  readonly reason: ConditionReason;
  readonly message: string;
}

/** Each kind of trouble that a replica can have, the worst first. */
const kinds: readonly ((row: ReplicaRow) => readonly Trouble[])[] = [
  ({ volume, target, view }) => {
    const error = view?.report?.lastError;
    if (!error || !isTrouble(error.reason)) return [];
    return [{ reason: error.reason, message: `${volume} on ${target}: ${error.message}` }];
  },
  ({ volume, target, view }) => {
    const held = view?.report?.heldDeletes;
    if (!held) return [];
    return [
      {
        reason: 'DeletesHeld',
        message: `${volume} on ${target} has ${held.count} entries that the source no longer has; see the condition DeletesHeld`,
      },
    ];
  },
  ({ volume, target, view }) => {
    const { count: all, special = 0, samples } = view?.report?.skipped ?? { count: 0, samples: [] };
    // Nobody can change that a socket is no file.
    const count = all - special;
    if (count <= 0) return [];
    return [
      {
        reason: 'EntriesSkipped',
        message: `${count} entries of ${volume} can't be copied to ${target}, for example ${samples[0] ?? ''}`,
      },
    ];
  },
  ({ volume, view }) =>
    (view?.agent?.degraded ?? []).map(({ reason, message }) => ({ reason, message: `${volume}: ${message}` })),
];

/** All that is wrong with replicas that else run, the worst kind first, and of each kind in the order of the replicas. */
export const findTroubles = (rows: readonly ReplicaRow[]): readonly Trouble[] =>
  kinds.flatMap((find) => rows.flatMap((row) => find(row)));

/** What an agent reports that is no trouble: another pod of the volume writes, or a person is to decide. */
const isTrouble = (reason: FailureReason): reason is Exclude<FailureReason, 'LeaseHeld' | 'DeletesHeld'> =>
  reason !== 'LeaseHeld' && reason !== 'DeletesHeld';
