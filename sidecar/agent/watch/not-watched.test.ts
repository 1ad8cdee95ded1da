import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeNotWatched, type NotWatchedReason } from './not-watched.ts';

/** What is being walked is watched in a moment, and what is found is owed meanwhile. */
const isTold: Readonly<Record<NotWatchedReason, boolean>> = {
  WatchLimit: true,
  NoInstance: true,
  Unreadable: true,
  SeenTwice: true,
  MountLost: true,
  Walking: false,
  Stale: true,
  NotOpen: true,
};

for (const [reason, expected] of Object.entries(isTold) as [NotWatchedReason, boolean][])
  test(`a directory that is not watched (${reason}) ${expected ? 'keeps a replica from being in sync' : 'is about to be'}`, () => {
    const said = describeNotWatched([{ reason, count: 3, samples: ['d'] }]);
    assert.equal(said !== undefined, expected);
    assert.ok(said === undefined || said.startsWith('3 directories '));
  });
