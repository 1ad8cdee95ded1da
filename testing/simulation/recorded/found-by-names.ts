import type { SourcePatch } from '../calibration/patch-sources.ts';
import { plainPlan } from '../world/world-plan.ts';
import type { RecordedHistory } from './recorded-history.ts';

/** The same: of names that come, go and are compared. */
/** What was renamed at the target is taken for what was renamed here, by size and time. */
const otherFiles: readonly SourcePatch[] = [
  {
    file: 'sidecar/agent/send/names/rename-hints.ts',
    find: '[...outcome.content, ...others]',
    replace: 'outcome.content',
  },
];

export const foundByNames: readonly RecordedHistory[] = [
  {
    what: 'a file that was renamed is not taken for the one that had its old name right after',
    seed: 2_707,
    steps: [
      { kind: 'save', a: 39, b: 2, thenMs: 2 },
      { kind: 'save', a: 23, b: 2, thenMs: 2 },
    ],
    plan: { ...plainPlan, takesSmallFiles: true, makesCopies: true },
    fault: otherFiles,
  },
  {
    what: 'a file that was renamed is not taken for the one that had its old name right after, although that was changed since',
    seed: 2_707,
    steps: [
      { kind: 'save', a: 39, b: 2, thenMs: 0 },
      { kind: 'save', a: 23, b: 2, thenMs: 28 },
      { kind: 'save', a: 23, b: 2, thenMs: 28 },
    ],
    plan: { ...plainPlan, takesSmallFiles: true, makesCopies: true },
    fault: otherFiles,
  },
  {
    what: 'what is in a directory that was renamed is not taken for what was in one that had its old name right after',
    seed: 1_153,
    steps: [
      { kind: 'mkdir', a: 0, b: 0, thenMs: 500 },
      { kind: 'write', a: 4, b: 0, thenMs: 0 },
      { kind: 'rename', a: 0, b: 3, thenMs: 0 },
      { kind: 'mkdir', a: 0, b: 0, thenMs: 0 },
      { kind: 'write', a: 4, b: 0, thenMs: 300 },
    ],
    plan: { ...plainPlan, takesSmallFiles: true, makesCopies: true },
    fault: [
      {
        file: 'sidecar/agent/send/names/rename-hints.ts',
        find: 'if (directories.size === 0) return others;',
        replace: 'return others;',
      },
    ],
  },
  {
    what: 'attributes that are taken from a directory are taken from its copy, however small files are sent',
    seed: 1,
    steps: [
      { kind: 'mkdir', a: 0, b: 0, thenMs: 100 },
      { kind: 'setXattrs', a: 0, b: 1, thenMs: 3_000 },
      { kind: 'setXattrs', a: 0, b: 3, thenMs: 3_000 },
    ],
    plan: { ...plainPlan, takesSmallFiles: true },
    fault: [
      {
        file: 'testing/simulation/models/small-files.ts',
        find: "if (mode !== undefined && directory.xattrs !== undefined) return 'EPERM';",
        replace: '',
      },
    ],
  },
  {
    what: 'what is mounted over the source while names are compared is not what the target differs from',
    seed: 4_354,
    steps: [
      { kind: 'copy', a: 56, b: 46, thenMs: 32 },
      { kind: 'burst', a: 22, b: 31, thenMs: 2 },
      { kind: 'verify', a: 26, b: 57, thenMs: 31 },
      { kind: 'unmount', a: 33, b: 26, thenMs: 1 },
    ],
    plan: { ...plainPlan, filter: { include: [], exclude: ['/b/'] }, takesSmallFiles: true },
    fault: [
      {
        file: 'sidecar/agent/verify/verifier.ts',
        find: '// What was mounted over the source meanwhile is not what the target differs from.\n    if (!this.#isThere) return;',
        replace: '',
      },
    ],
  },
  {
    what: 'what can not be read is no difference of a plain daemon’s',
    seed: 4_047,
    steps: [
      { kind: 'grow', a: 27, b: 51, thenMs: 27 },
      { kind: 'mkdir', a: 51, b: 28, thenMs: 476 },
      { kind: 'unreadable', a: 63, b: 38, thenMs: 0 },
      { kind: 'verify', a: 24, b: 11, thenMs: 0 },
      { kind: 'wait', a: 0, b: 33, thenMs: 56 },
    ],
    plan: { ...plainPlan, targets: [{ kind: 'rsyncd' }] },
    fault: [
      {
        file: 'sidecar/agent/verify/walk/rsyncd-walk.ts',
        find: "if (kind === 'content' && isDenied(",
        replace: "if (kind === 'extra' && isDenied(",
      },
    ],
  },
  {
    what: 'a file is gone whose name an excluded directory has, by an exchange of the two',
    seed: 41_156_195,
    steps: [
      { kind: 'big', a: 63, b: 22, thenMs: 1 },
      { kind: 'symlink', a: 1, b: 27, thenMs: 1 },
      { kind: 'save', a: 51, b: 55, thenMs: 52 },
      { kind: 'exchange', a: 0, b: 25, thenMs: 12 },
    ],
    plan: { ...plainPlan, filter: { include: [], exclude: ['/b/'] }, takesSmallFiles: true, makesCopies: true },
    fault: [
      {
        file: 'sidecar/agent/watch/inotify/apply-event.ts',
        find: 'batch.replaced(fromPath, first.isDirectory, isDirectory);',
        replace: 'batch.replaced(fromPath, first.isDirectory);',
      },
      {
        file: 'sidecar/agent/watch/inotify/apply-event.ts',
        find: 'batch.replaced(toPath, isDirectory, first.isDirectory);',
        replace: 'batch.replaced(toPath, isDirectory);',
      },
    ],
  },
  {
    what: 'what was written by a name that is gone at once is sent by another',
    seed: 2,
    steps: [
      { kind: 'big', a: 0, b: 1, thenMs: 3_000 },
      { kind: 'link', a: 4, b: 5, thenMs: 3_000 },
      { kind: 'rewriteQuietly', a: 5, b: 0, thenMs: 0 },
      { kind: 'remove', a: 5, b: 0, thenMs: 2 },
      { kind: 'chmod', a: 4, b: 0, thenMs: 3_000 },
    ],
    fault: [
      {
        file: 'sidecar/agent/changes/settle.ts',
        find: 'this.#options.written?.has(path, now) || gone?.value?.modified',
        replace: 'gone?.value?.modified',
      },
      {
        file: 'sidecar/agent/send/executor.ts',
        find: 'if (keepsLinks.has(run.flavor)) for (const path of run.paths) looks.look(path);',
        replace: '',
      },
      {
        file: 'sidecar/agent/source/links/linked-names.ts',
        find: 'return { names, files };',
        replace: 'return { names: [], files: new Map() };',
      },
    ],
  },
  {
    what: 'what was written by a name that is gone at once is sent also where the attributes of another were set since',
    seed: 20,
    steps: [
      { kind: 'big', a: 0, b: 1, thenMs: 3_000 },
      { kind: 'link', a: 4, b: 5, thenMs: 3_000 },
      { kind: 'rewriteQuietly', a: 5, b: 0, thenMs: 0 },
      { kind: 'remove', a: 5, b: 0, thenMs: 2 },
      { kind: 'chmod', a: 4, b: 2, thenMs: 3_000 },
    ],
    fault: [
      { file: 'sidecar/agent/source/times/unseen-changes.ts', find: '(mayBeWritten || ', replace: '(' },
      {
        file: 'sidecar/agent/source/links/linked-names.ts',
        find: 'return { names, files };',
        replace: 'return { names: [], files: new Map() };',
      },
    ],
  },
  {
    what: 'events that are read because a name is gone come after those with it',
    seed: 42_038_127,
    steps: [
      { kind: 'big', a: 34, b: 20, thenMs: 2 },
      { kind: 'rename', a: 53, b: 1, thenMs: 21 },
      { kind: 'write', a: 60, b: 13, thenMs: 11 },
      { kind: 'exchange', a: 6, b: 12, thenMs: 321 },
    ],
    plan: { ...plainPlan, takesSmallFiles: true, makesCopies: true },
    fault: [
      {
        file: 'sidecar/agent/changes/settle.ts',
        find: 'gone?.value?.modified) this.#toldOfGone.push(path);',
        replace: 'gone?.value?.modified) this.#options.onStray?.(path);',
      },
      {
        file: 'sidecar/agent/source/times/unseen-changes.ts',
        find: 'const costMs = await this.#lookInto(directories.keys(), found);\n    await this.#tell(found);',
        replace:
          'const looking = this.#lookInto(directories.keys(), found);\n    await this.#tell(found);\n    const costMs = await looking;',
      },
    ],
  },
  {
    what: 'what a comparison found in a directory that nobody watched yet, and that went before, goes at the target too',
    seed: 1_794,
    steps: [
      { kind: 'mkdir', a: 1, b: 0, thenMs: 2 },
      { kind: 'symlink', a: 6, b: 9, thenMs: 6 },
      { kind: 'remove', a: 6, b: 0, thenMs: 2 },
    ],
    plan: {
      ...plainPlan,
      targets: [{ kind: 'rsyncd' }, { kind: 'receiver', filter: { include: [], exclude: ['c'] } }],
      filter: { include: [], exclude: ['a/'] },
      makesCopies: true,
      remembers: true,
    },
    fault: [{ file: 'sidecar/agent/send/executor.ts', find: 'await untilSeen(work.content);', replace: '' }],
  },
  {
    what: 'directories that a first comparison sends once more are of no former root, nor is what is deleted then',
    seed: 1_651,
    steps: [
      { kind: 'mkdir', a: 0, b: 0, thenMs: 0 },
      { kind: 'big', a: 58, b: 9, thenMs: 0 },
      { kind: 'symlink', a: 5, b: 9, thenMs: 1 },
      { kind: 'secondAgent', a: 0, b: 0, thenMs: 50 },
      { kind: 'remove', a: 5, b: 29, thenMs: 0 },
    ],
    plan: { ...plainPlan, targets: [{ kind: 'rsyncd' }], takesSmallFiles: true },
    fault: [
      {
        file: 'sidecar/agent/replicate/work/backlog.ts',
        find: '#replacedAt = Number.NEGATIVE_INFINITY;',
        replace: '#replacedAt = 0;',
      },
      {
        file: 'sidecar/agent/replicate/work/backlog.ts',
        find: 'const age = { sequence: this.#log.lastSequence + 1, at: this.#clock.monotonic() };\n    for (const path of directories)',
        replace:
          'const age = { sequence: this.#log.lastSequence, at: this.#log.lastSequence === 0 ? -1 : this.#clock.monotonic() };\n    for (const path of directories)',
      },
    ],
  },
  {
    what: 'nothing is appended to a big file that was made again, longer',
    seed: 13,
    steps: [
      { kind: 'big', a: 1, b: 1, thenMs: 3_000 },
      { kind: 'remove', a: 6, b: 0, thenMs: 0 },
      { kind: 'big', a: 1, b: 4, thenMs: 8 },
    ],
    // The oracle passes over what is being appended to; here it does not.
    fault: [
      {
        file: 'sidecar/agent/send/plan-runs.ts',
        find: 'last?.inode === look.inode ? last.bytes : undefined',
        replace: 'last?.bytes',
      },
      { file: 'testing/simulation/oracle/compare-volumes.ts', find: ' || inode.isAppendedTo === true', replace: '' },
    ],
  },
];
