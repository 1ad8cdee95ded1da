import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLogger } from '../../../src/process/log/logger.ts';
import { renderLocks } from '../../../src/terminal/render-locks.ts';
import { type LockedReplica, makeLockTable, tellLocks } from './lock-table.ts';
import { PathLocks } from './path-locks.ts';

const replicaWith = (locks: PathLocks): LockedReplica => ({
  target: { name: 'dr' },
  locks,
  replicator: { underWay: () => [{ names: 7, ageMs: 61_000.4, paths: ['a/\x1b', ''] }] },
});

test('who holds and who waits is told with names that a terminal can bear', async () => {
  const locks = new PathLocks();
  const held = await locks.acquire([{ path: 'a/\x1b[2J', mode: 'X' }], { name: 'writer' });
  const waiting = locks.acquire([{ path: 'a', mode: 'S' }], { name: 'verify' });
  const table = makeLockTable(replicaWith(locks));
  assert.deepEqual(table.holders.map(({ path, mode, owner }) => [path, mode, owner]).sort(), [
    ['.', 'IS', 'verify'],
    ['.', 'IX', 'writer'],
    ['a', 'IX', 'writer'],
    ['a/\\#033[2J', 'X', 'writer'],
  ]);
  assert.deepEqual(
    table.waiters.map(({ path, mode, waitsFor }) => [path, mode, waitsFor]),
    [['a', 'S', ['writer']]],
  );
  const text = renderLocks([table]);
  assert.match(text, /^dr: 4 held, 1 waiting$/m);
  assert.match(text, /^ {2}writer holds X on a\/\\#033\[2J for \d+\.\d s$/m);
  assert.match(text, /^ {2}verify waits for S on a since \d+\.\d s, for writer$/m);
  assert.match(text, /^ {2}7 names are under way, the oldest change 61\.0 s old: a\/\\#033, \.$/m);
  held.release();
  (await waiting).release();
  assert.equal(makeLockTable(replicaWith(locks)).held, 0);
});

test('a line holds a bounded number of them, and says how many there are', async () => {
  const locks = new PathLocks();
  const held = await locks.acquire(Array.from({ length: 5_000 }, (_, index) => ({ path: `${index}`, mode: 'X' })));
  const { holders, held: all } = makeLockTable(replicaWith(locks));
  assert.equal(holders.length, 100);
  assert.equal(all, 5_001);
  held.release();
});

test('a request is answered once', () => {
  const told: unknown[] = [];
  const logger = { ...silentLogger, info: (fields: object) => void told.push(fields) } as typeof silentLogger;
  const tell = (before: string | undefined, now: string | undefined): void => {
    const of = (locks: string | undefined) => (locks === undefined ? {} : { requests: { locks } });
    tellLocks(logger, () => [], of(before), of(now));
  };
  tell(undefined, undefined);
  tell(undefined, 'first');
  tell('first', 'first');
  tell('first', 'second');
  tell('second', undefined);
  assert.deepEqual(told, [
    { request: 'first', locks: [] },
    { request: 'second', locks: [] },
  ]);
});
