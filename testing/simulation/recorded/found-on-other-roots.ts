import type { RecordedHistory } from './recorded-history.ts';

/** The same where another directory was the source for a while, or the clock was set. */
export const foundOnOtherRoots: readonly RecordedHistory[] = [
  {
    what: 'a directory that stays for what is held in it is no difference',
    seed: 5_158,
    steps: [
      { kind: 'verify', a: 46, b: 36, thenMs: 0 },
      { kind: 'burst', a: 8, b: 5, thenMs: 26 },
      { kind: 'big', a: 43, b: 14, thenMs: 1 },
      { kind: 'write', a: 9, b: 22, thenMs: 1_035 },
      { kind: 'unmount', a: 59, b: 48, thenMs: 11 },
      { kind: 'symlink', a: 61, b: 29, thenMs: 2 },
    ],
    plan: { targets: [{ kind: 'receiver' }], filter: { include: [], exclude: [] }, verifies: true },
    fault: [
      {
        file: 'sidecar/agent/verify/judge/second-look.ts',
        find: `difference.needsDeletion && access.holdsDeletions() ? 'held' : difference.kind`,
        replace: 'difference.kind',
      },
    ],
  },
  {
    what: 'a deletion during the first comparison is held for no replaced source',
    seed: 31,
    steps: [
      { kind: 'write', a: 1, b: 0, thenMs: 3_000 },
      { kind: 'killAgent', a: 1, b: 0, thenMs: 10 },
      { kind: 'big', a: 0, b: 4, thenMs: 0 },
      { kind: 'write', a: 5, b: 0, thenMs: 921 },
      { kind: 'remove', a: 1, b: 0, thenMs: 200 },
    ],
    fault: [
      {
        file: 'sidecar/agent/replicate/work/backlog.ts',
        find: 'const sourceReplaced = batch.oldestAt < this.#replacedAt;',
        replace: 'const sourceReplaced = batch.sequence.first <= 0;',
      },
      {
        file: 'sidecar/agent/replicate/work/backlog.ts',
        find: 'sourceReplaced: sourceReplaced || at < this.#replacedAt,',
        replace: 'sourceReplaced: sourceReplaced || sequence <= 0,',
      },
      {
        file: 'sidecar/agent/replicate/work/backlog.ts',
        find: 'const age = { sequence: this.#log.lastSequence + 1, at: this.#clock.monotonic() };\n    for (const path of directories)',
        replace:
          'const age = { sequence: this.#log.lastSequence, at: this.#clock.monotonic() };\n    for (const path of directories)',
      },
      {
        file: 'sidecar/agent/replicate/session.ts',
        find: 'isOfFormerRoot: batch.oldestAt < backlog.replacedAt,',
        replace: 'isOfFormerRoot: batch.sequence.first <= 0,',
      },
    ],
  },
  {
    what: 'what was announced on a root that was replaced explains no deletion of a comparison',
    seed: 802,
    steps: [
      { kind: 'mkdir', a: 0, b: 57, thenMs: 0 },
      { kind: 'mkdir', a: 1, b: 57, thenMs: 0 },
      { kind: 'exchange', a: 0, b: 1, thenMs: 7 },
      { kind: 'unmount', a: 3, b: 57, thenMs: 20_000 },
    ],
    plan: { targets: [{ kind: 'rsyncd' }], filter: { include: [], exclude: [] }, verifies: true },
    fault: [
      {
        file: 'sidecar/agent/pass/pass-schedule.ts',
        find: 'announced: sourceReplaced ? [] : mergeAnnounced(a, b),',
        replace: 'announced: mergeAnnounced(a, b),',
      },
    ],
  },
  {
    what: 'what was pending when the root was replaced is not announced as gone on the new one',
    seed: 592,
    steps: [
      { kind: 'write', a: 42, b: 15, thenMs: 29 },
      { kind: 'secondAgent', a: 35, b: 59, thenMs: 1 },
      { kind: 'burst', a: 36, b: 43, thenMs: 42 },
      { kind: 'unmount', a: 3, b: 45, thenMs: 14 },
    ],
    fault: [
      {
        file: 'sidecar/agent/replicate/work/backlog.ts',
        find: 'if (sourceReplaced) this.#replacedAt = this.#clock.monotonic();',
        replace: '',
      },
    ],
  },
  {
    what: 'what is written through a mapping after the clock was set back is found',
    seed: 8_700_390,
    steps: [
      { kind: 'save', a: 36, b: 38, thenMs: 1 },
      { kind: 'link', a: 19, b: 1, thenMs: 959 },
      { kind: 'stepClock', a: 35, b: 53, thenMs: 18 },
      { kind: 'writeMapped', a: 12, b: 11, thenMs: 1 },
    ],
    fault: [
      {
        file: 'sidecar/agent/source/times/unseen-changes.ts',
        find: 'if (offset < this.#offset - setBackMs) {',
        replace: 'if (offset < this.#offset - Infinity) {',
      },
    ],
  },
  {
    what: 'a clock that is set back makes nothing younger than it is',
    seed: 184,
    steps: [
      { kind: 'burst', a: 5, b: 8, thenMs: 2 },
      { kind: 'symlink', a: 32, b: 25, thenMs: 566 },
      { kind: 'save', a: 60, b: 29, thenMs: 1 },
      { kind: 'mkdir', a: 29, b: 50, thenMs: 25_332 },
      { kind: 'symlink', a: 61, b: 9, thenMs: 1 },
      { kind: 'burst', a: 12, b: 18, thenMs: 246 },
      { kind: 'save', a: 36, b: 19, thenMs: 408 },
      { kind: 'stepClock', a: 35, b: 13, thenMs: 5 },
    ],
    fault: [
      {
        file: 'sidecar/agent/replicate/status/why-not-in-sync.ts',
        find: 'return now - Math.min(backlog.oldestAt ?? now, heldBack().oldestHeldAt ?? now);',
        replace:
          'const since = Math.min(backlog.oldestAt ?? now, heldBack().oldestHeldAt ?? now);\n  return Math.max(0, clock.now() - backlog.wallAt(since));',
      },
      {
        file: 'sidecar/agent/replicate/work/backlog.ts',
        find: 'get completedSequence(): number {',
        replace:
          'wallAt(at: number): number {\n    return this.#wall.first(at);\n  }\n\n  get completedSequence(): number {',
      },
      {
        file: 'sidecar/agent/changes/wall-times.ts',
        find: 'earliest(at: number): number {',
        replace:
          'first(at: number): number {\n    this.look();\n    const index = this.#settings.findLastIndex(({ seenAt }) => seenAt < at);\n    return at + (this.#settings[index]?.offset ?? 0);\n  }\n  earliest(at: number): number {',
      },
    ],
  },
  {
    what: 'what changes after the clock was set back, without an agent, is found',
    seed: 903_095,
    steps: [
      { kind: 'grow', a: 62, b: 13, thenMs: 45 },
      { kind: 'wait', a: 6, b: 37, thenMs: 625 },
      { kind: 'stepClock', a: 55, b: 33, thenMs: 40 },
      { kind: 'cutPower', a: 32, b: 14, thenMs: 1 },
      { kind: 'leaveAgent', a: 53, b: 51, thenMs: 5_389 },
      { kind: 'burst', a: 19, b: 2, thenMs: 2 },
    ],
    fault: [
      {
        file: 'sidecar/agent/link/notes/covered-since.ts',
        find: 'return at + Math.min(0, here.startedAt - boot.startedAt);',
        replace: 'return at;',
      },
    ],
  },
  {
    what: 'a rewrite among lost events is found although the clock was set back before',
    seed: 7_524,
    steps: [
      { kind: 'big', a: 15, b: 11, thenMs: 30 },
      { kind: 'stepClock', a: 46, b: 45, thenMs: 0 },
      { kind: 'unreadable', a: 32, b: 33, thenMs: 19_915 },
      { kind: 'burst', a: 48, b: 52, thenMs: 1_926 },
    ],
    fault: [
      {
        file: 'sidecar/agent/changes/wall-times.ts',
        find: 'return at + smallest(later.map(({ offset }) => offset));',
        replace: 'return at + Math.max(...later.map(({ offset }) => offset));',
      },
    ],
  },
];
