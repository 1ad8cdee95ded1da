import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { silentLogger } from '../../../src/process/log/logger.ts';
import { createManualClock } from '../../../src/process/manual-clock.ts';
import { compileFilter } from '../../filter/filter.ts';
import type { HeldDeletes } from '../../protocol/agent-status.ts';
import type { Change } from '../changes/change.ts';
import { LostEvents } from '../changes/lost-events.ts';
import { WallTimes } from '../changes/wall-times.ts';
import { AnnouncedLately } from '../deletions/announced-lately.ts';
import { PathLocks } from '../locks/path-locks.ts';
import { ChangeLog } from '../log/change-log.ts';
import type { Run, RunResult } from '../rsync/run.ts';
import { ProcessorBudget } from '../schedule/processor-budget.ts';
import { testSettings } from '../testing/agent-fixture.ts';
import { endedRun } from '../testing/ended-run.ts';
import { Session, type SessionOptions } from './session.ts';
import { Backlog } from './work/backlog.ts';

/** A session with a plain daemon, for whose replica of 200 entries `held` is held. The source has a file for every name, or none; `goes`: none once it was looked at. */
function begin({
  isGone = false,
  held = null,
  size = 1,
  goes = false,
}: {
  isGone?: boolean;
  held?: HeldDeletes | null;
  size?: number;
  goes?: boolean;
} = {}) {
  const clock = createManualClock(0);
  const backlog = new Backlog(
    { clock, log: new ChangeLog(), lost: new LostEvents(), wall: new WallTimes(clock) },
    'dr',
  );
  const locks = new PathLocks({ clock });
  const lately = new AnnouncedLately();
  const heldSince: (HeldDeletes | null)[] = [];
  /** Lists that were given to a process that lives. */
  const fed: string[] = [];
  const startRun = (): Run => {
    const end = Promise.withResolvers<RunResult>();
    let isKilled = false;
    return {
      finished: end.promise,
      ended: false,
      feed: (list) => {
        if (!isKilled) fed.push(list.toString());
        return end.promise;
      },
      holdOutput: () => {},
      kill: () => {
        isKilled = true;
        end.resolve({ ...endedRun(), outcome: 'stopped', code: null });
      },
    };
  };
  const file = { kind: 'file', size, allocated: size, links: 1, inode: '1:1', modifiedAt: -9e6, changedAt: -9e6 };
  const session = new Session({
    ...{ clock, backlog, locks, lately, startRun },
    link: { epoch: 0, control: undefined, hasHistory: false },
    settings: testSettings,
    source: {
      path: '/source',
      bytes: '/source',
      tickMs: 0,
      check: () => 'same',
      isEmpty: () => false,
      hasHardLinks: async () => false,
      look: () => (isGone ? { kind: 'gone' } : file),
    },
    filter: compileFilter({ include: [], exclude: [] }),
    budget: new ProcessorBudget(1, 1, () => 0, 0),
    held: () => heldSince.at(-1) ?? held,
    released: () => held?.id,
    whole: () => 200,
    coveredBefore: () => null,
    covered: () => ({}),
    untilSeen: async () => {
      isGone ||= goes;
    },
    holder: 'agent',
    logger: silentLogger,
    events: {
      onHeld: (now: HeldDeletes | null) => heldSince.push(now),
      onBatch: () => {},
      onRun: () => {},
      onIdle: () => {},
      onLeftOver: () => {},
      onPassStarted: () => {},
    },
  } as unknown as SessionOptions);
  const add = (change: Change): void => backlog.pending.add({ sequence: 1, at: 0, change });
  const turns = async (): Promise<void> => {
    for (let n = 0; n < 20; n++) await nextTurn();
  };
  return { session, backlog, clock, locks, lately, fed, heldSince, add, turns };
}

test('what waits for a lock when its session ends is sent by another: the source may not be what it was', async () => {
  const { session, backlog, locks, fed, add, turns } = begin();
  const other = await locks.acquire([{ path: 'file', mode: 'X' }]);
  add({ kind: 'content', path: 'file' });
  session.pump();
  await turns();
  assert.equal(locks.snapshot().waiting, 1);
  session.stop();
  other.release();
  await turns();
  assert.deepEqual(fed, []);
  assert.equal(backlog.pending.size, 1);
});

test('what is held beside what was let go waits for another word: nobody was shown it', async () => {
  const asked = { id: 'asked', reason: 'TooMany', count: 150, samples: [], since: 0 } as const;
  const { session, clock, lately, heldSince, add, turns } = begin({ isGone: true, held: asked });
  for (let n = 0; n < 150; n++) add({ kind: 'delete', path: `file-${n}` });
  lately.note(150, 0);
  session.pump();
  for (let n = 0; n < 100 && heldSince.length === 0; n++) {
    await turns();
    clock.advance(100);
  }
  session.stop();
  assert.deepEqual(
    heldSince.map((held) => [held?.reason, held?.count, held?.id === asked.id]),
    [['TooMany', 300, false]],
  );
});

test('a big file that is gone when its turn comes is not done with: what the target has of it goes', async () => {
  const { session, backlog, fed, add, turns } = begin({ size: 64 * 1024 * 1024, goes: true });
  add({ kind: 'content', path: 'file' });
  session.pump();
  await turns();
  assert.deepEqual([fed, backlog.changes, backlog.pending.has('file')], [[], 1, true]);
  session.stop();
});
