import { type LockTable, locksMessage } from '../../../src/api/lock-table.ts';
import type { ReplicationSettings } from '../../../src/api/settings/replication-settings.ts';
import type { Logger } from '../../../src/process/log/logger.ts';
import { escapeName } from '../rsync/itemize.ts';
import type { LockSnapshot } from './path-locks.ts';

export interface LockedReplica {
  readonly target: { readonly name: string };
  readonly locks: { snapshot(): LockSnapshot };
  readonly replicator: { underWay(): NonNullable<LockTable['underWay']> };
}

/** One line of a log holds them all. */
const mostShown = 100;

/** What people are told of the locks of one target, and of the work that it has begun. */
export const makeLockTable = ({ target, locks, replicator }: LockedReplica): LockTable => {
  const { holders, waiters, held, waiting } = locks.snapshot();
  return {
    target: target.name,
    holders: holders
      .slice(0, mostShown)
      .map(({ path, heldMs, ...rest }) => ({ ...rest, path: shown(path), heldMs: Math.round(heldMs) })),
    waiters: waiters
      .slice(0, mostShown)
      .map(({ path, waitedMs, ...rest }) => ({ ...rest, path: shown(path), waitedMs: Math.round(waitedMs) })),
    underWay: replicator
      .underWay()
      .slice(0, mostShown)
      .map(({ names, ageMs, paths }) => ({ names, ageMs: Math.round(ageMs), paths: paths.map(shown) })),
    held,
    waiting,
  };
};

/** Answers a request that is new by one line of the log. */
export const tellLocks = (
  logger: Logger,
  locks: () => readonly LockTable[],
  before: Pick<ReplicationSettings, 'requests'>,
  { requests }: Pick<ReplicationSettings, 'requests'>,
): void => {
  const request = requests?.locks;
  if (request === undefined || request === before.requests?.locks) return;
  logger.info({ request, locks: locks() }, locksMessage);
};

const shown = (path: string): string => (path === '' ? '.' : escapeName(path));
