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
    'if (isHolder && request.epoch === state.epoch && !isFresh && mayRenew) {',
    'if (isHolder && (request.epoch === state.epoch || request.epoch === 0) && !isFresh && mayRenew) {',
  ),
  {
    fault: 'Of a file with several names only the one that was written is sent',
    within: 1_000,
    patches: [
      {
        file: 'sidecar/agent/send/executor.ts',
        find: 'const names = await this.#linkNames(given, look);',
        replace: 'const names = new Map();',
      },
      {
        file: 'sidecar/agent/send/executor.ts',
        find: 'for (const name of names) if (!sent.has(name)',
        replace: 'for (const name of names) if (sent.size < 0',
      },
    ],
  },
  {
    fault: 'An exchange of two names is taken for a rename there and back',
    within: 5_000,
    patches: [
      {
        file: 'sidecar/agent/watch/inotify/recent-moves.ts',
        find: 'if (first === undefined ||',
        replace: 'if (first !== undefined || first === undefined ||',
      },
    ],
  },
  one(
    'What was sent and not acknowledged is not sent again after a power cut',
    2_000,
    'sidecar/agent/replicate/replicator.ts',
    'if (lost.unacknowledged) this.#backlog.addUnacknowledged();',
    '',
  ),
  one(
    'An overflow of the event queue asks for no comparison',
    2_000,
    'sidecar/agent/watch/inotify/apply-event.ts',
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
    "boolean => root === 'replaced' || sourceReplaced;",
    "boolean => root === 'lost' && sourceReplaced;",
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
    `if (sourceReplaced) this.#replacedAt = this.#clock.monotonic();`,
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
    'sidecar/agent/watch/followed/directory-watcher.ts',
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
  {
    fault: 'An epoch outlives the boot of its receiver’s machine',
    within: 5_000,
    patches: [
      {
        file: 'sidecar/receiver/lease/lease.ts',
        find: 'if (state.bootId !== facts.bootId) return refuse(endedByBoot(request.epoch));',
        replace: '',
      },
      {
        file: 'sidecar/receiver/lease/lease.ts',
        find: 'return state.bootId === bootId ? null : endedByBoot(epoch);',
        replace: 'return null;',
      },
    ],
  },
  one(
    'What was renamed and deleted is not done again after a power cut, only what was sent',
    5_000,
    'sidecar/agent/replicate/backlog.ts',
    'for (const change of changes) this.pending.add(',
    "for (const change of changes) if (change.kind === 'content') this.pending.add(",
  ),
  one(
    'What is told of a directory counts as told of what is written through mappings in it',
    20_000,
    'sidecar/agent/source/unseen-changes.ts',
    "(change.kind !== 'attributes' && 'isDirectory' in change && change.isDirectory)",
    "('isDirectory' in change && change.isDirectory)",
  ),
  one(
    'The look at the times of all files finds nothing that was written through a mapping',
    2_000,
    'sidecar/agent/source/unseen-changes.ts',
    'if (untold.length > 0) await this.#options.onFound(',
    'if (untold.length < 0) await this.#options.onFound(',
  ),
  one(
    'A replica that was taken into use is written to by who asks for its lease',
    5_000,
    'sidecar/receiver/lease/lease.ts',
    'if (state.promoted !== null && request.adopt !== state.lineage?.since)',
    'if (state.promoted !== null && request.epoch < 0)',
  ),
  one(
    'Extended attributes are sent with contents only',
    2_000,
    'sidecar/agent/rsync/flags.ts',
    "if (preserve.xattrs) flags.push('--xattrs');",
    "if (preserve.xattrs && flags.length < 0) flags.push('--xattrs');",
  ),
  one(
    'A plain daemon that was away is not compared when it is back',
    5_000,
    'sidecar/agent/replicate/replicator.ts',
    "if (!isFirst && lost.anything) this.requestPass('retry', [], ",
    "if (!isFirst && lost.anything && isFirst) this.requestPass('retry', [], ",
  ),
  one(
    'An excluded name that comes or goes leaves its directory the time that it had at a target with a filter of its own',
    10_000,
    'sidecar/agent/targets/changes-for-target.ts',
    "return filter.excludes(directory, true) ? [] : [{ kind: 'attributes', path: directory }];",
    "return filter.excludes(directory, true) || path !== '' ? [] : [{ kind: 'attributes', path: directory }];",
  ),
  one(
    'A comparison takes what is on its way for a difference',
    10_000,
    'sidecar/agent/verify/second-look.ts',
    'return !isBusy;',
    'return true;',
  ),
  one(
    'What was announced on a root that was replaced explains what a comparison misses on the new one',
    2000,
    'sidecar/agent/pass/pass-schedule.ts',
    'announced: sourceReplaced ? [] : mergeAnnounced(a, b),',
    'announced: mergeAnnounced(a, b),',
  ),
  one(
    'A receiver writes small files of an epoch that has ended',
    10_000,
    'testing/simulation/models/small-files.ts',
    'requireEpoch();\n  return volume.receive',
    'return volume.receive',
  ),
  one(
    'A receiver copies a file without looking whether it holds what the copy has to hold',
    5_000,
    'testing/simulation/models/copies.ts',
    "if (digestOf(pieces) !== digest) return 'Differs';",
    '',
  ),
  one(
    'What is written down of the source holds files of whose last change nobody was told yet',
    5_000,
    'sidecar/agent/outline/record-outline.ts',
    'changed < olderThan && (isParent || isKnown(changed, path))',
    'changed < olderThan',
  ),
  one(
    'After a restart a target is taken for what it was although another wrote there since',
    20_000,
    'sidecar/agent/outline/claim.ts',
    'facts.epoch !== epoch + 1',
    'facts.epoch < epoch',
  ),
  one(
    'A target is known to have all that was written down of the source, although something of it is still on its way',
    5_000,
    'sidecar/agent/outline/target-proof.ts',
    'latest === undefined || until <= latest.at',
    'latest === undefined',
  ),
  one(
    'Of files that look the same as those that a roll-back puts in their places nobody is told',
    20_000,
    'sidecar/receiver/history/roll-back.ts',
    'await this.#noteEqualLooks(data);',
    '',
  ),
  one(
    'What is kept once is not kept again after a moment that can be gone back to',
    5_000,
    'sidecar/receiver/history/history-writer.ts',
    'this.#markedAt = record.at;\n    this.#timedAt = record.at;\n    this.#seen.clear();',
    'this.#markedAt = record.at;\n    this.#timedAt = record.at;',
  ),
  one(
    'Of a directory that is replaced its time is not kept',
    5_000,
    'sidecar/receiver/history/history-writer.ts',
    'continue;\n        this.#noteAbove(from, look, batch);',
    'continue;',
  ),
  one(
    'Names that have changed places are put back one after the other',
    20_000,
    'sidecar/receiver/history/roll-back.ts',
    'await this.#evacuate(data);',
    '',
  ),
  one(
    'A rename that was noted and not made counts as made',
    20_000,
    'sidecar/receiver/history/history-segment.ts',
    "return isThere(last.from.slice('data/'.length));",
    'return isThere(last.from) && false;',
  ),
  one(
    'What another did to a target while we were away counts from when it is reached again',
    10_000,
    'sidecar/agent/replicate/backlog.ts',
    'since: at = this.#clock.monotonic() } = extra',
    '} = extra;\n    const at = this.#clock.monotonic()',
  ),
  one(
    'A mass is let go although not all of it could be put back',
    20_000,
    'sidecar/receiver/deletions/kept-masses.ts',
    'if (answer.failedCount === 0) this.#drop(mass, id);',
    'this.#drop(mass, id);',
  ),
];
