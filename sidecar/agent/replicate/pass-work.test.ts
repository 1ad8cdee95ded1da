import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createManualClock } from '../../../src/process/manual-clock.ts';
import { LostEvents } from '../changes/lost-events.ts';
import { WallTimes } from '../changes/wall-times.ts';
import { ChangeLog } from '../log/change-log.ts';
import { nothingSent } from '../send/executor.ts';
import type { Work } from '../send/plan-runs.ts';
import { testSettings } from '../testing/agent-fixture.ts';
import { endedRun } from '../testing/ended-run.ts';
import { Backlog } from './backlog.ts';
import { PassWork, type PassWorkOptions } from './pass-work.ts';

const change = (path: string) => ({ kind: 'content', path }) as const;

test('what a comparison sends is under way: a rename of it waits, and what changes already is left to that', async () => {
  const clock = createManualClock(0);
  const log = new ChangeLog();
  const backlog = new Backlog({ clock, log, lost: new LostEvents(), wall: new WallTimes(clock) }, 'dr');
  const done = Promise.withResolvers<void>();
  const taken: unknown[] = [];
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
    events: { onPassStarted: () => {}, onPassWork: () => {}, onPassDone: () => {}, onHeld: () => {} },
    outcomes: { note: () => {} },
    dispatcher: { bulk: (task: () => unknown) => task() },
    signal: new AbortController().signal,
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
      carryOut: async ({ content }: Work) => {
        taken.push(content);
        backlog.pending.add({
          sequence: 2,
          at: 0,
          change: { kind: 'move', from: 'made', path: 'moved', isDirectory: true },
        });
        taken.push(backlog.pending.take(10));
        return nothingSent;
      },
    },
    onDone: done.resolve,
    onError: done.reject,
  } as unknown as PassWorkOptions);
  backlog.pending.add({ sequence: 1, at: 0, change: change('changes') });
  const batch = backlog.pending.take(10);
  backlog.requestPass('retry', []);
  work.start();
  await done.promise;
  assert.deepEqual(taken, [['made'], undefined]);
  if (batch !== undefined) backlog.pending.done(batch);
  const next = backlog.pending.take(10);
  assert.deepEqual([next?.renames.map(({ from }) => from), next?.content], [['made'], ['changes']], 'once it is done');
});
