import { splitPath } from '../../beneath/open-beneath.ts';
import type { Place } from '../../deletions/move-away.ts';
import type { KeepCalls, Look, Seen, WrittenSegment } from '../history-edges.ts';
import { type Attributes, type HistoryRecord, type Moment, writeRecord } from '../journal/history-record.ts';
import { attributesOf } from './look-before.ts';

/** A moment that can be gone back to is noted so often while there are changes, ms. */
export const markMs = 10_000;
const timeMs = 50;
/** Paths that are remembered as kept since the last mark; beyond them a mark is made. */
const mostSeen = 50_000;

/** `called`: what it is called in the journal. */
export interface NamedPlace extends Place {
  readonly called: string;
}

/** Writes into the open segment what is about to change. Every call is synchronous: its lines first, then what is kept. */
export class HistoryWriter {
  readonly #calls: KeepCalls;
  readonly #now: () => number;
  #segment: WrittenSegment;
  /** Paths whose state is kept since the last mark: nobody goes back to what came between. */
  readonly #seen = new Set<string>();
  #markedAt: number;
  #timedAt: number;
  lost = 0;

  constructor(calls: KeepCalls, segment: WrittenSegment, now: () => number) {
    this.#calls = calls;
    this.#now = now;
    this.#segment = segment;
    this.#markedAt = segment.beganAt;
    this.#timedAt = segment.beganAt;
  }

  get segment(): WrittenSegment {
    return this.#segment;
  }

  continueIn(segment: WrittenSegment): void {
    this.#segment.close();
    this.#segment = segment;
    this.#markedAt = segment.beganAt;
    this.#timedAt = segment.beganAt;
    this.#seen.clear();
  }

