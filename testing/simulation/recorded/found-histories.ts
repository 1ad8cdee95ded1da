import type { RecordedHistory } from './recorded-history.ts';

/** Of the first histories that were run. */
export const foundHistories: readonly RecordedHistory[] = [
  {
    what: 'a directory has its time where a rename gives it a name that is excluded there',
    seed: 7_601,
    steps: [
      { kind: 'big', a: 54, b: 9, thenMs: 2 },
      { kind: 'readOnlyTarget', a: 30, b: 0, thenMs: 9_768 },
      { kind: 'save', a: 5, b: 29, thenMs: 22 },
    ],
    plan: {
      targets: [{ kind: 'rsyncd' }, { kind: 'rsyncd', filter: { include: ['/a/b/', '/a/b/**'], exclude: ['/a/*'] } }],
      filter: { include: [], exclude: [] },
      verifies: false,
    },
    fault: [
      {
        file: 'sidecar/agent/targets/changes-for-target.ts',
        find: `{ kind: 'delete', path: from }, ...timeOf(path, filter)]`,
        replace: `{ kind: 'delete', path: from }]`,
      },
    ],
  },
  {
    what: 'what was deleted and not acknowledged is deleted again after a power cut, also where another directory has its name',
    seed: 1,
    steps: [
      { kind: 'big', a: 47, b: 39, thenMs: 39 },
      { kind: 'removeAll', a: 12, b: 46, thenMs: 2 },
      { kind: 'wait', a: 22, b: 25, thenMs: 31 },
      { kind: 'cutPower', a: 3, b: 25, thenMs: 0 },
      { kind: 'mkdir', a: 39, b: 0, thenMs: 21 },
    ],
    fault: [
      {
        file: 'sidecar/agent/replicate/work/unacknowledged.ts',
        find: `{ kind: 'delete', path }`,
        replace: `{ kind: 'content', path }`,
      },
    ],
  },
  {
    what: 'what a directory held that went and was made again before a power cut is not back after it',
    seed: 1,
    steps: [
      { kind: 'mkdir', a: 0, b: 0, thenMs: 5 },
      { kind: 'write', a: 4, b: 0, thenMs: 70_000 },
      { kind: 'remove', a: 0, b: 0, thenMs: 400 },
      { kind: 'mkdir', a: 0, b: 0, thenMs: 400 },
      { kind: 'cutPower', a: 1, b: 0, thenMs: 12_000 },
    ],
    fault: [
      {
        file: 'sidecar/agent/replicate/work/unacknowledged.ts',
        find: '#note(`\\0',
        replace: '#note(`',
      },
    ],
  },
  {
    what: 'what is below a directory that was renamed is there after a power cut',
    seed: 1,
    steps: [
      { kind: 'mkdir', a: 0, b: 0, thenMs: 3 },
      { kind: 'write', a: 4, b: 1, thenMs: 800 },
      { kind: 'rename', a: 0, b: 3, thenMs: 400 },
      { kind: 'cutPower', a: 1, b: 0, thenMs: 3 },
    ],
    fault: [
      {
        file: 'sidecar/agent/replicate/work/unacknowledged.ts',
        find: `{ kind: 'move', from, path, isDirectory }`,
        replace: `{ kind: 'content', path }`,
      },
    ],
  },
  {
    what: 'what is told of a directory says nothing of what is written through a mapping in it',
    seed: 4_076,
    steps: [
      { kind: 'big', a: 50, b: 19, thenMs: 20 },
      { kind: 'cutPower', a: 4, b: 15, thenMs: 770 },
      { kind: 'setXattrs', a: 27, b: 33, thenMs: 0 },
      { kind: 'writeMapped', a: 11, b: 39, thenMs: 8 },
    ],
    plan: {
      targets: [{ kind: 'rsyncd' }],
      filter: { include: ['/a/b/', '/a/b/**'], exclude: ['/a/*'] },
      verifies: false,
    },
    fault: [
      {
        file: 'sidecar/agent/source/times/unseen-changes.ts',
        find: `(change.kind !== 'attributes' && 'isDirectory' in change && change.isDirectory)`,
        replace: `('isDirectory' in change && change.isDirectory)`,
      },
    ],
  },
  {
    what: 'a comparison is done when the directories that it has deleted in have their times',
    seed: 802,
    steps: [
      { kind: 'mkdir', a: 0, b: 57, thenMs: 0 },
      { kind: 'mkdir', a: 1, b: 57, thenMs: 0 },
      { kind: 'write', a: 4, b: 0, thenMs: 3_000 },
      { kind: 'exchange', a: 0, b: 1, thenMs: 7 },
      { kind: 'hang', a: 2, b: 57, thenMs: 461 },
      { kind: 'unmount', a: 3, b: 57, thenMs: 20_000 },
    ],
    plan: { targets: [{ kind: 'rsyncd' }], filter: { include: [], exclude: [] }, verifies: true },
    fault: [
      {
        file: 'sidecar/agent/replicate/work/pass-work.ts',
        find: 'if (done.deleted.length === 0) return done;',
        replace: 'backlog.addDirectories([...parents], backlog.replacedAt);\n        return done;',
      },
    ],
  },
  {
    what: 'what became of a big file counts, although the directory that it came with is done after it',
    seed: 5,
    steps: [
      { kind: 'big', a: 10, b: 8, thenMs: 56 },
      { kind: 'big', a: 10, b: 8, thenMs: 56 },
      { kind: 'big', a: 41, b: 61, thenMs: 58 },
      { kind: 'unreadable', a: 35, b: 6, thenMs: 0 },
      { kind: 'exchange', a: 54, b: 39, thenMs: 1 },
      { kind: 'save', a: 24, b: 40, thenMs: 21 },
    ],
    fault: [
      {
        file: 'sidecar/agent/replicate/work/change-work.ts',
        find: 'outcomes.done(rest, [sent, deleted], plan.big);',
        replace: 'outcomes.done(rest, [sent, deleted]);',
      },
    ],
  },
  {
    what: 'a big file that can’t be read is owed, although the smaller ones of its batch were sent',
    seed: 1,
    steps: [
      { kind: 'big', a: 2, b: 2, thenMs: 0 },
      { kind: 'unreadable', a: 11, b: 3, thenMs: 0 },
      { kind: 'burst', a: 1, b: 0, thenMs: 40 },
      { kind: 'write', a: 1, b: 0, thenMs: 20_000 },
    ],
    fault: [
      {
        file: 'sidecar/agent/replicate/work/change-work.ts',
        find: 'outcomes.done(rest, [sent, deleted], plan.big);',
        replace: 'outcomes.done(batch, [sent, deleted]);',
      },
    ],
  },
  {
    what: 'of two directories that were exchanged while events were lost both are watched',
    seed: 3_024_238,
    steps: [
      { kind: 'big', a: 29, b: 32, thenMs: 2 },
      { kind: 'mkdir', a: 37, b: 6, thenMs: 29 },
      { kind: 'burst', a: 9, b: 45, thenMs: 0 },
      { kind: 'exchange', a: 39, b: 25, thenMs: 2 },
      { kind: 'mkdir', a: 56, b: 16, thenMs: 1_747 },
      { kind: 'grow', a: 7, b: 30, thenMs: 0 },
    ],
    fault: [
      {
        file: 'sidecar/agent/watch/followed/directory-looks.ts',
        find: 'if (formerParent?.attached &&',
        replace: 'if (formerParent === node &&',
      },
    ],
  },
  {
    what: 'a deletion that hangs until a new session has begun is made by that one',
    seed: 6,
    steps: [
      { kind: 'write', a: 37, b: 24, thenMs: 40 },
      { kind: 'write', a: 29, b: 10, thenMs: 19_152 },
      { kind: 'hang', a: 2, b: 12, thenMs: 2 },
      { kind: 'unreadable', a: 26, b: 42, thenMs: 1_214 },
      { kind: 'removeAll', a: 31, b: 41, thenMs: 1 },
    ],
    fault: [
      {
        file: 'sidecar/agent/replicate/replicator.ts',
        find: 'if (this.#session?.isOver === false) this.#session.pump();',
        replace: '',
      },
    ],
  },
  {
    what: 'what was written under a name that goes at once is sent under the other name of the file',
    seed: 1,
    steps: [
      { kind: 'save', a: 0, b: 2, thenMs: 0 },
      { kind: 'link', a: 0, b: 1, thenMs: 1_000 },
      { kind: 'killAgent', a: 0, b: 0, thenMs: 5_000 },
      { kind: 'truncate', a: 0, b: 1, thenMs: 1_000 },
      { kind: 'remove', a: 0, b: 0, thenMs: 30_000 },
    ],
    fault: [
      {
        file: 'sidecar/agent/changes/settle.ts',
        find: 'for (const path of this.#toldOfGone.splice(0)) this.#options.onStray?.(path);',
        replace: 'this.#toldOfGone.splice(0);',
      },
      {
        file: 'sidecar/agent/source/links/linked-names.ts',
        find: 'return { names, files };',
        replace: 'return { names: [], files: new Map() };',
      },
    ],
  },
  {
    what: 'what was written under a name that goes before it was sent is sent under the other name of the file',
    seed: 1,
    steps: [
      { kind: 'write', a: 0, b: 0, thenMs: 100 },
      { kind: 'link', a: 0, b: 1, thenMs: 1_000 },
      { kind: 'killAgent', a: 0, b: 0, thenMs: 5_000 },
      { kind: 'hang', a: 3, b: 0, thenMs: 100 },
      { kind: 'write', a: 0, b: 0, thenMs: 1_500 },
      { kind: 'remove', a: 0, b: 0, thenMs: 50_000 },
    ],
    fault: [
      {
        file: 'sidecar/agent/changes/written-lately.ts',
        find: 'return at >= this.#unsent;',
        replace: 'return false;',
      },
      {
        file: 'sidecar/agent/source/links/linked-names.ts',
        find: 'return { names, files };',
        replace: 'return { names: [], files: new Map() };',
      },
    ],
  },
  {
    what: 'what changes quietly after an agent that had not yet compared is found',
    seed: 11_670,
    steps: [
      { kind: 'burst', a: 8, b: 25, thenMs: 1 },
      { kind: 'save', a: 37, b: 24, thenMs: 54 },
      { kind: 'leaveAgent', a: 40, b: 36, thenMs: 2 },
      { kind: 'rewriteQuietly', a: 1, b: 4, thenMs: 28 },
    ],
    fault: [
      {
        file: 'sidecar/agent/link/notes/covered-since.ts',
        find: 'const at = coveredAt ?? begunAt;',
        replace: 'const at = coveredAt ?? undefined;',
      },
    ],
  },
];
