import { plainPlan } from '../world/world-plan.ts';
import type { RecordedHistory } from './recorded-history.ts';

/** The same: of what was open, or stated as a limit, before. */
export const foundByLimits: readonly RecordedHistory[] = [
  {
    what: 'a file whose name a FIFO took goes at a plain daemon',
    seed: 1,
    steps: [
      { kind: 'write', a: 0, b: 0, thenMs: 3_000 },
      { kind: 'fifo', a: 0, b: 0, thenMs: 3_000 },
    ],
    plan: { ...plainPlan, targets: [{ kind: 'rsyncd' }], makesFifos: true },
    fault: [
      {
        file: 'sidecar/agent/deletions/deleter.ts',
        find: "(control === undefined && this.#standing(path) === 'excluded')",
        replace: "(control === undefined && ['excluded', 'special'].includes(this.#standing(path)))",
      },
    ],
  },
  {
    what: 'a deletion at a plain daemon that hangs while another root is mounted takes no directory for missing',
    seed: 500_020_545,
    steps: [
      { kind: 'mkdir', a: 0, b: 0, thenMs: 0 },
      { kind: 'mkdir', a: 1, b: 0, thenMs: 0 },
      { kind: 'write', a: 4, b: 0, thenMs: 3_000 },
      { kind: 'exchange', a: 0, b: 1, thenMs: 23 },
      { kind: 'hang', a: 13, b: 0, thenMs: 461 },
      { kind: 'unmount', a: 53, b: 0, thenMs: 0 },
    ],
    plan: { ...plainPlan, targets: [{ kind: 'rsyncd' }] },
    fault: [
      {
        file: 'testing/simulation/models/agent/model-replica.ts',
        find: "flavor === 'delete' ? nothing : volume",
        replace: 'volume',
      },
      {
        file: 'sidecar/agent/deletions/deleter.ts',
        find: 'encodeFileList(paths)',
        replace:
          "encodeFileList([...paths, ...new Set(paths.map((path) => path.replace(/\\/?[^/]*$/, '')))].filter(String))",
      },
    ],
  },
  {
    what: 'a target that was in use for a moment is not asked whether it is in sync before the next renewal is answered',
    seed: 71_012_951,
    steps: [
      { kind: 'remove', a: 28, b: 30, thenMs: 19 },
      { kind: 'touch', a: 39, b: 0, thenMs: 9 },
      { kind: 'promote', a: 25, b: 63, thenMs: 1 },
    ],
    plan: { ...plainPlan, makesCopies: true },
    fault: [
      {
        file: 'testing/simulation/history/run-history.ts',
        find: 'leaseRenewMs + 1_000',
        replace: 'leaseRenewMs',
      },
    ],
  },
  {
    what: 'another file that takes a name of a linked one while that is sent is not its content for good',
    seed: 92_001_661,
    steps: [
      { kind: 'chmod', a: 4, b: 49, thenMs: 43 },
      { kind: 'write', a: 63, b: 21, thenMs: 1_221 },
      { kind: 'link', a: 63, b: 1, thenMs: 0 },
      { kind: 'save', a: 2, b: 32, thenMs: 2 },
      { kind: 'link', a: 13, b: 47, thenMs: 2 },
      { kind: 'touch', a: 53, b: 25, thenMs: 2 },
      { kind: 'save', a: 49, b: 36, thenMs: 26_971 },
    ],
    plan: {
      ...plainPlan,
      targets: [{ kind: 'receiver' }, { kind: 'receiver' }],
      verifies: true,
      makesCopies: true,
      remembers: true,
    },
    fault: [
      {
        file: 'sidecar/agent/send/executor.ts',
        find: 'if (keepsLinks.has(run.flavor)) for (const path of run.paths) looks.look(path);',
        replace: '',
      },
    ],
  },
  {
    what: 'a FIFO that took a name just before the agent left is looked for after its restart',
    seed: 6_090,
    steps: [
      { kind: 'rename', a: 37, b: 4, thenMs: 22_588 },
      { kind: 'fifo', a: 50, b: 19, thenMs: 27 },
      { kind: 'big', a: 30, b: 25, thenMs: 1_750 },
      { kind: 'fifo', a: 0, b: 18, thenMs: 1 },
      { kind: 'leaveAgent', a: 37, b: 32, thenMs: 37 },
    ],
    plan: {
      ...plainPlan,
      targets: [{ kind: 'receiver' }, { kind: 'receiver' }],
      filter: { include: [], exclude: ['c'] },
      takesSmallFiles: true,
      makesCopies: true,
      remembers: true,
      makesFifos: true,
    },
    fault: [{ file: 'sidecar/agent/replicate/work/pass-work.ts', find: '      clear(done.special);\n', replace: '' }],
  },
  {
    what: 'what is put back of a mass under a name that a FIFO has by then is held',
    seed: 1_004_916,
    steps: [
      { kind: 'big', a: 54, b: 34, thenMs: 35 },
      { kind: 'fifo', a: 0, b: 0, thenMs: 3_000 },
      { kind: 'undelete', a: 1, b: 15, thenMs: 498 },
    ],
    plan: { ...plainPlan, keepsMasses: true, makesFifos: true },
    fault: [{ file: 'sidecar/agent/replicate/session.ts', find: 'this.#outcomes.doubtClear();', replace: '' }],
  },
  {
    what: 'what is put back of a mass under a name that a FIFO has by then stays until somebody lets it go',
    seed: 1_004_916,
    steps: [
      { kind: 'big', a: 54, b: 34, thenMs: 35 },
      { kind: 'big', a: 29, b: 32, thenMs: 2 },
      { kind: 'mkdir', a: 37, b: 6, thenMs: 29 },
      { kind: 'exchange', a: 39, b: 25, thenMs: 2 },
      { kind: 'fifo', a: 0, b: 0, thenMs: 3_000 },
      { kind: 'undelete', a: 1, b: 15, thenMs: 498 },
    ],
    plan: { ...plainPlan, keepsMasses: true, keepsHistory: true, makesFifos: true },
    fault: [
      { file: 'sidecar/agent/replicate/work/pass-work.ts', find: "held()?.reason === 'Undeleted'", replace: 'false' },
    ],
  },
  {
    what: 'what was sent of another directory is found by a restart although the agent ended before its run',
    seed: 41_002_923,
    steps: [
      { kind: 'write', a: 0, b: 0, thenMs: 100 },
      { kind: 'link', a: 0, b: 1, thenMs: 1_000 },
      { kind: 'write', a: 0, b: 0, thenMs: 100 },
      { kind: 'write', a: 1, b: 0, thenMs: 20_000 },
      { kind: 'remove', a: 0, b: 0, thenMs: 50_000 },
      { kind: 'unmount', a: 22, b: 4, thenMs: 0 },
      { kind: 'write', a: 37, b: 37, thenMs: 1_764 },
      { kind: 'leaveAgent', a: 42, b: 43, thenMs: 26_000 },
    ],
    plan: { ...plainPlan, takesSmallFiles: true, remembers: true },
    fault: [
      {
        file: 'sidecar/agent/replicate/session.ts',
        find: 'this.#doubtRoot();\n        return',
        replace: 'return',
      },
    ],
  },
  {
    what: 'what was written by a name that goes is sent by another in another directory, which was known since it was written before',
    seed: 33_011_892,
    steps: [
      { kind: 'write', a: 0, b: 0, thenMs: 100 },
      { kind: 'link', a: 0, b: 1, thenMs: 1_000 },
      { kind: 'big', a: 47, b: 9, thenMs: 635 },
      { kind: 'exchange', a: 47, b: 13, thenMs: 2 },
      { kind: 'killAgent', a: 0, b: 0, thenMs: 5_000 },
      { kind: 'hang', a: 3, b: 0, thenMs: 100 },
      { kind: 'write', a: 0, b: 0, thenMs: 1_500 },
      { kind: 'remove', a: 0, b: 0, thenMs: 50_000 },
    ],
    plan: { ...plainPlan, keepsMasses: true },
    fault: [
      {
        file: 'sidecar/agent/source/links/linked-names.ts',
        find: 'return { names, files };',
        replace: 'return { names: [], files: new Map() };',
      },
    ],
  },
];
