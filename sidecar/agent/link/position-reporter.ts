import type { Clock } from '../../../src/process/clock.ts';
import type { Position } from '../../protocol/control.ts';
import type { Link } from './link.ts';
import { type AgentNote, writeNote } from './notes/agent-note.ts';

export interface Covered {
  readonly position: Position;
  readonly lagMs: number;
  readonly fullPassAt: number | null;
  readonly note: AgentNote;
}

/** What is reported, and who is told that it arrived. */
export interface ReportSubject {
  readonly covered: () => Covered;
  /** Called before a report; what it answers is called when all that was sent before is durable. */
  readonly ask: () => () => void;
  /** Whether something was sent that is not durable yet. */
  readonly isOwing: () => boolean;
  /** Whether nothing is pending or under way, and nothing is known to differ. */
  readonly isQuiet: () => boolean;
}

/** A report makes the target sync its file system, which holds up what is written there meanwhile. */
const spacingMs = 2_000;
/** An idle replica's note is renewed so often: a restart re-reads what changed since. */
const idleMs = 60_000;

/** Tells a receiver, or notes here, how far it is, one report at a time, never in the way of a change. */
export class PositionReporter {
  readonly #clock: Clock;
  readonly #subject: ReportSubject;
  #link: Link | undefined;
  #running: Promise<void> | undefined;
  #wanted = false;
  #lastSent = '';
  #lastSentAt = 0;
  #acknowledged: Position | null = null;
  #whyNot: unknown;

  constructor(clock: Clock, subject: ReportSubject) {
    this.#clock = clock;
    this.#subject = subject;
  }

  /** The last position that is durable at the target. */
  get acknowledged(): Position | null {
    return this.#acknowledged;
  }

  /** When the target was known to be ours last, monotonic ms. */
  get heardAt(): number {
    return this.#lastSentAt;
  }

  /** What kept the last report from being durable; undefined where nothing did, or nobody answered. */
  get whyNot(): unknown {
    return this.#whyNot;
  }

  open(link: Link): void {
    this.#link = link;
    this.#whyNot = undefined;
    this.#lastSentAt = this.#clock.monotonic();
    this.#acknowledged = link.position;
    this.#lastSent = '';
  }

  close(): void {
    this.#link = undefined;
  }

  /** Sends the position soon, if it differs from the last one sent. */
  report(): void {
    this.#wanted = true;
    this.#running ??= this.#loop().finally(() => {
      this.#running = undefined;
    });
  }

  /** Sends the position now and waits until it is durable, or until `signal` says that nobody waits. @returns whether it is */
  async flush(signal?: AbortSignal): Promise<boolean> {
    if (signal === undefined) return this.#send();
    const over = Promise.withResolvers<boolean>();
    const giveUp = (): void => over.resolve(false);
    signal.addEventListener('abort', giveUp);
    try {
      return !signal.aborted && (await Promise.race([this.#send(), over.promise]));
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
  }

  async #loop(): Promise<void> {
    while (this.#wanted && this.#link !== undefined) {
      await this.#clock.sleep(spacingMs);
      this.#wanted = false;
      await this.#send();
    }
  }

  /** Has the target make a checkpoint for which the application is still, if it is. @returns null, or why not */
  async checkpoint(isStill: () => Promise<boolean>): Promise<string | null> {
    const link = this.#link;
    if (link === undefined) return 'the target is not connected';
    const made = await this.#tell(link, this.#subject.covered(), isStill);
    if (made === 'made') return null;
    return made === undefined
      ? 'changes are on their way'
      : 'the receiver made none; one of an earlier version makes none';
  }

  async #send(): Promise<boolean> {
    const link = this.#link;
    if (link === undefined) return false;
    const covered = this.#subject.covered();
    const isRecent = this.#clock.monotonic() - this.#lastSentAt < idleMs;
    if (this.#markOf(covered) === this.#lastSent && isRecent && !this.#subject.isOwing()) return true;
    try {
      await this.#tell(link, covered);
      this.#whyNot = undefined;
      return true;
    } catch (error) {
      this.#whyNot = error;
      // The session finds out by itself when the receiver is gone; the next report says all that this one did.
      return false;
    }
  }

  #markOf({ position, fullPassAt, note }: Covered): string {
    return `${position.epoch} ${position.sequence} ${fullPassAt} ${note.held?.id} ${note.held?.count} ${this.#subject.isQuiet()}`;
  }

  /** @returns what became of a checkpoint; undefined where it was no time for one */
  async #tell(
    link: Link,
    covered: Covered,
    isStill?: () => Promise<boolean>,
  ): Promise<'made' | 'not made' | undefined> {
    const { position, lagMs, fullPassAt, note } = covered;
    const mark = this.#markOf(covered);
    const acknowledge = this.#subject.ask();
    const askedAt = this.#clock.monotonic();
    const text = writeNote(note);
    link.keepNote?.(text);
    const answer = await link.control?.reportPosition({
      position,
      lagMs,
      note: text,
      ...(fullPassAt === null ? {} : { fullPassAt }),
    });
    this.#lastSent = mark;
    this.#lastSentAt = askedAt;
    this.#acknowledged = position;
    acknowledge();
    // Whatever was asked of the target by then has ended, if nothing is under way now.
    if (answer?.operation === undefined || !this.#subject.isQuiet()) return undefined;
    // The target stays what it was then: when the application goes on does not matter any more.
    if (isStill !== undefined && !(await isStill())) return undefined;
    const consistent = isStill ? { consistent: true as const } : {};
    const { operation } = answer;
    return (await link.control?.checkpoint({ position, operation, ...consistent }))?.made ? 'made' : 'not made';
  }
}
