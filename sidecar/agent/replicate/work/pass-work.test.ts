import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createManualClock } from '../../../../src/process/manual-clock.ts';
import { LostEvents } from '../../changes/lost-events.ts';
import { WallTimes } from '../../changes/wall-times.ts';
import { ChangeLog } from '../../log/change-log.ts';
import { nothingSent } from '../../send/executor.ts';
import type { Work } from '../../send/plan-runs.ts';
import { testSettings } from '../../testing/agent-fixture.ts';
import { endedRun } from '../../testing/ended-run.ts';
import { Backlog } from './backlog.ts';
import { PassWork, type PassWorkOptions } from './pass-work.ts';

const change = (path: string) => ({ kind: 'content', path }) as const;

/** Work that finds a directory that was made and a file that changes, and sends them by `carryOut`. */
const begin = (carryOut: (work: Work) => void, signal = new AbortController().signal) => {
  const clock = createManualClock(0);
  const log = new ChangeLog();
  const backlog = new Backlog({ clock, log, lost: new LostEvents(), wall: new WallTimes(clock) }, 'dr');
  const done = Promise.withResolvers<void>();
  const taken: unknown[] = [];
  const onLeftOver = (): void => void taken.push(backlog.pending.take(10)?.content);
  const work = new PassWork({
    settings: testSettings,
    source: {
      check: () => 'same',
      hasHardLinks: async () => false,
      isEmpty: () => false,
      look: () => ({ kind: 'file' }),
    },
    filter: { excludes: () => false },
    link: {},
    clock,
    backlog,
    held: () => null,
    released: () => undefined,
    whole: () => 0,
    coveredBefore: () => null,
    events: { onPassStarted: () => {}, onPassWork: () => {}, onPassDone: () => {}, onHeld: () => {}, onLeftOver },
    outcomes: { note: () => {} },
    dispatcher: { bulk: (task: () => unknown) => task() },
    signal,
    startCompare: (_links: boolean, onOutput: (chunk: Buffer) => void) => {
      const finished = endedRun('Number of files: 3');
      const feed = async () => {
        onOutput(Buffer.from('cd+++++++++ 0 made/\n<f+++++++++ 1 changes\n'));
        return finished;
      };
      return { finished, ended: false, feed, holdOutput: () => {}, kill: () => {} };
    },
    executor: {
      plan: async (planned: Work) => ({ ...planned, big: [] }),
      carryOut: async (planned: Work) => {
        carryOut(planned);
        return nothingSent;
      },
    },
    onDone: done.resolve,
    onError: done.reject,
  } as unknown as PassWorkOptions);
  return { work, backlog, clock, taken, done: done.promise };
};

test('what a comparison sends is under way: a rename of it waits, and what changes already is left to that', async () => {
  const sent: unknown[] = [];
  const { work, backlog, done } = begin(({ content }) => {
    sent.push(content);
    backlog.pending.add({
      sequence: 2,
      at: 0,
      change: { kind: 'move', from: 'made', path: 'moved', isDirectory: true },
    });
    sent.push(backlog.pending.take(10));
  });
  backlog.pending.add({ sequence: 1, at: 0, change: change('changes') });
  const batch = backlog.pending.take(10);
  backlog.requestPass('retry', []);
  work.start();
  await done;
  assert.deepEqual(sent, [['made'], undefined]);
  if (batch !== undefined) backlog.pending.done(batch);
  const next = backlog.pending.take(10);
  assert.deepEqual([next?.renames.map(({ from }) => from), next?.content], [['made'], ['changes']], 'once it is done');
});

test('what waited for what a comparison sends is told of to the next session, where its own is over by then', async () => {
  const session = new AbortController();
  const { work, backlog, clock, taken, done } = begin(() => {
    backlog.pending.add({ sequence: 2, at: 0, change: change('made') });
    session.abort();
    assert.equal(backlog.pending.take(10), undefined);
  }, session.signal);
  backlog.requestPass('retry', []);
  work.start();
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(taken, [['made']], 'before the comparison itself is over, which may have been long ago');
  clock.advance(1_000);
  await done;
});