  /** Keeps what is at paths of the replica; a directory that is to become something else is renamed out of it. */
  keep(paths: readonly string[], directories: ReadonlySet<string>): void {
    this.#withLook((look, batch) => {
      for (const path of paths) {
        if (path !== '' && splitPath(path) === null) continue;
        if (this.#noteAbove(path, look, batch)) this.#note(path, look, batch, directories.has(path));
      }
    });
  }

  /** Places for what is deleted. */
  placesFor(paths: readonly string[]): NamedPlace[] {
    const numbers = paths.map(() => this.#segment.nextNumber());
    this.moving(paths.map((path, index) => ({ from: path, to: this.#placeOf(numbers[index] as number) })));
    return numbers.map((number) => ({ ...this.#segment.place(number), called: this.#placeOf(number) }));
  }

  /** Paths of the replica are about to be renamed to places elsewhere (`to`). */
  moving(moves: readonly { readonly from: string; readonly to: string }[]): void {
    this.#withLook((look, batch) => {
      for (const { from, to } of moves) {
        if (splitPath(from) === null) continue;
        this.#noteAbove(from, look, batch);
        batch.move(`data/${from}`, to);
      }
    });
  }

  /** What is at a place elsewhere is about to be renamed to a path of the replica, where nothing is. */
  movingIn(from: string, to: string): void {
    this.#withLook((look, batch) => {
      if (splitPath(to) !== null) this.#noteAbove(to, look, batch);
      batch.move(from, `data/${to}`);
    });
  }

  /** A path of the replica is about to be renamed to another, over what is there. */
  renaming(from: string, to: string): void {
    this.#withLook((look, batch) => {
      if (splitPath(from) !== null) this.#noteAbove(from, look, batch);
      if (splitPath(to) !== null && this.#noteAbove(to, look, batch)) this.#note(to, look, batch, true);
      batch.move(`data/${from}`, `data/${to}`);
    });
  }

  /** A place of its own for what is at a place outside of the replica; `above`: the directory that it is in, whose time changes. */
  shiftFrom(from: string, above?: { readonly place: string; readonly attributes: Attributes }): NamedPlace {
    const number = this.#segment.nextNumber();
    const called = this.#placeOf(number);
    const before = above && { kind: 'directory' as const, ...above.attributes };
    const noted = above && before ? writeRecord({ kind: 'write', place: above.place, before }) : '';
    this.#append(noted + writeRecord({ kind: 'move', from, to: called }));
    this.#seen.clear();
    return { ...this.#segment.place(number), called };
  }

  /** The move that was noted last was not made. */
  notMoved(): void {
    this.#append(writeRecord({ kind: 'unmoved' }));
  }

  /** A moment that can be gone back to. */
  mark(record: Moment): void {
    this.#append(writeRecord(record));
    this.#markedAt = record.at;
    this.#timedAt = record.at;
    this.#seen.clear();
  }

  #placeOf(number: number): string {
    return `past/${this.#segment.name}/${number}`;
  }

  #withLook(note: (look: Look, batch: Batch) => void): void {
    this.#noteTime();
    const look = this.#calls.look();
    try {
      const batch = new Batch();
      note(look, batch);
      if (batch.lines === '') return;
      this.#append(batch.lines);
      if (batch.isMoving) this.#seen.clear();
      this.#take(batch, look);
    } finally {
      look.close();
    }
  }

  #take(batch: Batch, look: Look): void {
    let lost = '';
    for (const { path, number, isDirectory } of batch.takes) {
      const reason = isDirectory
        ? this.#calls.moveAway(path, this.#segment.place(number))
        : this.#calls.keepFile(path, look, this.#segment, number);
      if (reason === null) continue;
      lost += writeRecord({ kind: 'lost', place: placeIn(path) });
      this.lost++;
    }
    if (lost !== '') this.#append(lost);
  }

  /** The directories above a path, whose times change with it. @returns false where the path can't be there */
  #noteAbove(path: string, look: Look, batch: Batch): boolean {
    if (path === '') return true;
    for (let slash = -1; ; ) {
      const above = slash < 0 ? '' : path.slice(0, slash);
      if (!this.#noteDirectory(above, look, batch)) return false;
      slash = path.indexOf('/', slash + 1);
      if (slash < 0) return true;
    }
  }

  #noteDirectory(path: string, look: Look, batch: Batch): boolean {
    const known = batch.directories.get(path);
    if (known !== undefined) return known;
    const seen = lookAt(look, path);
    // What can't be looked at may be one.
    const isDirectory = seen === untold || (seen?.isDirectory() ?? false);
    this.#note(path, look, batch, true);
    batch.directories.set(path, isDirectory);
    return isDirectory;
  }

  #note(path: string, look: Look, batch: Batch, mayBeDirectory: boolean): void {
    if (mayBeDirectory && this.#seen.has(path)) return;
    const stat = lookAt(look, path);
    if (stat === untold) {
      batch.write({ kind: 'lost', place: placeIn(path) });
      this.lost++;
      return;
    }
    if (stat?.isDirectory() && !mayBeDirectory) {
      const number = this.#segment.nextNumber();
      batch.move(placeIn(path), this.#placeOf(number));
      batch.takes.push({ path, number, isDirectory: true });
      return;
    }
    if (this.#seen.has(path)) return;
    this.#seen.add(path);
    const place = placeIn(path);
    if (stat === undefined) batch.write({ kind: 'write', place, before: { kind: 'absent' } });
    else if (stat.isDirectory())
      batch.write({ kind: 'write', place, before: { kind: 'directory', ...attributesOf(stat) } });
    else {
      const number = this.#segment.nextNumber();
      batch.write({ kind: 'write', place, before: { kind: 'kept', number, ...attributesOf(stat) } });
      batch.takes.push({ path, number, isDirectory: false });
    }
  }

  #noteTime(): void {
    const at = this.#now();
    if (at - this.#markedAt >= markMs || this.#seen.size > mostSeen) this.mark({ kind: 'mark', at });
    else if (at - this.#timedAt >= timeMs) {
      this.#append(writeRecord({ kind: 'time', at }));
      this.#timedAt = at;
    }
  }

  #append(lines: string): void {
    this.#segment.append(lines);
  }
}

/** Lines that are written at once, and what is kept once they are. */
class Batch {
  lines = '';
  isMoving = false;
  readonly takes: { readonly path: string; readonly number: number; readonly isDirectory: boolean }[] = [];
  readonly directories = new Map<string, boolean>();

  write(record: HistoryRecord): void {
    this.lines += writeRecord(record);
  }

  move(from: string, to: string): void {
    this.isMoving = true;
    this.write({ kind: 'move', from, to });
  }
}

const untold = Symbol('it may be there or not');

const lookAt = (look: Look, path: string): Seen | undefined | typeof untold => {
  try {
    return look.look(path);
  } catch {
    return untold;
  }
};

const placeIn = (path: string): string => (path === '' ? 'data' : `data/${path}`);
