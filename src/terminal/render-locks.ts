import type { LockTable } from '../api/lock-table.ts';

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

/** Lines for a person: who holds what, who waits for whom, what is under way. */
export const renderLocks = (tables: readonly LockTable[]): string =>
  tables
    .flatMap(({ target, holders, waiters, underWay = [], held, waiting }) => [
      `${target}: ${held} held, ${waiting} waiting`,
      ...holders.map(({ path, mode, owner, heldMs }) => `  ${owner} holds ${mode} on ${path} for ${seconds(heldMs)}`),
      ...waiters.map(
        ({ path, mode, owner, waitedMs, waitsFor }) =>
          `  ${owner} waits for ${mode} on ${path} since ${seconds(waitedMs)}, for ${waitsFor.join(', ')}`,
      ),
      ...underWay.map(
        ({ names, ageMs, paths }) =>
          `  ${names} names are under way, the oldest change ${seconds(ageMs)} old: ${paths.join(', ')}`,
      ),
    ])
    .join('\n');
