import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../../../src/process/clock.ts';
import { LostEvents } from '../../changes/lost-events.ts';
import { WallTimes } from '../../changes/wall-times.ts';
import { ChangeLog } from '../../log/change-log.ts';
import { Backlog } from './backlog.ts';

test('what was closed can still be asked what it owes', () => {
  const log = new ChangeLog({});
  const lost = new LostEvents();
  const backlog = new Backlog({ clock: systemClock, log, lost, wall: new WallTimes(systemClock) }, 'one');
  const other = new Backlog({ clock: systemClock, log, lost, wall: new WallTimes(systemClock) }, 'other');
  log.append([{ change: { kind: 'content', path: 'a' }, at: systemClock.monotonic() }]);
  backlog.close();
  assert.equal(backlog.unread, 1);
  assert.equal(backlog.changes, 1);
  assert.equal(backlog.oldestAt, undefined);
  log.append([{ change: { kind: 'content', path: 'b' }, at: systemClock.monotonic() }]);
  assert.equal(other.unread, 2);
});

test('a comparison of what may have been changed behind our back is owed for as long as that may be', () => {
  const lost = new LostEvents();
  const parts = { clock: systemClock, log: new ChangeLog({}), lost, wall: new WallTimes(systemClock) };
  const backlog = new Backlog(parts, 'one');
  const since = systemClock.monotonic() - 30_000;
  backlog.requestPass('retry', [], { since });
  assert.equal(backlog.oldestAt, since);
});

test('what a comparison found and could not bring is owed as found until it is done, whatever comes after it', () => {
  const parts = {
    clock: systemClock,
    log: new ChangeLog({}),
    lost: new LostEvents(),
    wall: new WallTimes(systemClock),
  };
  const backlog = new Backlog(parts, 'one');
  const at = systemClock.monotonic();
  backlog.addAgain(['due'], { sequence: 1, at });
  assert.equal(backlog.owesFound, false);
  backlog.addUndone(['found'], { sequence: 1, at });
  backlog.addAgain(['later'], { sequence: 2, at: at + 1 });
  assert.equal(backlog.owesFound, true);
  for (let batch = backlog.pending.take(1); batch !== undefined; batch = backlog.pending.take(1)) {
    backlog.pending.done(batch);
    assert.equal(backlog.owesFound, backlog.pending.has('found') || backlog.pending.has('due'));
  }
  assert.equal(backlog.changes, 0);
});

test('a change that a comparison is asked for is on the target once that is done, not when it is asked for', () => {
  const log = new ChangeLog({});
  const parts = { clock: systemClock, log, lost: new LostEvents(), wall: new WallTimes(systemClock) };
  const backlog = new Backlog(parts, 'one');
  log.append([{ change: { kind: 'subtree', path: 'moved', reason: 'moved-in' }, at: systemClock.monotonic() }]);
  backlog.pull();
  const batch = backlog.pending.take(1);
  assert.ok(batch);
  backlog.requestPassFor(batch, ['moved']);
  backlog.pending.done(batch);
  assert.equal(backlog.completedSequence, 0);
  assert.notEqual(backlog.passes.start(), undefined);
  assert.equal(backlog.completedSequence, 0, 'while it is under way');
  backlog.passes.finish(true);
  assert.equal(backlog.completedSequence, 1);
});

test('what was met on a root that was replaced since is not looked for on the new one, where it would be missing', () => {
  const backlog = new Backlog(
    { clock: systemClock, log: new ChangeLog({}), lost: new LostEvents(), wall: new WallTimes(systemClock) },
    'one',
  );
  const { replacedAt: before } = backlog;
  backlog.addDirectories(['d'], before);
  assert.deepEqual(backlog.pending.take(10)?.attributes, ['d']);
  backlog.requestPass('root-replaced', [], { sourceReplaced: true });
  backlog.addDirectories(['e'], before);
  assert.equal(backlog.pending.take(10), undefined);
  backlog.addDirectories(['f'], backlog.replacedAt);
  assert.deepEqual(backlog.pending.take(10)?.attributes, ['f']);
});
