import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeInSync, type SyncFacts } from './in-sync.ts';

const fine: SyncFacts = {
  link: 'Online',
  promoted: false,
  initialPassDone: true,
  owesFound: false,
  maxLagMs: 10_000,
  lagMs: 9_000,
  unseenMs: 9_000,
  unacknowledgedMs: 9_000,
  notWatched: undefined,
  heldDeletes: 0,
  refused: 0,
  unreadable: 0,
  differences: 0,
};

const table: readonly (readonly [name: string, given: Partial<SyncFacts>, reason: string | undefined])[] = [
  ['all within its bounds', {}, undefined],
  ['promoted', { link: 'Offline', promoted: true }, 'Promoted'],
  ['offline', { link: 'Offline' }, 'NotOnline'],
  ['paused', { link: 'Paused' }, 'NotOnline'],
  ['the first pass runs', { initialPassDone: false }, 'InitialPass'],
  ['a directory is not watched', { notWatched: 'directories (1) can’t be read' }, 'NotWatched'],
  ['what a comparison found is on its way', { owesFound: true }, 'Behind'],
  ['behind', { lagMs: 10_001 }, 'Behind'],
  ['looked at too seldom', { unseenMs: 10_001 }, 'Behind'],
  ['not durable', { unacknowledgedMs: 10_001 }, 'NotDurable'],
  ['deletions are held', { heldDeletes: 4_212 }, 'DeletesHeld'],
  ['the target refuses one', { refused: 1 }, 'Refused'],
  ['the source hides one', { unreadable: 1 }, 'Unreadable'],
];

for (const [name, given, reason] of table) {
  test(`in sync: ${name}: ${reason ?? 'yes'}`, () => {
    assert.equal(judgeInSync({ ...fine, ...given })?.reason, reason);
  });
}
