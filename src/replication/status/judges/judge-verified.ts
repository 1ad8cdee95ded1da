import type { ReplicaRow } from '../../states/replica-rows.ts';
import type { Judge } from '../judge.ts';

const whereOf = ({ volume, target }: ReplicaRow): string => `${volume} on ${target}`;

/** Whether comparing both sides has shown that the targets are their sources; when that was is told of each replica. */
export const judgeVerified: Judge = ({ spec, rows }) => {
  const type = 'Verified';
  for (const row of rows) {
    const { differences = 0, samples = [] } = row.view?.report?.verification ?? {};
    if (differences === 0) continue;
    const what = `${differences} entries of ${whereOf(row)} differ from the source, for example ${samples[0] ?? ''}`;
    const then = spec.verify.repair ? 'they are sent again' : 'spec.verify.repair: true would have them sent again';
    return { type, status: 'False', reason: 'Diverged', message: `${what}; ${then}` };
  }
  const failed = rows.find(({ view }) => view?.report?.verification?.trouble);
  if (failed)
    return {
      type,
      status: 'Unknown',
      reason: 'VerifyFailed',
      message: `${whereOf(failed)} can't be compared: ${failed.view?.report?.verification?.trouble}`,
    };
  const open = rows.find(({ view }) => (view?.report?.verification?.verifiedAt ?? null) === null);
  if (rows.length === 0 || open)
    return {
      type,
      status: 'Unknown',
      reason: 'NotVerified',
      message: open ? `${whereOf(open)} was not compared yet` : 'there is no replica yet',
    };
  // An entry whose deletion waits for a word is there though the source has none: a verification leaves it to the guard.
  for (const row of rows) {
    const held = row.view?.report?.heldDeletes;
    if (held)
      return {
        type,
        status: 'False',
        reason: 'DeletesHeld',
        message: `${held.count} entries of ${whereOf(row)} are there though the source has them no more, their deletion is held: see the condition DeletesHeld; nothing else differs`,
      };
  }
  return { type, status: 'True', reason: 'NoDifference', message: 'both sides were compared, and nothing differs' };
};
