import { journalMessage } from '../../../src/api/journal-line.ts';
import type { JournalLinesSettings } from '../../../src/api/settings/replication-settings.ts';
import type { Clock } from '../../../src/process/clock.ts';
import type { Logger } from '../../../src/process/log/logger.ts';
import { compileRule } from '../../filter/rule.ts';
import type { Journal, JournalEntry } from './journal.ts';
import { toJournalLine } from './to-journal-line.ts';

const everyMs = 1_000;
/** A log is kept for all that a pod has to say: some 10 KB a second, and a count of what was left out. */
const mostAtOnce = 50;

/** Writes the journal to the log, for where nobody can ask by a socket: at most so many lines a second, and until a time. */
export class JournalLines {
  readonly #journal: Journal;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #onEnd: () => void;
  #wish: JournalLinesSettings;
  #matches: (entry: JournalEntry) => boolean = () => true;
  #after = 0;
  #cancel: () => void;

  /** `onEnd`: its time has come. */
  constructor(journal: Journal, wish: JournalLinesSettings, clock: Clock, logger: Logger, onEnd: () => void) {
    this.#journal = journal;
    this.#clock = clock;
    // Who asks for it gets it, whatever else is logged.
    this.#logger = logger.child({}, { level: 'info' });
    this.#onEnd = onEnd;
    this.#wish = wish;
    this.follow(wish);
    this.#logger.info({ until: new Date(wish.untilMs).toISOString() }, 'journal is on');
    this.#cancel = clock.after(everyMs, () => this.#look());
  }

  /** A later end, or other names. */
  follow(wish: JournalLinesSettings): void {
    this.#wish = wish;
    const rule = wish.path === undefined ? undefined : compileRule(wish.path, true);
    const named = (path: string | undefined): boolean => path !== undefined && rule?.matches(path, false) === true;
    this.#matches = ({ path, from }) => rule === undefined || named(path) || named(from);
  }

  /** Writes what is left, and that it is off. */
  stop(): void {
    this.#cancel();
    this.#write();
    this.#logger.info({}, 'journal is off');
  }

  #look(): void {
    if (this.#clock.now() >= this.#wish.untilMs) {
      this.#onEnd();
      return;
    }
    this.#write();
    this.#cancel = this.#clock.after(everyMs, () => this.#look());
  }

  #write(): void {
    let [written, leftOut] = [0, 0];
    for (;;) {
      const { entries, next, missed } = this.#journal.read(this.#after);
      this.#after = next;
      leftOut += missed;
      if (entries.length === 0) break;
      for (const entry of entries) {
        if (!this.#matches(entry)) continue;
        if (written === mostAtOnce) leftOut += 1;
        else {
          this.#logger.info({ entry: toJournalLine(entry) }, journalMessage);
          written += 1;
        }
      }
    }
    if (leftOut > 0) this.#logger.info({ leftOut }, journalMessage);
  }
}
