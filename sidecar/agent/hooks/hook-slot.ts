import { setTimeout as sleep } from 'node:timers/promises';
import type { ReplicationSettings } from '../../../src/api/settings/replication-settings.ts';
import { systemClock } from '../../../src/process/clock.ts';
import type { Limit } from '../../protocol/agent-status.ts';
import type { SettledChange } from '../changes/settle.ts';
import type { Journal, JournalPage } from '../journal/journal.ts';
import type { JournalLines } from '../journal/journal-lines.ts';
import type { ArrivalObserver, Arrivals, Fate } from '../replicate/status/arrivals.ts';
import { eventOf, type HookEvent } from './hook-event.ts';
import type { Hooks, HooksOptions } from './hooks.ts';

/** What arrived last is told before the end. */
const graceMs = 3_000;
const drainLookMs = 50;

/** Where hooks are, if there are any: their code is loaded with the first. */
export class HookSlot {
  readonly #options: Omit<HooksOptions, 'linkOf'>;
  readonly #arrivals = new Map<string, Arrivals>();
  #hooks: Hooks | undefined;
  #journal: Journal | undefined;
  /** In memory, for who asks by the socket. */
  #isKept = false;
  #lines: JournalLines | undefined;
  #targets: readonly string[] = [];

  constructor(options: Omit<HooksOptions, 'linkOf'>) {
    this.#options = options;
  }

  /** The journal's entries after a number; undefined while it is off. */
  readJournal(after: number): JournalPage | undefined {
    return this.#journal?.read(after);
  }

  async follow(settings: ReplicationSettings): Promise<void> {
    this.#targets = settings.targets.map(({ name }) => name);
    await this.#followJournal(settings);
    if (this.#hooks === undefined && (settings.hooks ?? []).length > 0)
      this.#hooks = new (await import('./hooks.ts')).Hooks({
        ...this.#options,
        linkOf: (target) => this.#arrivals.get(target)?.link(),
      });
    await this.#hooks?.follow(settings);
  }

  async #followJournal({ journal, journalLines }: ReplicationSettings): Promise<void> {
    const wish = journalLines !== undefined && journalLines.untilMs > systemClock.now() ? journalLines : undefined;
    this.#isKept = journal === true;
    if (!this.#isKept && wish === undefined) return this.#endJournal();
    this.#journal ??= new (await import('../journal/journal.ts')).Journal(() => systemClock.now());
    if (wish === undefined) return this.#endLines();
    const { JournalLines } = await import('../journal/journal-lines.ts');
    const onEnd = (): void => (this.#isKept ? this.#endLines() : this.#endJournal());
    if (this.#lines !== undefined) this.#lines.follow(wish);
    else this.#lines = new JournalLines(this.#journal, wish, systemClock, this.#options.logger, onEnd);
  }

  #endLines(): void {
    this.#lines?.stop();
    this.#lines = undefined;
  }

  #endJournal(): void {
    this.#endLines();
    this.#journal = undefined;
  }

  /** Changes that are in the log now, the last under this sequence; no target has heard of them yet. */
  note(changes: readonly SettledChange[], lastSequence: number): void {
    if (this.#hooks === undefined && this.#journal === undefined) return;
    const first = lastSequence - changes.length + 1;
    // Ages are monotonic; who is told reads a calendar.
    const ahead = systemClock.now() - systemClock.monotonic();
    const events = changes.flatMap(
      ({ change, at }, index) => eventOf(change, Math.round(at + ahead), first + index) ?? [],
    );
    for (const target of this.#targets) {
      const arrivals = this.#arrivals.get(target);
      const told = events.filter((event) => arrivals?.concerns(event) !== false);
      this.#hooks?.note(told, target);
      this.#journal?.note(told, [target]);
    }
  }

  observerOf(target: string): ArrivalObserver {
    const fateOf = (event: HookEvent): Fate => this.#arrivals.get(target)?.fateOf(event) ?? 'waits';
    return {
      attach: (arrivals) => void this.#arrivals.set(target, arrivals),
      onProgress: () => this.#journal?.look(target, fateOf),
      onAsk: () => {
        this.#journal?.look(target, fateOf);
        return this.#hooks?.onAsk(target, fateOf) ?? (() => {});
      },
      onPassWork: (operation, paths) => {
        const at = systemClock.now();
        const events = paths.map((path) => ({ operation, path, at, sequence: 0 }));
        this.#hooks?.note(events, target);
        this.#journal?.note(events, [target]);
      },
    };
  }

  get troubles(): readonly Limit[] {
    return (this.#hooks?.troubles ?? []).map((message) => ({ reason: 'HookFailing', message }));
  }

  /** Gives what has arrived the time to be told; what is not stays for the next start. */
  async stop(): Promise<void> {
    const until = performance.now() + graceMs;
    while ((this.#hooks?.size ?? 0) > 0 && performance.now() < until) await sleep(drainLookMs);
    await this.#hooks?.stop();
    this.#endLines();
  }
}
