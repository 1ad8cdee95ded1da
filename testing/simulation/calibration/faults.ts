import type { SourcePatch } from '../history/seeds-worker.ts';

/** A fault that is put back, to see that the simulation finds it. */
export interface PutBack {
  /** What is wrong then. */
  readonly fault: string;
  readonly patches: readonly SourcePatch[];
  /** It has to be found within so many histories. */
  readonly within: number;
}

const one = (fault: string, within: number, file: string, find: string, replace: string): PutBack => ({
  fault,
  within,
  patches: [{ file, find, replace }],
});

/** Most of them were there once, found by hand: see docs/defects.md. */
export const faults: readonly PutBack[] = [
  one(
    'A restarted agent gets its old epoch back, and runs of its former life go on',
    5_000,
    'sidecar/receiver/lease/lease.ts',
    'if (isHolder && request.epoch === state.epoch) {',
    'if (isHolder && (request.epoch === state.epoch || request.epoch === 0)) {',
  ),
  one(
    'Of a file with several names only the one that was written is sent',
    1_000,
    'sidecar/agent/send/executor.ts',
    'linkNames: (inode, path) => [...new Set([path, ...(names.get(inode) ?? [])])],',
    'linkNames: (inode, path) => (names.has(inode) ? [path] : [path]),',
  ),
  {
    fault: 'An exchange of two names is taken for a rename there and back',
    within: 5_000,
    patches: [
      {
        file: 'sidecar/agent/watch/recent-moves.ts',
        find: 'if (first === undefined ||',
        replace: 'if (first !== undefined || first === undefined ||',
      },
    ],
  },
  one(
    'What was sent and not acknowledged is not sent again after a power cut',
    2_000,
    'sidecar/agent/replicate/replicator.ts',
    'else if (isKnown && bootId !== this.#bootId) this.#backlog.addUnacknowledged();',
    '',
  ),
  one(
    'An overflow of the event queue asks for no comparison',
    2_000,
    'sidecar/agent/watch/apply-event.ts',
    `batch.rescan('', 'overflow');`,
    '',
  ),
  one(
    'A rewrite that keeps size and time is passed over: content is sent by quick check',
    1_000,
    'sidecar/agent/rsync/flags.ts',
    `    case 'content':\n      flags.push('--ignore-times');`,
    `    case 'content':`,
  ),
  one(
    'The root is not looked at before announced deletions are made',
    5_000,
    'sidecar/agent/deletions/judge.ts',
    `name: 'root replaced',\n    judge: ({ root, sourceReplaced }) => (root === 'replaced' || sourceReplaced ?`,
    `name: 'root replaced',\n    judge: ({ sourceReplaced }) => (sourceReplaced && root === 'lost' ?`,
  ),
  one(
    'A refused entry is given up instead of owed',
    2_000,
    'sidecar/agent/replicate/outcomes.ts',
    'for (const { path, why, text } of refused) this.#owed.owe(path, why, text, age, now);\n    for (const path of changing)',
    'for (const path of changing)',
  ),
  one(
    'What was pending on a root that was replaced is taken for announced on the new one',
    2000,
    'sidecar/agent/replicate/backlog.ts',
    `if (sourceReplaced) this.#replacedAt = this.#log.lastSequence;`,
    ``,
  ),
  one(
    'A batch whose run broke counts as done',
    1000,
    'sidecar/agent/replicate/change-work.ts',
    `pending.retry(rest, { renamesSent: true });`,
    `pending.done(rest);`,
  ),
  one(
    'A comparison that was broken off counts as done',
    2000,
    'sidecar/agent/replicate/pass-work.ts',
    `backlog.passes.finish(outcome.kind === 'done');`,
    `backlog.passes.finish(true);`,
  ),
  one(
    'What is owed is never tried again',
    1000,
    'sidecar/agent/send/owed-entries.ts',
    `if (this.nextDueAt > now) return [];`,
    `if (this.nextDueAt > now || now >= 0) return [];`,
  ),
  one(
    'A new directory is not looked into',
    1000,
    'sidecar/agent/watch/directory-watcher.ts',
    `if (!parent.attached || this.#filter`,
    `if (parent.attached || !parent.attached || this.#filter`,
  ),
  one(
    'Work of an ended session that comes back late is done by nobody',
    5_000,
    'sidecar/agent/replicate/replicator.ts',
    'if (this.#session?.isOver === false) this.#session.pump();',
    '',
  ),
  one(
    'What was announced on a root that was replaced explains what a comparison misses on the new one',
    2000,
    'sidecar/agent/pass/pass-schedule.ts',
    'announced: sourceReplaced ? [] : [',
    'announced: [',
  ),
];
