import { one, type PutBack } from './put-back.ts';

/** Of what a target keeps: its history, and masses of deletions. */
export const historyFaults: readonly PutBack[] = [
  one(
    'Of files that look the same as those that a roll-back puts in their places nobody is told',
    20_000,
    'sidecar/receiver/history/roll-back/roll-back.ts',
    'await this.#noteEqualLooks(data);',
    '',
  ),
  one(
    'What is kept once is not kept again after a moment that can be gone back to',
    5_000,
    'sidecar/receiver/history/keep/history-writer.ts',
    'this.#markedAt = record.at;\n    this.#timedAt = record.at;\n    this.#seen.clear();',
    'this.#markedAt = record.at;\n    this.#timedAt = record.at;',
  ),
  one(
    'Of a directory that is replaced its time is not kept',
    5_000,
    'sidecar/receiver/history/keep/history-writer.ts',
    'continue;\n        this.#noteAbove(from, look, batch);',
    'continue;',
  ),
  one(
    'Names that have changed places are put back one after the other',
    20_000,
    'sidecar/receiver/history/roll-back/roll-back.ts',
    'await this.#evacuate(data);',
    '',
  ),
  one(
    'A rename that was noted and not made counts as made',
    20_000,
    'sidecar/receiver/history/journal/history-segment.ts',
    "return isThere(last.from.slice('data/'.length));",
    'return isThere(last.from) && false;',
  ),
  one(
    'A mass is let go although not all of it could be put back',
    20_000,
    'sidecar/receiver/deletions/kept-masses.ts',
    'if (answer.failedCount === 0) this.#drop(mass, id);',
    'this.#drop(mass, id);',
  ),
];
