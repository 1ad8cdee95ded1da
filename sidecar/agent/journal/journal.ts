import type { HookEvent } from '../hooks/hook-event.ts';
import type { Fate } from '../replicate/status/arrivals.ts';

/** One change at one target. Names are bytes as latin1 text. */
export interface JournalEntry {
  readonly number: number;
  readonly operation: HookEvent['operation'];
  readonly path: string;
  readonly from?: string;
  readonly isDirectory?: true;
  readonly target: string;
  /** When its first event was read, and when it was found on the target, ms, wall clock. */
  readonly at: number;
  readonly arrivedAt: number;
}

export interface JournalPage {
  readonly entries: readonly JournalEntry[];
  /** What to ask for next. */
  readonly next: number;
  /** Changes that came between and are not kept any more, or that had no room while they waited. */
  readonly missed: number;
}

const maxEntries = 10_000;
const pageEntries = 1_000;

/** What changed when, by which event, and when it was at which target: the last of it, in memory. */
export class Journal {
  readonly #waiting = new Map<string, HookEvent[]>();
  readonly #now: () => number;
  #entries: JournalEntry[] = [];
  #last = 0;
  #dropped = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  note(events: readonly HookEvent[], targets: readonly string[]): void {
    for (const target of targets) {
      const waiting = this.#waiting.get(target) ?? [];
      this.#waiting.set(target, waiting);
      for (const event of events) {
        if (waiting.length < maxEntries) waiting.push(event);
        else this.#dropped += 1;
      }
    }
  }

  /** Something arrived at a target: looks what it was. */
  look(target: string, fateOf: (event: HookEvent) => Fate): void {
    const waiting = this.#waiting.get(target);
    if (waiting === undefined || waiting.length === 0) return;
    const arrivedAt = this.#now();
    const left: HookEvent[] = [];
    for (const event of waiting) {
      const fate = fateOf(event);
      if (fate === 'waits') left.push(event);
      if (fate !== 'arrived') continue;
      const { operation, path, from, isDirectory, at } = event;
      this.#last += 1;
      this.#entries.push({
        number: this.#last,
        operation,
        path,
        ...(from === undefined ? {} : { from }),
        ...(isDirectory === undefined ? {} : { isDirectory }),
        target,
        at,
        arrivedAt,
      });
    }
    this.#waiting.set(target, left);
    if (this.#entries.length > maxEntries * 2) this.#entries = this.#entries.slice(-maxEntries);
  }

  /** What came after a number, some at a time; of a negative one the last there are. */
  read(after: number): JournalPage {
    const kept = this.#entries.slice(-maxEntries);
    const first = kept[0]?.number ?? this.#last + 1;
    const from = after < 0 ? Math.max(first - 1, this.#last + after) : after;
    const entries = kept.filter(({ number }) => number > from).slice(0, pageEntries);
    const missed = Math.max(0, first - 1 - from) + this.#dropped;
    this.#dropped = 0;
    return { entries, next: entries.at(-1)?.number ?? Math.max(from, first - 1), missed };
  }
}
