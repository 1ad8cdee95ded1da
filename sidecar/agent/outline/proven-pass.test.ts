import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createManualClock } from '../../../src/process/manual-clock.ts';
import type { PassContext } from '../pass/full-pass.ts';
import type { RunResult } from '../rsync/run.ts';
import { testSettings } from '../testing/agent-fixture.ts';
import { endedRun } from '../testing/ended-run.ts';
import { runProvenPass } from './proven-pass.ts';

/** What a restart makes of 200 names that went in one directory while no agent ran, where its source has `entries`. */
const restart = async (entries: number): Promise<unknown[]> => {
  const told: unknown[] = [];
  const done = endedRun('Number of files: 1');
  const context = {
    sync: { ...testSettings.sync, deleteGuard: { ...testSettings.sync.deleteGuard, maxPercent: 50, minFiles: 100 } },
    clock: createManualClock(0),
    signal: new AbortController().signal,
    source: { check: () => 'same', hasHardLinks: async () => false, isEmpty: () => false },
    startCompare: (_links: boolean, onOutput: (chunk: Buffer) => void) => {
      const feed = async (): Promise<RunResult> => {
        for (let n = 0; n < 200; n++) onOutput(Buffer.from(`*deleting   0 d/file-${n}\n`));
        return done;
      };
      return { finished: Promise.resolve(done), ended: false, feed, holdOutput: () => {}, kill: () => {} };
    },
    remove: async (_cause: unknown, paths: readonly string[]) => {
      told.push(paths.length);
      return { deleted: paths, back: [], refused: [], held: undefined, failed: undefined };
    },
    held: () => null,
    released: () => undefined,
    isPending: () => false,
    // Nothing was counted since this agent began.
    whole: () => 0,
    canKeep: true,
    onHeld: ({ reason, count }: { reason: string; count: number }) => told.push(`${reason} ${count}`),
    onNothingHeld: () => {},
  } satisfies Partial<Record<keyof PassContext, unknown>> as unknown as PassContext;
  const findings = { content: [], named: [], met: new Set<string>(), subtrees: ['d'], entries };
  const named = { content: [], attributes: [], subtrees: [], extra: [], extraEntries: 0 };
  await runProvenPass({
    request: {
      ...{ subtrees: [''], reason: 'start', sequence: 1, at: 0, since: undefined },
      ...{ sourceReplaced: false, announced: [], mayBeProven: true },
    },
    context,
    findings,
    compareNamed: async () => named,
  });
  return told;
};

test('what went in a directory while no agent ran is judged by its share of the whole after a restart that compares but what changed', async () => {
  assert.deepEqual(await restart(1_000), [200]);
  assert.deepEqual(await restart(150), ['TooMany 200']);
});
