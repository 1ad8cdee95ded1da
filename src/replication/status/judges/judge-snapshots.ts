import type { ConditionReason, ConditionVerdict } from '../../../api/conditions.ts';
import type { ConditionContext } from '../judge.ts';

/** Whether snapshots are taken as the spec asks, as far as the one who takes them has written down; none where nothing is asked. */
export const judgeSnapshots = ({ observed, spec }: ConditionContext): ConditionVerdict[] => {
  const asked = spec.targets.filter((target) => target.kind === 'managed' && target.snapshots !== undefined);
  if (asked.length === 0) return [];
  const rows = asked.map(({ name }) => observed.replica.status?.snapshots?.find(({ target }) => target === name));
  const open = rows.find((row) => row?.reason !== undefined);
  const type = 'SnapshotsTaken';
  if (open) {
    const reason = open.reason as ConditionReason;
    return [{ type, status: reason === 'SnapshotAwaited' ? 'Unknown' : 'False', reason, message: open.message ?? '' }];
  }
  const names = asked.map(({ name }) => name).join(', ');
  if (rows.some((row) => row?.takenAt === undefined))
    return [{ type, status: 'Unknown', reason: 'SnapshotAwaited', message: `a first snapshot of ${names} is to come` }];
  const crash = rows.find((row) => row?.atCheckpoint === false);
  const message = crash
    ? `snapshots are taken; the last of ${crash.target} is at no checkpoint: its annotation says why`
    : `snapshots of ${names} are taken, the last at a checkpoint`;
  return [{ type, status: 'True', reason: 'SnapshotsReady', message }];
};
