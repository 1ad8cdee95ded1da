import { plainPlan } from '../world/world-plan.ts';
import type { RecordedHistory } from './recorded-history.ts';

/** The same since the models have small files, copies and what an agent keeps for a restart: of agents, targets and roots that come and go. */
export const foundSinceRestarts: readonly RecordedHistory[] = [
  {
    what: 'what a target has lost with its power is sent again although it was in use in between',
    seed: 3,
    steps: [
      { kind: 'write', a: 3, b: 0, thenMs: 6_000 },
      { kind: 'rewriteQuietly', a: 3, b: 0, thenMs: 400 },
      { kind: 'promote', a: 2, b: 0, thenMs: 500 },
      { kind: 'cutPower', a: 1, b: 0, thenMs: 12_000 },
    ],
    fault: [
      {
        file: 'sidecar/agent/link/notes/lost-meanwhile.ts',
        find: 'life.bootId !== bootId,',
        replace: 'life.bootId !== bootId && continues,',
      },
    ],
  },
  {
    what: 'a target that had another root for a while is not known to have what the former one was',
    seed: 20_026_404,
    steps: [
      { kind: 'pass', a: 50, b: 3, thenMs: 18_254 },
      { kind: 'unmount', a: 29, b: 21, thenMs: 6 },
      { kind: 'grow', a: 8, b: 2, thenMs: 5_558 },
      { kind: 'save', a: 16, b: 41, thenMs: 1 },
      { kind: 'setXattrs', a: 47, b: 4, thenMs: 1 },
      { kind: 'leaveAgent', a: 12, b: 13, thenMs: 1 },
      { kind: 'pass', a: 50, b: 3, thenMs: 18_254 },
    ],
    plan: {
      ...plainPlan,
      targets: [{ kind: 'receiver' }, { kind: 'rsyncd' }],
      filter: { include: [], exclude: ['a/'] },
      remembers: true,
    },
    fault: [
      {
        file: 'sidecar/agent/replicate/replicator.ts',
        find: 'if (extra.sourceReplaced) this.#options.proof?.forget();',
        replace: '',
      },
    ],
  },
  {
    what: 'what the agent of a plain daemon had not sent when its pod was replaced is sent by the next, which knows nothing of it',
    seed: 20_014_764,
    steps: [
      { kind: 'write', a: 0, b: 58, thenMs: 29_369 },
      { kind: 'burst', a: 39, b: 0, thenMs: 1 },
      { kind: 'secondAgent', a: 5, b: 57, thenMs: 0 },
    ],
    plan: { ...plainPlan, targets: [{ kind: 'rsyncd' }] },
    fault: [
      {
        file: 'sidecar/agent/link/notes/covered-since.ts',
        find: 'forgets ? now - forgottenMs : null',
        replace: 'null',
      },
    ],
  },
  {
    what: 'what another did to a target is no younger than when the target was known to be ours',
    seed: 80_000_161,
    steps: [
      { kind: 'mkdir', a: 20, b: 27, thenMs: 792 },
      { kind: 'promote', a: 0, b: 36, thenMs: 0 },
      { kind: 'hangOnceOpened', a: 9, b: 36, thenMs: 0 },
      { kind: 'cut', a: 3, b: 36, thenMs: 100 },
      { kind: 'write', a: 1, b: 0, thenMs: 25_435 },
    ],
    plan: { ...plainPlan, takesSmallFiles: true },
    fault: [
      { file: 'sidecar/agent/replicate/replicator.ts', find: '{ since: this.#reporter.heardAt }', replace: '{}' },
    ],
  },
  {
    what: 'what is deleted because the source had something in the moment when another agent began is no loss',
    seed: 41_002_984,
    steps: [
      { kind: 'promote', a: 30, b: 37, thenMs: 48 },
      { kind: 'writeMapped', a: 56, b: 26, thenMs: 24_362 },
      { kind: 'secondAgent', a: 33, b: 60, thenMs: 0 },
      { kind: 'big', a: 60, b: 27, thenMs: 44 },
    ],
    plan: { ...plainPlan, targets: [{ kind: 'receiver' }, { kind: 'receiver' }], remembers: true },
    fault: [
      {
        file: 'testing/simulation/world/world.ts',
        find: 'target.guarded = undefined;',
        replace: 'if (this.guardedAt !== this.changedAt) target.guarded = undefined;',
      },
      {
        file: 'testing/simulation/world/world.ts',
        find: 'target.guard(goneOf(target));',
        replace: 'target.guard(goneOf(target));\n    this.guardedAt = this.scheduler.now;',
      },
    ],
  },
  {
    what: 'what is missing on another root is not deleted at a plain daemon because that root is taken for the source while it waits for calm',
    seed: 8_581,
    steps: [
      { kind: 'save', a: 34, b: 39, thenMs: 9 },
      { kind: 'readOnlyTarget', a: 15, b: 48, thenMs: 0 },
      { kind: 'mkdir', a: 1, b: 0, thenMs: 0 },
      { kind: 'write', a: 4, b: 0, thenMs: 8_758 },
      { kind: 'unmount', a: 48, b: 0, thenMs: 2 },
    ],
    plan: { ...plainPlan, targets: [{ kind: 'rsyncd' }], verifies: true, remembers: true },
    fault: [
      {
        file: 'sidecar/agent/deletions/deleter.ts',
        find: "if (source.check() !== 'same')",
        replace: 'if (source.check() === undefined)',
      },
      {
        file: 'sidecar/agent/deletions/deleter.ts',
        find: 'if (signal.aborted) return { ...nothing, back: [...back, ...gone] };',
        replace: '',
      },
      { file: 'sidecar/agent/replicate/session.ts', find: 'if (this.isOver) run.kill();', replace: '' },
    ],
  },
  {
    what: 'what changed before a restart is looked for on the source, also where another directory stood in its place at first',
    seed: 64_009_234,
    steps: [
      { kind: 'write', a: 48, b: 55, thenMs: 43 },
      { kind: 'burst', a: 48, b: 0, thenMs: 2 },
      { kind: 'killAgent', a: 3, b: 2, thenMs: 7 },
      { kind: 'unmount', a: 40, b: 36, thenMs: 180 },
      { kind: 'stepClock', a: 27, b: 32, thenMs: 2 },
    ],
    plan: { ...plainPlan, takesSmallFiles: true, remembers: true },
    fault: [
      {
        file: 'sidecar/agent/replicate/status/replica-record.ts',
        find: 'if (this.#held === null) this',
        replace: 'this',
      },
    ],
  },
  {
    what: 'what is held at a plain daemon is not told of by turns with what of it is tried again',
    seed: 65_000_056,
    steps: [
      { kind: 'mkdir', a: 0, b: 39, thenMs: 0 },
      { kind: 'write', a: 5, b: 0, thenMs: 0 },
      { kind: 'touch', a: 3, b: 63, thenMs: 14 },
      { kind: 'remove', a: 0, b: 39, thenMs: 298 },
      { kind: 'burst', a: 59, b: 47, thenMs: 38 },
    ],
    plan: { ...plainPlan, targets: [{ kind: 'rsyncd' }], keepsMasses: true },
    fault: [{ file: 'sidecar/agent/pass/delete-missing.ts', find: '!this.#waitsToBeHeld && ', replace: '' }],
  },
  {
    what: 'a directory that is made again while a restart compares what changed has nothing of the former one',
    seed: 2,
    steps: [
      { kind: 'mkdir', a: 0, b: 0, thenMs: 0 },
      { kind: 'write', a: 4, b: 0, thenMs: 0 },
      { kind: 'wait', a: 2, b: 0, thenMs: 8_000 },
      { kind: 'killAgent', a: 1, b: 0, thenMs: 5 },
      { kind: 'remove', a: 0, b: 0, thenMs: 896 },
      { kind: 'mkdir', a: 0, b: 0, thenMs: 3_000 },
    ],
    plan: { ...plainPlan, takesSmallFiles: true, remembers: true },
    fault: [{ file: 'sidecar/agent/outline/compare-named.ts', find: 'others.push(path);', replace: 'others.at(0);' }],
  },
  {
    what: 'a comparison that was under way while deletions were put back does not take back that they are held',
    seed: 67_004_434,
    steps: [
      { kind: 'write', a: 63, b: 35, thenMs: 1_894 },
      { kind: 'touch', a: 63, b: 18, thenMs: 1 },
      { kind: 'mkdir', a: 0, b: 15, thenMs: 0 },
      { kind: 'write', a: 5, b: 0, thenMs: 0 },
      { kind: 'write', a: 1, b: 0, thenMs: 0 },
      { kind: 'write', a: 2, b: 0, thenMs: 0 },
      { kind: 'wait', a: 0, b: 15, thenMs: 6_000 },
      { kind: 'save', a: 38, b: 19, thenMs: 1 },
      { kind: 'remove', a: 2, b: 15, thenMs: 3_000 },
      { kind: 'undelete', a: 1, b: 15, thenMs: 498 },
      { kind: 'pass', a: 1, b: 15, thenMs: 12_000 },
    ],
    plan: {
      ...plainPlan,
      filter: { include: [], exclude: ['burst-*', '/d'] },
      takesSmallFiles: true,
      makesCopies: true,
      remembers: true,
      keepsMasses: true,
    },
    fault: [
      { file: 'sidecar/agent/replicate/work/pass-work.ts', find: ' && held() === heldBefore', replace: '' },
      { file: 'sidecar/agent/replicate/replicator.ts', find: 'held ?? this.#kept.meant', replace: 'held' },
      { file: 'sidecar/agent/replicate/held/kept-deletes.ts', find: 'onBack();', replace: '' },
    ],
  },
  {
    what: 'what is put back is held beside what was held before, not instead of it',
    seed: 68_004_068,
    steps: [
      { kind: 'grow', a: 25, b: 60, thenMs: 38 },
      { kind: 'unmount', a: 5, b: 57, thenMs: 0 },
      { kind: 'mkdir', a: 0, b: 59, thenMs: 0 },
      { kind: 'write', a: 5, b: 0, thenMs: 0 },
      { kind: 'write', a: 1, b: 0, thenMs: 0 },
      { kind: 'write', a: 2, b: 0, thenMs: 0 },
      { kind: 'wait', a: 0, b: 59, thenMs: 6_000 },
      { kind: 'remove', a: 0, b: 59, thenMs: 14 },
      { kind: 'remove', a: 2, b: 59, thenMs: 3_000 },
      { kind: 'cutPower', a: 1, b: 59, thenMs: 6_000 },
      { kind: 'undelete', a: 0, b: 59, thenMs: 206 },
      { kind: 'cutPower', a: 1, b: 59, thenMs: 12_000 },
    ],
    plan: { ...plainPlan, takesSmallFiles: true, makesCopies: true, remembers: true, keepsMasses: true },
    fault: [
      {
        file: 'sidecar/agent/replicate/held/held-deletes.ts',
        find: '(before?.count ?? 0) + count,',
        replace: 'count,',
      },
      { file: 'sidecar/agent/replicate/held/kept-deletes.ts', find: 'onBack();', replace: '' },
    ],
  },
  {
    what: 'what a comparison found and could not bring is not in sync, whatever another comparison says',
    seed: 67_028_954,
    steps: [
      { kind: 'wait', a: 37, b: 3, thenMs: 6_000 },
      { kind: 'rollBack', a: 37, b: 3, thenMs: 10 },
      { kind: 'wait', a: 37, b: 3, thenMs: 6_000 },
      { kind: 'rollBack', a: 57, b: 61, thenMs: 0 },
      { kind: 'write', a: 25, b: 27, thenMs: 21_012 },
      { kind: 'readOnlyTarget', a: 35, b: 47, thenMs: 37 },
      { kind: 'secondAgent', a: 58, b: 14, thenMs: 43 },
      { kind: 'wait', a: 37, b: 3, thenMs: 6_000 },
    ],
    plan: {
      ...plainPlan,
      targets: [{ kind: 'receiver' }, { kind: 'receiver', filter: { include: [], exclude: ['a/'] } }],
      filter: { include: [], exclude: ['c'] },
      takesSmallFiles: true,
      remembers: true,
      keepsHistory: true,
      hasLittleRoom: true,
    },
    fault: [
      {
        file: 'sidecar/agent/replicate/status/in-sync.ts',
        find: 'if (owesFound)',
        replace: 'if (owesFound && lagMs > maxLagMs)',
      },
      { file: 'sidecar/agent/replicate/session.ts', find: 'if (this.isOver) run.kill();', replace: '' },
    ],
  },
];
