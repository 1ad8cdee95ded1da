import type { Clock } from '../../../src/process/clock.ts';
import type { Change, RawChange, RelPath } from './change.ts';
import type { OpenFiles } from './open-files.ts';
import { type PathNode, PathTree, pathOf, valuesBelow } from './path-tree.ts';
import { StrayNames } from './stray-names.ts';
import type { WrittenLately } from './written-lately.ts';

/** A change ready for the log. `at`: when its first event was read, monotonic, ms. */
export interface SettledChange {
  readonly change: Change;
  readonly at: number;
}

/**
 * What lstat says of a name. `regular-linked`: a regular file that is not being made just now although no close was
 * seen, such as one with another name (hard link). `regular-empty`: one that has no content yet.
 */
export type Sight = 'regular' | 'regular-empty' | 'regular-linked' | 'directory' | 'symlink' | 'other' | 'gone';

const never = Number.POSITIVE_INFINITY;
/** A write that lstat shows has come as an event when so much time has passed, ms. */
const eventDelayMs = 5;

export interface SettlerOptions {
  readonly clock: Clock;
  /** A file that is written all the time is sent this often. */
  readonly maxDelayMs: number;
  /** Whether writes are told at all: only then does it mean something that none was. */
  readonly seesWrites: boolean;
  readonly lookAt: (path: RelPath) => Sight;
  /** Looked at again every `maxDelayMs`: it outlives the settler. */
  readonly open?: OpenFiles;
  /** Likewise. */
  readonly written?: WrittenLately;
  /** Files that were changed without an event: to be told by one, once what was written through mappings can be seen. */
  readonly onUnseen?: (paths: readonly RelPath[]) => void;
  /** A change was told of a name that is gone: of a file that may have another name. */
  readonly onStray?: (path: RelPath) => void;
  readonly onSettled: (changes: readonly SettledChange[]) => void;
}

/** A file between its first event that is not sent and its close. */
interface Held {
  readonly at: number;
  /** Monotonic, ms. */
  readonly dueAt: number;
  /** Its creation is not sent either. */
  created: boolean;
  /** A write of it was told. */
  modified: boolean;
  node: PathNode<Held>;
}

/**
 * Holds a file back while it is being written, so that it is sent once, when it is closed, or every `maxDelayMs`
 * if it stays open. Everything else goes straight through, in the order of the events. So does a file that was whole
 * when it got its name, but for the moment it takes to tell it from one that is being written: such as a mail that is
 * linked into its directory and then unlinked elsewhere, so that nothing but its content shows what it is.
 */
export class Settler {
  readonly #options: SettlerOptions;
  readonly #tree = new PathTree<Held>();
  /** In the order in which they fall due. */
  readonly #held = new Set<Held>();
  /** Those that had content though no write was told, and until when one may still be told; in that order. */
  readonly #unexplained = new Map<Held, number>();
  readonly #strays: StrayNames;
  readonly #toldOfGone: RelPath[] = [];
  #ready: SettledChange[] = [];
  #cancelTimer: (() => void) | undefined;
  /** When those that may be open are looked at again; monotonic, ms. */
  #lookAgainAt = never;

  constructor(options: SettlerOptions) {
    this.#options = options;
    this.#strays = new StrayNames(options.maxDelayMs);
    if (options.open?.size) this.#lookAgainAt = options.clock.monotonic() + options.maxDelayMs;
    this.#handOn();
  }

  get heldCount(): number {
    return this.#held.size;
  }

  /** Whether a name, or one below it, is held back. */
  holds(path: RelPath): boolean {
    return this.#tree.find(path) !== undefined;
  }

