import type { LoggedChange, RelPath } from '../changes/change.ts';
import type { SettledChange } from '../changes/settle.ts';
import { smallest } from '../changes/smallest.ts';
import { collapsePaths, pathsOfChange } from './collapse-paths.ts';
import { decodeSegment, encodeSegment, memoryOf } from './log-segment.ts';
import { SpillDirectory } from './spill-directory.ts';

export interface ChangeLogOptions {
  readonly maxChanges?: number;
  readonly maxMemoryBytes?: number;
  /** Where sealed segments go when memory is full; absent: nowhere. */
  readonly stateDirectory?: string;
  readonly maxDiskBytes?: number;
  readonly segmentChanges?: number;
  /** Subtrees that stand for what no longer has room. */
  readonly maxCollapsed?: number;
  /** The last number that was given before. */
  readonly lastSequence?: number;
}

export interface ChangeLogStats {
  readonly lastSequence: number;
  readonly changesInMemory: number;
  readonly memoryBytes: number;
  readonly diskBytes: number;
  readonly diskFailures: number;
  /** How often a segment gave way to subtrees. */
  readonly collapses: number;
}

/** Changes `first`…`last`. On disk if `changes` is undefined. A collapsed one holds fewer, with sequences of its end. */
interface Segment {
  readonly first: number;
  last: number;
  /** When its oldest change was read, monotonic, ms. */
  readonly at: number;
  changes: LoggedChange[] | undefined;
  bytes: number;
  collapsed: boolean;
}

/**
 * Every change in order, numbered from 1, read by any number of cursors at their own pace and kept until the slowest
 * has passed. Bounded: what has no room gives way, oldest first, to the subtrees it lies in. Never drops a change.
 */
export class ChangeLog {
  readonly #limits: Required<Omit<ChangeLogOptions, 'stateDirectory' | 'lastSequence'>>;
  readonly #spill: SpillDirectory | undefined;
  readonly #cursors = new Map<string, number>();
  #segments: Segment[] = [];
  #lastSequence = 0;
  #inMemory = 0;
  #memoryBytes = 0;
  #collapses = 0;
  #decoded: { readonly first: number; readonly changes: LoggedChange[] } | undefined;

  constructor({ stateDirectory, lastSequence = 0, ...limits }: ChangeLogOptions = {}) {
    this.#lastSequence = lastSequence;
    const maxChanges = limits.maxChanges ?? 32_768;
    this.#limits = {
      maxChanges,
      maxMemoryBytes: limits.maxMemoryBytes ?? 8 * 1024 * 1024,
      maxDiskBytes: limits.maxDiskBytes ?? 256 * 1024 * 1024,
      segmentChanges: limits.segmentChanges ?? Math.max(1, Math.min(1024, maxChanges >> 3)),
      maxCollapsed: limits.maxCollapsed ?? 256,
    };
    this.#spill =
      stateDirectory === undefined ? undefined : new SpillDirectory(stateDirectory, this.#limits.maxDiskBytes);
  }

  get lastSequence(): number {
    return this.#lastSequence;
  }

  stats(): ChangeLogStats {
    return {
      lastSequence: this.#lastSequence,
      changesInMemory: this.#inMemory,
      memoryBytes: this.#memoryBytes,
      diskBytes: this.#spill?.bytes ?? 0,
      diskFailures: this.#spill?.failures ?? 0,
      collapses: this.#collapses,
    };
  }

