import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createManualClock } from '../../../src/process/manual-clock.ts';
import type { RunResult } from '../rsync/run.ts';
import { testSettings } from '../testing/agent-fixture.ts';
import { endedRun } from '../testing/ended-run.ts';
import { FullPass, type PassContext } from './full-pass.ts';

const ended = endedRun('Number of files: 1');

/** A comparison of all that misses `missing` files at the source, of which nothing was told. */
const passOver = (
  missing: number,
  stats: string,
  during: { root?: 'same' | 'replaced'; sourceReplaced?: boolean; isPending?: boolean } = {},
) => {
  let root: 'same' | 'replaced' = 'same';
  const told: unknown[] = [];
  const context = {
    sync: { ...testSettings.sync, deleteGuard: { ...testSettings.sync.deleteGuard, maxPercent: 50, minFiles: 100 } },
    clock: createManualClock(0),
    signal: new AbortController().signal,
    source: { check: () => root, hasHardLinks: async () => false, isEmpty: () => root !== 'same' },
    startCompare: (_links: boolean, onOutput: (chunk: Buffer) => void) => {
      const done = endedRun(stats);
      const feed = async (): Promise<RunResult> => {
        root = during.root ?? 'same';
        for (let n = 0; n < missing; n++) onOutput(Buffer.from(`*deleting   0 file-${n}\n`));
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
    isPending: () => during.isPending === true,
    onExplained: (paths: readonly string[]) => told.push(`explained ${paths.length}`),
    whole: () => 1,
    canKeep: true,
    onHeld: ({ reason, count }: { reason: string; count: number }) => told.push(`${reason} ${count}`),
    onNothingHeld: () => told.push('nothing held'),
  } satisfies Partial<Record<keyof PassContext, unknown>> as unknown as PassContext;
  const pass = new FullPass(
    {
      subtrees: [''],
      reason: 'retry',
      sequence: 1,
      at: 0,
      since: undefined,
      sourceReplaced: during.sourceReplaced === true,
      announced: [],
      mayBeProven: false,
    },
    context,
  );
  return { pass, told };
};

test('a comparison during which another directory took the root’s place has nothing held, and is to be done again', async () => {
  const { pass, told } = passOver(1, 'Number of files: 1', { root: 'replaced' });
  assert.deepEqual([(await pass.run()).kind, told], ['repeat', []]);
});

test('what is missing is judged by its share of all that the target held before', async () => {
  const few = passOver(200, 'Number of files: 400\nNumber of created files: 100');
  assert.deepEqual([(await few.pass.run()).kind, few.told], ['done', [200, 'nothing held']]);
  const many = passOver(200, 'Number of files: 400\nNumber of created files: 201');
  assert.deepEqual([(await many.pass.run()).kind, many.told], ['done', ['TooMany 200']]);
});

test('what is pending explains what is missing, but not on a root that took another’s place', async () => {
  const same = passOver(1, 'Number of files: 1', { isPending: true });
  assert.deepEqual([(await same.pass.run()).kind, same.told], ['done', ['explained 1', 'nothing held']]);
  const replaced = passOver(1, 'Number of files: 1', { isPending: true, sourceReplaced: true });
  assert.deepEqual([(await replaced.pass.run()).kind, replaced.told], ['done', ['SourceReplaced 1']]);
});

for (const [what, comesBack] of [
  ['that is mounted again', true],
  ['that stays away', false],
] as const)
  test(`what went with a file system below the source ${what} before a comparison ends is not missing`, async () => {
    let lost: readonly string[] = ['disk'];
    let version = 1;
    const removed: unknown[] = [];
    const context = {
      sync: testSettings.sync,
      clock: createManualClock(0),
      signal: new AbortController().signal,
      source: {
        check: () => 'same',
        hasHardLinks: async () => false,
        isEmpty: () => false,
        mountsLost: () => lost,
        mountsVersion: () => version,
      },
      startCompare: (_links: boolean, onOutput: (chunk: Buffer) => void) => {
        const finish = async (): Promise<RunResult> => {
          onOutput(Buffer.from('*deleting   0 disk/d/file\n*deleting   0 disk/d/\n'));
          if (comesBack) [lost, version] = [[], 2];
          return ended;
        };
        return { finished: finish(), ended: false, feed: finish, holdOutput: () => {}, kill: () => {} };
      },
      held: () => null,
      released: () => undefined,
      isPending: () => false,
      whole: () => 1_000,
      canKeep: true,
      onHeld: (found: unknown) => removed.push(found),
      onNothingHeld: () => {},
      remove: async (...asked: unknown[]) => {
        removed.push(asked);
        return { failed: undefined, held: undefined };
      },
    } satisfies Partial<Record<keyof PassContext, unknown>> as unknown as PassContext;
    const request = { subtrees: ['disk'], reason: 'unreadable', sequence: 1, at: 0, since: undefined } as const;
    const pass = new FullPass({ ...request, sourceReplaced: false, announced: [], mayBeProven: false }, context);
    assert.deepEqual([(await pass.run()).kind, removed], [comesBack ? 'repeat' : 'done', []]);
  });