  /** When the first event of what is held longest was read, monotonic, ms. */
  get oldestHeldAt(): number | undefined {
    let oldest: number | undefined;
    for (const { at } of this.#held) oldest = Math.min(oldest ?? at, at);
    return oldest;
  }

  /** Takes one batch of a change source; what is ready is handed on before this returns. */
  accept(batch: readonly RawChange[], readAtMs: number): void {
    const made = new Set<Held>();
    for (const change of batch) this.#acceptOne(change, readAtMs, made);
    for (const held of made) this.#lookAtMade(held);
    this.#handOn();
  }

  /** Hands on all that is held, now. */
  flush(): void {
    for (const held of [...this.#held]) this.#release(held);
    this.#handOn();
  }

  /** Drops what is held and stops the timer. */
  close(): void {
    for (const held of [...this.#held]) this.#drop(held);
    this.#lookAgainAt = never;
    this.#handOn();
  }

  #acceptOne(raw: RawChange, at: number, made: Set<Held>): void {
    switch (raw.kind) {
      case 'create':
        this.#appeared(raw.path, raw.isDirectory);
        if (!raw.isDirectory) made.add(this.#tree.get(raw.path) ?? this.#hold(raw.path, at, true));
        else this.#emit({ kind: 'content', path: raw.path, created: true }, at);
        return;
      case 'modify':
        this.#modified(this.#tree.get(raw.path) ?? this.#hold(raw.path, at, false));
        return;
      case 'write': {
        const held = this.#tree.get(raw.path);
        this.#options.open?.remove(raw.path);
        this.#options.written?.note(raw.path, at);
        if (held === undefined) this.#emit({ kind: 'content', path: raw.path }, at);
        else this.#release(held);
        return;
      }
      case 'attributes':
        if (!raw.isDirectory) this.#options.written?.note(raw.path, at);
        // A held file is sent with its attributes.
        if (this.#tree.get(raw.path) === undefined) this.#emit({ kind: 'attributes', path: raw.path }, at);
        return;
      case 'delete':
        this.#dropAtAndBelow(raw.path, at);
        this.#options.open?.removeAtAndBelow(raw.path);
        this.#emit({ kind: 'delete', path: raw.path }, at);
        return;
      case 'move':
        this.#move(raw, at, made);
        return;
      case 'rescan':
        this.#strays.clear();
        this.#emit({ kind: 'subtree', path: raw.path, reason: raw.reason }, at);
    }
  }

  #move(raw: Extract<RawChange, { kind: 'move' }>, at: number, made: Set<Held>): void {
    this.#dropAtAndBelow(raw.path, at);
    this.#appeared(raw.path, raw.isDirectory);
    this.#options.open?.move(raw.from, raw.path);
    if (this.#options.written?.has(raw.from, at)) this.#options.written.note(raw.path, at);
    const own = this.#tree.get(raw.from);
    const moved = this.#tree.detach(raw.from);
    if (moved !== undefined) this.#tree.attach(raw.path, moved);
    if (own?.created) {
      // Nothing of it was sent, so there is nothing to rename; under the new name it may replace another file.
      own.created = false;
      made.add(own);
      this.#emit({ kind: 'delete', path: raw.from }, at);
      return;
    }
    this.#emit({ kind: 'move', from: raw.from, path: raw.path, isDirectory: raw.isDirectory }, at);
  }

  /** A created name that was not closed in its batch may be no file at all, or one that nobody writes. */
  #lookAtMade(held: Held): void {
    if (!this.#held.has(held)) return;
    const sight = this.#options.lookAt(pathOf(held.node));
    if (sight === 'regular') this.#waitForWrite(held);
    else if (sight !== 'regular-empty' && sight !== 'gone') {
      const path = this.#release(held);
      if (sight === 'regular-linked') this.#mayBeOpen(path);
    }
  }

  #mayBeOpen(path: RelPath): void {
    const { open, clock, maxDelayMs, seesWrites } = this.#options;
    if (open === undefined || !seesWrites) return;
    open.add(path, clock.monotonic());
    if (open.size > 0) this.#lookAgainAt = Math.min(this.#lookAgainAt, clock.monotonic() + maxDelayMs);
  }

  #waitForWrite(held: Held): void {
    if (!this.#options.seesWrites || held.modified || this.#unexplained.has(held)) return;
    this.#unexplained.set(held, this.#options.clock.monotonic() + eventDelayMs);
  }

  #appeared(path: RelPath, isDirectory: boolean): void {
    if (isDirectory) this.#strays.clear();
    else this.#strays.isThere(path);
  }

  #modified(held: Held): void {
    held.modified = true;
    this.#unexplained.delete(held);
  }

  #hold(path: RelPath, at: number, created: boolean): Held {
    const dueAt = this.#options.clock.monotonic() + this.#options.maxDelayMs;
    const node = this.#tree.ensure(path);
    const held: Held = { at, dueAt, created, modified: false, node };
    node.value = held;
    this.#held.add(held);
    return held;
  }

  #release(held: Held): RelPath {
    const path = pathOf(held.node);
    this.#emit({ kind: 'content', path, ...(held.created ? { created: true } : {}) }, held.at);
    this.#drop(held);
    return path;
  }

  #drop(held: Held): void {
    this.#forget(held);
    held.node.value = undefined;
    this.#tree.prune(held.node);
  }

