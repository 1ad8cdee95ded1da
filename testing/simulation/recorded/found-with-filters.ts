import { plainPlan } from '../world/world-plan.ts';
import type { RecordedHistory } from './recorded-history.ts';

/** Of the same million: what is left out, or refused, and what compares it. */
export const foundWithFilters: readonly RecordedHistory[] = [
  {
    what: 'a directory is gone whose name an excluded file has, by an exchange of the two',
    seed: 60_523_066,
    steps: [
      { kind: 'big', a: 57, b: 58, thenMs: 46 },
      { kind: 'mkdir', a: 29, b: 62, thenMs: 1_732 },
      { kind: 'exchange', a: 16, b: 53, thenMs: 42 },
    ],
    plan: {
      targets: [{ kind: 'receiver' }],
      filter: { include: ['/a/b/', '/a/b/**'], exclude: ['/a/*'] },
      verifies: false,
      takesSmallFiles: true,
      makesCopies: true,
      remembers: true,
    },
    fault: [
      {
        file: 'sidecar/agent/send/plan-runs.ts',
        find: 'if (isThere(look) && this.#context.excludes(',
        replace: 'if (false && this.#context.excludes(',
      },
    ],
  },
  {
    what: 'a directory that waits for what is refused in it is no difference',
    seed: 60_056_171,
    steps: [
      { kind: 'big', a: 52, b: 37, thenMs: 1 },
      { kind: 'rewriteQuietly', a: 34, b: 9, thenMs: 741 },
      { kind: 'readOnlyTarget', a: 44, b: 53, thenMs: 34 },
      { kind: 'remove', a: 6, b: 15, thenMs: 12 },
      { kind: 'verify', a: 55, b: 17, thenMs: 2 },
    ],
    plan: {
      targets: [{ kind: 'receiver' }],
      filter: { include: [], exclude: [] },
      verifies: false,
      takesSmallFiles: true,
      makesCopies: true,
      remembers: true,
    },
    fault: [{ file: 'sidecar/agent/replicate/work/backlog.ts', find: ' || this.owed.hasIn(path)', replace: '' }],
  },
  {
    what: 'a directory that stays for what is excluded in it is no difference where the source is another one',
    seed: 20_031_878,
    steps: [
      { kind: 'big', a: 12, b: 31, thenMs: 0 },
      { kind: 'write', a: 59, b: 55, thenMs: 11_349 },
      { kind: 'unmount', a: 62, b: 16, thenMs: 2 },
      { kind: 'big', a: 11, b: 62, thenMs: 611 },
      { kind: 'promote', a: 57, b: 41, thenMs: 31 },
    ],
    plan: {
      targets: [{ kind: 'receiver' }],
      filter: { include: ['/a/b/', '/a/b/**'], exclude: ['/a/*'] },
      verifies: true,
      takesSmallFiles: true,
      makesCopies: true,
    },
    fault: [
      {
        file: 'sidecar/agent/verify/judge/compare-names.ts',
        find: '(await holdsSpared(path, view, rules.filter))',
        replace: 'false',
      },
    ],
  },
  {
    what: 'what is excluded as what it is now is not compared with what had its name',
    seed: 60_554_137,
    steps: [
      { kind: 'big', a: 10, b: 46, thenMs: 0 },
      { kind: 'unmount', a: 22, b: 4, thenMs: 0 },
      { kind: 'verify', a: 45, b: 63, thenMs: 46 },
      { kind: 'write', a: 37, b: 37, thenMs: 1_764 },
    ],
    plan: {
      targets: [{ kind: 'receiver' }, { kind: 'rsyncd' }],
      filter: { include: [], exclude: ['/b/'] },
      verifies: false,
      makesCopies: true,
    },
    fault: [
      {
        file: 'sidecar/agent/verify/walk/rsyncd-walk.ts',
        find: `access.filter.excludes(item.path, source.look(item.path).kind === 'directory')`,
        replace: 'false',
      },
    ],
  },
  {
    what: 'a directory that is excluded takes the name of a file although it was compared in between',
    seed: 56,
    steps: [
      { kind: 'save', a: 36, b: 38, thenMs: 1_425 },
      { kind: 'burst', a: 22, b: 20, thenMs: 35 },
      { kind: 'removeAll', a: 37, b: 7, thenMs: 2 },
      { kind: 'big', a: 54, b: 34, thenMs: 35 },
    ],
    plan: {
      targets: [{ kind: 'receiver' }, { kind: 'receiver', filter: { include: [], exclude: ['a/'] } }],
      filter: { include: [], exclude: [] },
      verifies: false,
      takesSmallFiles: true,
      makesCopies: true,
      remembers: true,
      keepsHistory: true,
    },
    fault: [
      {
        file: 'sidecar/agent/send/names/with-linked-names.ts',
        find: `!excludes(path, false) || look(path).kind === 'directory'`,
        replace: `!excludes(path, look(path).kind === 'directory')`,
      },
      {
        file: 'sidecar/agent/replicate/work/pass-work.ts',
        find: 'onExplained: (paths) => backlog.addDeleted(',
        replace: 'onExplained: (paths) => backlog.addAgain(',
      },
    ],
  },
  {
    what: 'and so it does at a plain daemon',
    seed: 60_226_488,
    steps: [
      { kind: 'big', a: 42, b: 45, thenMs: 2 },
      { kind: 'grow', a: 1, b: 48, thenMs: 1 },
      { kind: 'copy', a: 38, b: 17, thenMs: 43 },
      { kind: 'exchange', a: 13, b: 0, thenMs: 2 },
    ],
    plan: {
      targets: [{ kind: 'receiver' }, { kind: 'rsyncd', filter: { include: [], exclude: ['/b/'] } }],
      filter: { include: [], exclude: [] },
      verifies: true,
      takesSmallFiles: true,
      remembers: true,
    },
    fault: [
      {
        file: 'sidecar/agent/targets/excludes-at.ts',
        find: '(control !== undefined || !isDirectory) && ',
        replace: '',
      },
    ],
  },
  {
    what: 'what is set of a symlink by a name that is left out is sent by its other names',
    seed: 60_787_548,
    steps: [
      { kind: 'symlink', a: 48, b: 46, thenMs: 0 },
      { kind: 'link', a: 0, b: 26, thenMs: 1728 },
      { kind: 'touch', a: 38, b: 34, thenMs: 1225 },
    ],
    plan: { ...plainPlan, filter: { include: [], exclude: ['c'] }, takesSmallFiles: true, makesCopies: true },
    fault: [
      {
        file: 'sidecar/agent/source/times/unseen-changes.ts',
        find: '(stats.isFile() || stats.isSymbolicLink())',
        replace: 'stats.isFile()',
      },
    ],
  },
];
