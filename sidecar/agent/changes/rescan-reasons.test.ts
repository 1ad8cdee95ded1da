import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PendingSet } from '../pending/pending-set.ts';
import type { Change, RelPath, RescanReason } from './change.ts';
import { strongerReason } from './rescan-reasons.ts';

test('of two reasons the one that doubts content counts, and most of all a full log', () => {
  const order: (RescanReason | undefined)[] = [undefined, 'moved-in', 'overflow', 'log-collapsed'];
  for (const [rank, a] of order.entries())
    for (const [other, b] of order.entries()) assert.equal(strongerReason(a, b), order[Math.max(rank, other)]);
});

const compare = (path: RelPath, reason: RescanReason): Change => ({ kind: 'subtree', path, reason });
const renamed: Change = { kind: 'move', from: 'a', path: 'b', isDirectory: true };

/** Changes in the order in which they came, each with the time of its oldest event. */
const rows: readonly [what: string, changes: readonly [Change, number][], path: RelPath, oldestAt: number][] = [
  [
    'on the same name',
    [
      [compare('a', 'moved-in'), 2],
      [compare('a', 'log-collapsed'), 1],
    ],
    'a',
    1,
  ],
  [
    'below one that is compared anyway',
    [
      [compare('a', 'moved-in'), 2],
      [compare('a/b', 'log-collapsed'), 1],
    ],
    'a',
    1,
  ],
  [
    'before one above',
    [
      [compare('a/b', 'log-collapsed'), 1],
      [compare('a', 'moved-in'), 2],
    ],
    'a',
    1,
  ],
  [
    'before a rename',
    [
      [compare('a', 'log-collapsed'), 1],
      [renamed, 2],
    ],
    'b',
    1,
  ],
  [
    'above what is renamed',
    [
      [compare('', 'log-collapsed'), 1],
      [renamed, 2],
    ],
    'b',
    1,
  ],
];

for (const [what, changes, path, oldestAt] of rows) {
  test(`that a full log gave up content is not forgotten: ${what}`, () => {
    const pending = new PendingSet();
    changes.forEach(([change, at], index) => {
      pending.add({ sequence: index + 1, at, change });
    });
    const batch = pending.take(100);
    const found = batch?.entries.get(path);
    assert.deepEqual([found?.subtree, found?.at, batch?.oldestAt], ['log-collapsed', oldestAt, oldestAt]);
  });
}