  #forget(held: Held): void {
    this.#held.delete(held);
    this.#unexplained.delete(held);
  }

  #dropAtAndBelow(path: RelPath, now: number): void {
    const gone = this.#tree.detach(path);
    // What was changed is not sent under this name any more; the file may have another one.
    if (this.#options.written?.has(path, now) || gone?.value?.modified) this.#toldOfGone.push(path);
    if (gone === undefined) return;
    for (const { value } of valuesBelow(gone)) this.#forget(value);
  }

  #emit(change: Change, at: number): void {
    this.#ready.push({ change, at });
  }

  #handOn(): void {
    const ready = this.#ready;
    this.#ready = [];
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    const heldUntil = this.#held.values().next().value?.dueAt ?? never;
    const dueAt = Math.min(heldUntil, this.#unexplained.values().next().value ?? never, this.#lookAgainAt);
    if (dueAt !== never) {
      const waitMs = Math.max(0, dueAt - this.#options.clock.monotonic());
      this.#cancelTimer = this.#options.clock.after(waitMs, () => this.#releaseDue());
    }
    if (ready.length > 0) this.#options.onSettled(ready);
    // Only now: who looks for their other names may read more events, and hand them to us.
    for (const path of this.#toldOfGone.splice(0)) this.#options.onStray?.(path);
  }

  #releaseDue(): void {
    const now = this.#options.clock.monotonic();
    for (const [held, until] of [...this.#unexplained]) {
      if (until > now) break;
      this.#mayBeOpen(this.#release(held));
    }
    for (const held of [...this.#held]) {
      if (held.dueAt > now) break;
      this.#releaseUnclosed(held);
    }
    if (this.#lookAgainAt <= now) this.#lookAgain(now);
    this.#handOn();
  }
  #releaseUnclosed(held: Held): void {
    const path = pathOf(held.node);
    const isStray = !held.created && this.#options.lookAt(path) === 'gone';
    const now = this.#options.clock.monotonic();
    if (isStray) this.#toldOfGone.push(path);
    // Its rename may wait to be read, so it is told, but not each time while nothing says that it is there again.
    if (isStray && this.#strays.isToldOf(path, now)) {
      this.#drop(held);
      return;
    }
    this.#release(held);
    this.#options.written?.note(path, now);
    if (isStray) this.#strays.told(path, now);
    else this.#mayBeOpen(path);
  }

  #lookAgain(now: number): void {
    const { open, maxDelayMs } = this.#options;
    this.#lookAgainAt = open !== undefined && open.size > 0 ? now + maxDelayMs : never;
    const changed = (open?.takeChanged(now) ?? []).filter((path) => this.#tree.get(path) === undefined);
    if (changed.length > 0) this.#options.onUnseen?.(changed);
  }
}
