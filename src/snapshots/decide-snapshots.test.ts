import assert from 'node:assert/strict';
import { test } from 'node:test';
import { annotations } from '../api/names.ts';
import type { VolumeSnapshot } from '../cluster/objects.ts';
import { decideSnapshots, snapshotRow } from './decide-snapshots.ts';
import { groupSnapshots } from './snapshot-group.ts';

const hour = 3_600_000;
const noon = Date.parse('2030-01-01T12:00:00Z');

/** One snapshot; `mark` is what its annotation says of the checkpoint. */
const taken = (
  atMs: number,
  ready: boolean,
  more: { mark?: string; error?: string; ordinal?: number; of?: number } = {},
) =>
  ({
    metadata: {
      name: `s-${more.ordinal ?? 0}-${new Date(atMs).toISOString()}`,
      annotations: {
        [annotations.takenAt]: new Date(atMs).toISOString(),
        ...(more.of === undefined ? {} : { [annotations.takenTogether]: String(more.of) }),
        ...('mark' in more ? { [annotations.atCheckpoint]: more.mark } : {}),
      },
    },
    status: { readyToUse: ready, ...(more.error === undefined ? {} : { error: { message: more.error } }) },
  }) as unknown as VolumeSnapshot;

const decide = (snapshots: readonly VolumeSnapshot[], keep = 2, nowMs = noon) =>
  decideSnapshots({ settings: { schedule: '@hourly', keep }, groups: groupSnapshots(snapshots), nowMs });
const namesOf = (snapshots: readonly VolumeSnapshot[]) => snapshots.map(({ metadata }) => metadata?.name?.slice(4, 20));

test('the first is due at once, the next when the schedule comes round after the last', () => {
  assert.deepEqual([decide([]).isDue, decide([]).lookAgainMs], [true, 0]);
  const at = noon - hour / 2;
  const early = decide([taken(at, true, { mark: 'true' })], 2, noon - 1);
  assert.deepEqual([early.isDue, early.lookAgainMs], [false, 1]);
  assert.equal(decide([taken(at, true, { mark: 'true' })]).isDue, true);
  assert.equal(decide([taken(at - 9 * hour, true, { mark: 'true' })]).isDue, true, 'those that were missed are one');
});

test('as many are kept as can be used; one that never came to be of use takes nobody’s place and goes', () => {
  const mark = { mark: 'true' };
  const [a, b, c] = [1, 2, 3].map((n) => taken(noon - n * hour, true, mark)) as [
    VolumeSnapshot,
    VolumeSnapshot,
    VolumeSnapshot,
  ];
  assert.deepEqual(namesOf(decide([c, a, b]).remove), ['2030-01-01T09:00']);
  const young = taken(noon, false, mark);
  assert.deepEqual(namesOf(decide([a, b, young]).remove), [], 'the new one is not ready: the old ones stay');
  assert.equal(decide([a, b, young]).lookAgainMs, 5_000, 'and is looked at until it is');
  const failed = taken(noon - 2 * hour, false, { mark: 'x', error: 'no room' });
  assert.deepEqual(namesOf(decide([a, failed, c]).remove), ['2030-01-01T10:00']);
  assert.deepEqual(namesOf(decide([failed]).remove), [], 'the last tells why there is none');
});

test('one of a group that is not ready is a group that is not', () => {
  const pair = [taken(noon - hour, true, { mark: 'true' }), taken(noon - hour, false, { mark: 'true', ordinal: 1 })];
  assert.deepEqual(
    groupSnapshots(pair).map(({ isReady, members }) => [isReady, members.length]),
    [[false, 2]],
  );
});

test('one of which volumes were left out takes nobody’s place, is taken again, and goes once another is there', () => {
  const whole = [0, 1].map((ordinal) => taken(noon - hour, true, { mark: 'true', ordinal, of: 2 }));
  const cut = taken(noon - 600_000, true, { mark: 'true', of: 2 });
  const plan = decide([...whole, cut], 1, noon - 1);
  assert.deepEqual([plan.remove, plan.isDue], [[], false], 'the whole one stays, and the next is due as ever');
  assert.equal(decide([cut], 1, noon - 1).isDue, true);
  const row = snapshotRow('dr', groupSnapshots([...whole, cut]), undefined);
  assert.deepEqual(
    [row.ready, row.atCheckpoint, row.reason, row.message],
    [1, false, 'SnapshotFailed', 'of 2 volumes 1 were taken'],
  );
  const next = [0, 1].map((ordinal) => taken(noon, true, { mark: 'true', ordinal, of: 2 }));
  const then = decide([...whole, cut, ...next], 1);
  assert.deepEqual(namesOf(then.remove), ['2030-01-01T11:50', '2030-01-01T11:00', '2030-01-01T11:00']);
});

test('what was cut off as it was taken is marked as of no checkpoint, but not while it may be under way', () => {
  const cut = taken(noon - 600_000, true);
  assert.deepEqual(decide([cut]).unmarked, [cut]);
  assert.deepEqual(decide([taken(noon - 60_000, true)]).unmarked, []);
});

test('the status tells of the last: when, at a checkpoint or not, and why there is none', () => {
  const rowOf = (...snapshots: VolumeSnapshot[]) => snapshotRow('dr', groupSnapshots(snapshots), undefined);
  const good = taken(noon, true, { mark: 'true' });
  assert.deepEqual(rowOf(good), {
    target: 'dr',
    takenAt: '2030-01-01T12:00:00.000Z',
    names: [good.metadata?.name],
    atCheckpoint: true,
    ready: 1,
  });
  assert.equal(rowOf(good, taken(noon, true, { mark: 'writes went on', ordinal: 1 })).atCheckpoint, false);
  const failed = rowOf(taken(noon, false, { mark: 'the snapshot failed', error: 'no room' }));
  assert.deepEqual([failed.reason, failed.message, failed.ready], ['SnapshotFailed', 'no room', 0]);
  const untaken = rowOf(taken(noon, false, { mark: 'nobody took it within 30 s' }), taken(noon - hour, true, {}));
  assert.deepEqual([untaken.reason, untaken.ready], ['SnapshotFailed', 1]);
  assert.equal(rowOf(taken(noon, false)).reason, undefined, 'it may be being taken');
  const trouble = { reason: 'SnapshotsNotServed', message: 'none' };
  assert.deepEqual(snapshotRow('dr', [], trouble), { target: 'dr', ready: 0, ...trouble });
});
