import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createManualClock } from '../../../src/process/manual-clock.ts';
import type { RunResult } from '../rsync/run.ts';
import { testSettings } from '../testing/agent-fixture.ts';
import { endedRun } from '../testing/ended-run.ts';
import { FullPass, type PassContext } from './full-pass.ts';

const ended = endedRun('Number of files: 1');

test('a comparison during which another directory took the root’s place has nothing held, and is to be done again', async () => {
  let root: 'same' | 'replaced' = 'same';
  const held: unknown[] = [];
  const context = {
    sync: testSettings.sync,
    clock: createManualClock(0),
    signal: new AbortController().signal,
    source: { check: () => root, hasHardLinks: async () => false, isEmpty: () => true },
    startCompare: (_links: boolean, onOutput: (chunk: Buffer) => void) => {
      const finish = async (): Promise<RunResult> => {
        root = 'replaced';
        onOutput(Buffer.from('*deleting   0 file\n'));
        return ended;
      };
      return { finished: finish(), ended: false, feed: finish, holdOutput: () => {}, kill: () => {} };
    },
    held: () => null,
    released: () => undefined,
    isPending: () => false,
    whole: () => 1,
    canKeep: true,
    onHeld: (found: unknown) => held.push(found),
    onNothingHeld: () => held.push('nothing'),
  } satisfies Partial<Record<keyof PassContext, unknown>> as unknown as PassContext;
  const pass = new FullPass(
    {
      subtrees: [''],
      reason: 'retry',
      sequence: 1,
      at: 0,
      since: undefined,
      sourceReplaced: false,
      announced: [],
      mayBeProven: false,
    },
    context,
  );
  assert.deepEqual([(await pass.run()).kind, held], ['repeat', []]);
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
