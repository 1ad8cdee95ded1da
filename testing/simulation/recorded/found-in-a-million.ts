import type { SourcePatch } from '../calibration/patch-sources.ts';
import { plainPlan } from '../world/world-plan.ts';
import type { RecordedHistory } from './recorded-history.ts';

/** What is to be done on a root is told from what was found on a former one by the number that it bears, not by its age. */
const byNumber: readonly SourcePatch[] = [
  {
    file: 'sidecar/agent/replicate/work/backlog.ts',
    find: 'if (sourceReplaced) this.#replacedAt = this.#clock.monotonic();',
    replace:
      'if (sourceReplaced) [this.#replacedAt, this.lastOfFormer] = [this.#clock.monotonic(), this.#log.lastSequence];',
  },
  {
    file: 'sidecar/agent/replicate/session.ts',
    find: 'batch.oldestAt < backlog.replacedAt',
    replace: 'batch.sequence.first <= backlog.lastOfFormer',
  },
];

/** The root is not looked at after a run: a restart rests on what was sent of whatever directory. */
const lookedAtAfter: SourcePatch = {
  file: 'sidecar/agent/replicate/session.ts',
  find: `if (this.#options.source.check() !== 'same') this.#options.proof?.forget();`,
  replace: '',
};

/** The same of a million histories, less those with what is left out; and two that were found long before. */
export const foundInAMillion: readonly RecordedHistory[] = [
  {
    what: 'what was written through a mapping after the clock was set back is not written down as known',
    seed: 60_536_396,
    steps: [
      { kind: 'stepClock', a: 63, b: 59, thenMs: 0 },
      { kind: 'write', a: 62, b: 2, thenMs: 2 },
      { kind: 'mkdir', a: 22, b: 11, thenMs: 1_637 },
      { kind: 'writeMapped', a: 50, b: 12, thenMs: 40 },
      { kind: 'wait', a: 42, b: 17, thenMs: 14_000 },
      { kind: 'leaveAgent', a: 42, b: 17, thenMs: 26_320 },
    ],
    plan: {
      targets: [{ kind: 'receiver' }],
      filter: { include: [], exclude: [] },
      verifies: false,
      takesSmallFiles: true,
      remembers: true,
    },
    fault: [
      {
        file: 'sidecar/agent/source/times/unseen-changes.ts',
        find: 'readAtMs: number): void {\n    this.followClock();',
        replace: 'readAtMs: number): void {',
      },
      {
        file: 'sidecar/agent/source/times/unseen-changes.ts',
        find: '() => RelPath): boolean {\n    this.followClock();',
        replace: '() => RelPath): boolean {',
      },
      {
        file: 'testing/simulation/models/agent/model-agent.ts',
        find: 'this.#unseen?.followClock();',
        replace: '',
      },
    ],
  },
  {
    what: 'checkpoints outlive a power cut that leaves nothing of two parts of the history but their names',
    seed: 60_630_555,
    steps: [
      { kind: 'wait', a: 60, b: 55, thenMs: 6_000 },
      { kind: 'save', a: 28, b: 22, thenMs: 1_361 },
      { kind: 'killAgent', a: 24, b: 23, thenMs: 13 },
      { kind: 'wait', a: 17, b: 50, thenMs: 14_000 },
      { kind: 'rollBack', a: 25, b: 61, thenMs: 2 },
      { kind: 'cutPower', a: 50, b: 17, thenMs: 1_934 },
    ],
    plan: {
      targets: [{ kind: 'receiver' }],
      filter: { include: [], exclude: [] },
      verifies: false,
      takesSmallFiles: true,
      makesCopies: true,
      keepsHistory: true,
    },
    fault: [
      {
        file: 'testing/simulation/models/history/model-history.ts',
        find: 'records.length === 0 || name === names.at(-1)',
        replace: 'name === names.at(-1)',
      },
    ],
  },
  {
    what: 'what a comparison of another root was sending is not deleted on the new one',
    seed: 60_087_142,
    steps: [
      { kind: 'symlink', a: 12, b: 49, thenMs: 0 },
      { kind: 'killAgent', a: 59, b: 8, thenMs: 52 },
      { kind: 'burst', a: 4, b: 20, thenMs: 2 },
      { kind: 'touch', a: 9, b: 1, thenMs: 29_186 },
      { kind: 'unmount', a: 29, b: 34, thenMs: 37 },
    ],
    plan: {
      targets: [{ kind: 'receiver' }],
      filter: { include: ['/a/b/', '/a/b/**'], exclude: ['/a/*'] },
      verifies: false,
      takesSmallFiles: true,
      makesCopies: true,
    },
    fault: byNumber,
  },
  {
    what: 'what a power cut may have taken is not deleted because the root was replaced since',
    seed: 117,
    steps: [
      { kind: 'write', a: 0, b: 41, thenMs: 941 },
      { kind: 'cutPower', a: 12, b: 58, thenMs: 18 },
      { kind: 'unmount', a: 24, b: 42, thenMs: 0 },
    ],
    plan: {
      targets: [{ kind: 'receiver' }],
      filter: { include: [], exclude: [] },
      verifies: false,
      takesSmallFiles: true,
      remembers: true,
    },
    fault: byNumber,
  },
  {
    what: 'what is in another directory that is found where the root was is not sent before it is taken for the source',
    seed: 60_095_972,
    steps: [
      { kind: 'write', a: 57, b: 55, thenMs: 1_796 },
      { kind: 'hang', a: 8, b: 16, thenMs: 1_499 },
      { kind: 'unmount', a: 4, b: 46, thenMs: 23 },
      { kind: 'big', a: 50, b: 23, thenMs: 1_894 },
      { kind: 'pass', a: 47, b: 23, thenMs: 472 },
      { kind: 'leaveAgent', a: 43, b: 34, thenMs: 1 },
      { kind: 'copy', a: 25, b: 32, thenMs: 17_203 },
    ],
    plan: {
      targets: [{ kind: 'rsyncd' }, { kind: 'receiver' }],
      filter: { include: [], exclude: [] },
      verifies: false,
      makesCopies: true,
      remembers: true,
    },
    fault: [
      {
        file: 'sidecar/agent/watch/change-batch.ts',
        find: 'this.#isOfOtherRoot = true;',
        replace: `this.rescan(path, 'root-replaced');`,
      },
      lookedAtAfter,
    ],
  },
  {
    what: 'a file that looks like the source’s is seen although a roll-back had taken it away before another put it back',
    seed: 17,
    steps: [
      { kind: 'wait', a: 28, b: 46, thenMs: 6_000 },
      { kind: 'write', a: 3, b: 51, thenMs: 10_498 },
      { kind: 'write', a: 2, b: 0, thenMs: 100 },
      { kind: 'wait', a: 28, b: 46, thenMs: 6_000 },
      { kind: 'rewriteQuietly', a: 2, b: 0, thenMs: 9_797 },
      { kind: 'rollBack', a: 21, b: 8, thenMs: 40 },
      { kind: 'rollBack', a: 50, b: 46, thenMs: 2 },
    ],
    plan: { ...plainPlan, takesSmallFiles: true, keepsHistory: true },
    fault: [
      {
        file: 'sidecar/receiver/history/roll-back/roll-back.ts',
        find: `if (was?.kind === 'file' && (`,
        replace: `if (now && was?.kind === 'file' && (`,
      },
    ],
  },
  {
    what: 'two names are exchanged although their halves are read apart',
    seed: 60_124_902,
    steps: [
      { kind: 'symlink', a: 37, b: 62, thenMs: 0 },
      { kind: 'copy', a: 29, b: 1, thenMs: 46 },
      { kind: 'write', a: 0, b: 56, thenMs: 888 },
      { kind: 'write', a: 23, b: 17, thenMs: 8_695 },
      { kind: 'leaveAgent', a: 29, b: 15, thenMs: 9_641 },
      { kind: 'save', a: 42, b: 11, thenMs: 1 },
      { kind: 'big', a: 47, b: 9, thenMs: 635 },
      { kind: 'link', a: 49, b: 58, thenMs: 27_656 },
      { kind: 'exchange', a: 47, b: 13, thenMs: 2 },
    ],
    plan: {
      targets: [{ kind: 'receiver' }, { kind: 'receiver', filter: { include: [], exclude: ['/b/'] } }],
      filter: { include: [], exclude: [] },
      verifies: false,
      takesSmallFiles: true,
      makesCopies: true,
    },
    fault: [
      {
        file: 'testing/simulation/models/model-change-source.ts',
        find: 'after(moveWaitMs, () => this.#read())',
        replace: 'after(moveWaitMs, () => this.#receive([]))',
      },
    ],
  },
  {
    what: 'a name that went while all names of its file were sent is taken away again',
    seed: 6,
    steps: [
      { kind: 'setXattrs', a: 14, b: 0, thenMs: 47 },
      { kind: 'big', a: 48, b: 61, thenMs: 32 },
      { kind: 'rename', a: 59, b: 10, thenMs: 1_276 },
      { kind: 'big', a: 50, b: 3, thenMs: 0 },
      { kind: 'save', a: 26, b: 56, thenMs: 1_116 },
      { kind: 'link', a: 11, b: 5, thenMs: 51 },
      { kind: 'rename', a: 63, b: 61, thenMs: 34 },
    ],
    plan: {
      targets: [{ kind: 'receiver' }],
      filter: { include: [], exclude: [] },
      verifies: false,
      takesSmallFiles: true,
      makesCopies: true,
    },
    fault: [
      { file: 'sidecar/agent/send/executor.ts', find: `return now.kind !== 'gone';`, replace: 'return true;' },
      {
        file: 'sidecar/agent/send/executor.ts',
        find: 'if (keepsLinks.has(run.flavor)) for (const path of run.paths) looks.look(path);',
        replace: '',
      },
      {
        file: 'sidecar/agent/send/names/rename-hints.ts',
        find: 'await lockNames(renames, context.locks)',
        replace: '{ release() {} }',
      },
    ],
  },
  {
    what: 'a directory that goes is taken away although the comparison of it ends before the batch that asked for it',
    seed: 60_326_247,
    steps: [
      { kind: 'burst', a: 24, b: 22, thenMs: 43 },
      { kind: 'fillTarget', a: 16, b: 30, thenMs: 2 },
      { kind: 'big', a: 54, b: 11, thenMs: 1341 },
      { kind: 'mkdir', a: 49, b: 54, thenMs: 2 },
      { kind: 'hang', a: 19, b: 5, thenMs: 2 },
      { kind: 'remove', a: 12, b: 48, thenMs: 622 },
      { kind: 'big', a: 52, b: 9, thenMs: 28 },
      { kind: 'removeAll', a: 6, b: 52, thenMs: 2 },
    ],
    plan: { ...plainPlan, takesSmallFiles: true, makesCopies: true, remembers: true },
    fault: [
      {
        file: 'sidecar/agent/replicate/session.ts',
        find: 'backlog.requestPassFor(batch, paths),',
        replace: '{ backlog.requestPassFor(batch, paths); this.#passes.start(); },',
      },
      {
        file: 'sidecar/agent/replicate/work/outcomes.ts',
        find: '(moved ?? subtree) !== undefined',
        replace: 'moved !== undefined',
      },
    ],
  },
  {
    what: 'what waits is as old as it is although the clock is set back an hour',
    seed: 910_073,
    steps: [
      { kind: 'wait', a: 0, b: 0, thenMs: 2_000 },
      { kind: 'hang', a: 2, b: 0, thenMs: 70 },
      { kind: 'write', a: 3, b: 0, thenMs: 20 },
      { kind: 'stepClock', a: 3, b: 1, thenMs: 8_000 },
    ],
    plan: { ...plainPlan, takesSmallFiles: true },
    fault: [
      {
        file: 'sidecar/agent/replicate/status/why-not-in-sync.ts',
        find: 'lagOf({ clock, heldBack }:',
        replace: 'lagOf({ clock, heldBack, wall }:',
      },
      {
        file: 'sidecar/agent/replicate/status/why-not-in-sync.ts',
        find: 'return now - Math.min(backlog.oldestAt ?? now, heldBack().oldestHeldAt ?? now);',
        replace:
          'return Math.max(0, clock.now() - wall.was(Math.min(backlog.oldestAt ?? now, heldBack().oldestHeldAt ?? now)));',
      },
      {
        file: 'sidecar/agent/changes/wall-times.ts',
        find: '  look(): void {',
        replace:
          '  was(at) { return at + this.#settings.findLast(({ seenAt }) => seenAt <= at).offset; }\n  look(): void {',
      },
    ],
  },
];
