import type { Link } from '../../link/link.ts';
import { acquireInTime, type PathLocks } from '../../locks/path-locks.ts';

export interface CheckpointWork {
  readonly link: Pick<Link, 'hasHistory'>;
  readonly locks: PathLocks;
}

const onTheirWay = 'changes are on their way';
/** Whoever works on a path has it for as long, and then it is no time for a checkpoint. */
const lockTimeoutMs = 1_000;

/**
 * Has a connected target make a checkpoint, all of it locked against changes until it is made. `make` asks the target.
 * @returns null, or why there is none
 */
export async function makeCheckpoint(
  work: CheckpointWork | undefined,
  isQuiet: () => boolean,
  make: () => Promise<string | null>,
): Promise<string | null> {
  if (work === undefined) return 'the target is not connected';
  if (!work.link.hasHistory) return 'the target keeps no history';
  if (!isQuiet()) return onTheirWay;
  const held = await acquireInTime(work.locks, [{ path: '', mode: 'S' }], {
    name: 'checkpoint',
    timeoutMs: lockTimeoutMs,
  });
  try {
    return held !== undefined && isQuiet() ? await make() : onTheirWay;
  } finally {
    held?.release();
  }
}