  /** @returns the sequence of the last change */
  append(changes: readonly SettledChange[]): number {
    for (const { change, at } of changes) {
      this.#lastSequence += 1;
      if (this.#cursors.size === 0) continue;
      const segment = this.#openSegment(at);
      const bytes = memoryOf(change);
      segment.changes?.push({ sequence: this.#lastSequence, at, change });
      segment.last = this.#lastSequence;
      segment.bytes += bytes;
      this.#inMemory += 1;
      this.#memoryBytes += bytes;
      this.#bound();
    }
    return this.#lastSequence;
  }

  /** `head`: what is appended from now on. `tail`: all that is still kept. */
  createCursor(name: string, at: 'head' | 'tail'): void {
    const oldest = this.#segments[0]?.first ?? this.#lastSequence + 1;
    this.#cursors.set(name, at === 'head' ? this.#lastSequence : oldest - 1);
  }

  removeCursor(name: string): void {
    this.#cursors.delete(name);
    this.#dropRead();
  }

  /** The sequence of the last change that the cursor has passed. */
  position(name: string): number {
    const position = this.#cursors.get(name);
    if (position === undefined) throw new Error(`read change log: no cursor ${JSON.stringify(name)}`);
    return position;
  }

  /** Up to `max` changes after the cursor, which stays where it is. */
  read(name: string, max: number): LoggedChange[] {
    const position = this.position(name);
    const found: LoggedChange[] = [];
    for (const segment of this.#segments) {
      if (segment.last <= position) continue;
      for (const change of this.#changesOf(segment)) {
        if (change.sequence <= position) continue;
        if (found.length >= max) return found;
        found.push(change);
      }
    }
    return found;
  }

  /** Moves the cursor past `sequence`, that of a change which was read. */
  advance(name: string, sequence: number): void {
    this.#cursors.set(name, Math.min(this.#lastSequence, Math.max(this.position(name), sequence)));
    this.#dropRead();
  }

  /** Removes the files. */
  close(): void {
    this.#segments = [];
    this.#spill?.close();
  }

  #openSegment(at: number): Segment {
    const newest = this.#segments.at(-1);
    if (newest?.changes && !newest.collapsed && newest.changes.length < this.#limits.segmentChanges) return newest;
    const [first, last] = [this.#lastSequence, this.#lastSequence];
    const segment: Segment = { first, last, at, changes: [], bytes: 0, collapsed: false };
    this.#segments.push(segment);
    return segment;
  }

  #changesOf(segment: Segment): readonly LoggedChange[] {
    if (segment.changes !== undefined) return segment.changes;
    if (this.#decoded?.first === segment.first) return this.#decoded.changes;
    const bytes = this.#spill?.read(segment.first);
    let changes: LoggedChange[];
    try {
      if (bytes === undefined) throw new Error('read change log: its file is gone');
      changes = decodeSegment(bytes, segment.first);
    } catch {
      // What was in it is not known any more: everything has to be looked at.
      changes = [
        { sequence: segment.last, at: segment.at, change: { kind: 'subtree', path: '', reason: 'log-collapsed' } },
      ];
    }
    this.#decoded = { first: segment.first, changes };
    return changes;
  }

  #dropRead(): void {
    const passed = this.#cursors.size === 0 ? this.#lastSequence : smallest(this.#cursors.values());
    while (this.#segments[0] !== undefined && this.#segments[0].last <= passed) this.#forget(this.#segments[0]);
  }

  #forget(segment: Segment): void {
    this.#segments.splice(this.#segments.indexOf(segment), 1);
    this.#release(segment);
  }

  #release(segment: Segment): void {
    if (segment.changes === undefined) this.#spill?.remove(segment.first);
    this.#inMemory -= segment.changes?.length ?? 0;
    this.#memoryBytes -= segment.changes === undefined ? 0 : segment.bytes;
  }

  #bound(): void {
    const { maxChanges, maxMemoryBytes } = this.#limits;
    while (this.#inMemory > maxChanges || this.#memoryBytes > maxMemoryBytes) {
      const full = this.#segments.find((segment) => segment.changes !== undefined && !segment.collapsed);
      if (full === undefined) return;
      if (full !== this.#segments.at(-1) && this.#spillOut(full)) continue;
      this.#collapseOldest();
    }
  }

  #spillOut(segment: Segment): boolean {
    if (!this.#spill?.write(segment.first, encodeSegment(segment.changes ?? []))) return false;
    this.#release(segment);
    segment.changes = undefined;
    return true;
  }

  /** Puts the oldest segment that still has its changes, with the collapsed one before it, into subtrees. */
  #collapseOldest(): void {
    const index = this.#segments.findIndex((segment) => !segment.collapsed);
    const full = this.#segments[index];
    if (full === undefined) return;
    const before = this.#segments[index - 1];
    const merged = before === undefined ? [full] : [before, full];
    const first = (before ?? full).first;
    const all = merged.flatMap((segment) => this.#changesOf(segment));
    const paths = collapsePaths(
      all.flatMap(({ change }) => pathsOfChange(change)),
      this.#room(first, full.last),
    );
    const at = all.reduce((oldest, change) => Math.min(oldest, change.at), Number.POSITIVE_INFINITY);
    for (const segment of merged) this.#release(segment);
    const changes = paths.map((path, i) => subtree(full.last - paths.length + 1 + i, at, path));
    const bytes = changes.reduce((sum, { change }) => sum + memoryOf(change), 0);
    const collapsed = { first, last: full.last, at, changes, bytes, collapsed: true };
    this.#segments.splice(index - merged.length + 1, merged.length, collapsed);
    this.#inMemory += changes.length;
    this.#memoryBytes += bytes;
    this.#collapses += 1;
  }

  /** How many changes fit after every cursor that stands within `first`…`last`, so that none steps over one. */
  #room(first: number, last: number): number {
    let room = Math.min(this.#limits.maxCollapsed, last - first + 1);
    for (const position of this.#cursors.values()) if (position < last) room = Math.min(room, last - position);
    return room;
  }
}

const subtree = (sequence: number, at: number, path: RelPath): LoggedChange => ({
  sequence,
  at,
  change: { kind: 'subtree', path, reason: 'log-collapsed' },
});
