import type { Position } from '../../protocol/control.ts';
import { type AgentNote, writeNote } from './agent-note.ts';
import type { Link } from './link.ts';

export interface Covered {
  readonly position: Position;
  readonly lagMs: number;
  readonly fullPassAt: number | null;
  readonly note: AgentNote;
}

/** A report makes the target sync its file system, which holds up what is written there meanwhile. */
const spacingMs = 2_000;
/** An idle replica's note is renewed so often: a restart re-reads what changed since. */
const idleMs = 60_000;

/** Tells a receiver, or notes here, how far it is, one report at a time, never in the way of a change. */
export class PositionReporter {
  readonly #covered: () => Covered;
  #link: Link | undefined;
  #running: Promise<void> | undefined;
  #wanted = false;
  #acknowledged = 0;
  #lastSent = '';
  #lastSentAt = 0;

  constructor(covered: () => Covered) {
    this.#covered = covered;
  }

  /** The last sequence that the receiver has made durable. */
  get acknowledged(): number {
    return this.#acknowledged;
  }

  reset(): void {
    this.#acknowledged = 0;
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

  /** Sends the position now and waits until it is durable. */
  async flush(): Promise<void> {
    await this.#send();
  }

  async #loop(): Promise<void> {
    while (this.#wanted && this.#link !== undefined) {
      await new Promise((resolve) => setTimeout(resolve, spacingMs).unref());
      this.#wanted = false;
      await this.#send();
    }
  }

  async #send(): Promise<void> {
    const link = this.#link;
    if (link === undefined) return;
    const { position, lagMs, fullPassAt, note } = this.#covered();
    const mark = `${position.epoch} ${position.sequence} ${fullPassAt} ${note.held?.id} ${note.held?.count}`;
    if (mark === this.#lastSent && performance.now() - this.#lastSentAt < idleMs) return;
    try {
      const text = writeNote(note);
      link.keepNote?.(text);
      await link.control?.reportPosition({
        position,
        lagMs,
        note: text,
        ...(fullPassAt === null ? {} : { fullPassAt }),
      });
      this.#lastSent = mark;
      this.#lastSentAt = performance.now();
      this.#acknowledged = Math.max(this.#acknowledged, position.sequence);
    } catch {
      // The session finds out by itself when the receiver is gone; the next report says all that this one did.
    }
  }
}
