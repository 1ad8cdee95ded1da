import type { BigIntStats } from 'node:fs';
import type { Place } from '../deletions/move-away.ts';
import type { Attributes, HistoryRecord } from './journal/history-record.ts';

/** What is at a path, as lstat says it. */
export type Seen = Pick<
  BigIntStats,
  'isFile' | 'isDirectory' | 'isSymbolicLink' | 'ino' | 'mode' | 'uid' | 'gid' | 'mtimeNs' | 'size'
>;

/** Looks at paths of the replica (binary strings) without following links. */
export interface Look {
  /** Undefined where nothing is, or what is above it is no directory. @throws where that can't be told */
  look(path: string): Seen | undefined;
  close(): void;
}

/** The segment that is being written. */
export interface WrittenSegment {
  readonly name: string;
  readonly beganAt: number;
  readonly path: string;
  /** How many entries have a number. */
  readonly numbers: number;
  readonly records: number;
  /** @throws when there is no room: then nothing of it counts */
  append(lines: string): void;
  nextNumber(): number;
  /** Where entries of it go. */
  place(number: number): Place;
  close(): void;
}

/** How what is replaced is kept: by the kernel's calls, or on a model of a volume. Both answer null, or in one word why not. */
export interface KeepCalls {
  look(): Look;
  /** One more name of a file, of this number in a segment; what has vanished needs none. */
  keepFile(path: string, look: Look, segment: WrittenSegment, number: number): string | null;
  moveAway(path: string, place: Place): string | null;
}

/** The journals of a history. */
export interface Journals {
  /** Of its segments, the oldest first. */
  names(): string[];
  /** The records of one from a byte up to the first that was not written whole. */
  read(name: string, from?: number): HistoryRecord[];
  bytes(name: string): number;
}

/** What puts a replica back, by the kernel's calls or on a model of a volume. Places are those of the journals. */
export interface RollBackCalls {
  look(path: string): Seen | undefined;
  /** Directories that were looked at may be elsewhere by now. */
  forget(): void;
  /** @returns null, or in one word why it is still there */
  moveAway(place: string, to: Place): string | null;
  /** To a path of the replica. @returns null, or in one word why not */
  moveIn(place: string, path: string): string | null;
  makeDirectory(path: string): void;
  /** Another name of what is at a place takes the place of what is at a path, whole. @throws where it can't */
  putFile(place: string, attributes: Attributes, path: string): void;
  setAttributes(path: string, attributes: Attributes, now: Seen): void;
  /** A comparison by size and time would not see what will be put there. It is durable when this returns. */
  noteEqualLooks(paths: readonly string[]): void;
}
