import type { Clock } from '../../../src/process/clock.ts';
import type { Position } from '../../protocol/control.ts';
import { type AgentNote, writeNote } from './agent-note.ts';
import type { Link } from './link.ts';

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

  constructor(clock: Clock, subject: ReportSubject) {
    this.#clock = clock;
    this.#subject = subject;
  }

  open(link: Link): void {
    this.#link = link;
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

  /** Sends the position now and waits until it is durable. @returns whether it is */
  flush(): Promise<boolean> {
    return this.#send();
  }

  async #loop(): Promise<void> {
    while (this.#wanted && this.#link !== undefined) {
      await this.#clock.sleep(spacingMs);
      this.#wanted = false;
      await this.#send();
    }
  }

  async #send(): Promise<boolean> {
    const link = this.#link;
    if (link === undefined) return false;
    const { position, lagMs, fullPassAt, note } = this.#subject.covered();
    const mark = `${position.epoch} ${position.sequence} ${fullPassAt} ${note.held?.id} ${note.held?.count} ${this.#subject.isQuiet()}`;
    const isRecent = this.#clock.monotonic() - this.#lastSentAt < idleMs;
    if (mark === this.#lastSent && isRecent && !this.#subject.isOwing()) return true;
    const acknowledge = this.#subject.ask();
    try {
      const text = writeNote(note);
      link.keepNote?.(text);
      const answer = await link.control?.reportPosition({
        position,
        lagMs,
        note: text,
        ...(fullPassAt === null ? {} : { fullPassAt }),
      });
      this.#lastSent = mark;
      this.#lastSentAt = this.#clock.monotonic();
      acknowledge();
      // Whatever was asked of the target by then has ended, if nothing is under way now.
      if (answer?.operation !== undefined && this.#subject.isQuiet())
        await link.control?.checkpoint({ position, operation: answer.operation });
      return true;
    } catch {
      // The session finds out by itself when the receiver is gone; the next report says all that this one did.
      return false;
    }
  }
}
