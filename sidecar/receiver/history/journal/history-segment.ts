import {
  appendFileSync,
  closeSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  writeSync,
} from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Place } from '../../deletions/move-away.ts';
import type { Journals, WrittenSegment } from '../history-edges.ts';
import { LookBefore } from '../keep/look-before.ts';
import { type HistoryRecord, readRecord, writeRecord } from './history-record.ts';

/** A stretch of history, let go as a whole: `journal` says what happened, `entries/N` is what is kept. */
export interface Segment {
  /** Names are in the order of time. */
  readonly name: string;
  readonly beganAt: number;
  readonly path: string;
}

export const journalOf = (path: string): string => join(path, 'journal');
export const entriesOf = (path: string): string => join(path, 'entries');

/** Names of a fixed length, so that their order is that of time. */
export const segmentName = (at: number, taken: ReadonlySet<string>): string => {
  for (let moment = at; ; moment++) {
    const name = String(moment).padStart(15, '0');
    if (!taken.has(name)) return name;
  }
};

export const isSegmentName = (name: string): boolean => /^\d{15}$/.test(name);

/** The segment that is being written. What it is told is with the kernel when a call returns: it outlives this process. */
export class OpenSegment implements Segment, WrittenSegment {
  readonly name: string;
  readonly beganAt: number;
  readonly path: string;
  readonly #journal: number;
  readonly #entries: number;
  #numbers = 0;
  #records = 0;

  private constructor(root: string, name: string, beganAt: number) {
    this.name = name;
    this.beganAt = beganAt;
    this.path = join(root, name);
    this.#journal = openSync(journalOf(this.path), 'a', 0o600);
    this.#entries = openSync(entriesOf(this.path), 'r');
  }

  static async make(root: string, name: string, begin: HistoryRecord & { kind: 'begin' }): Promise<OpenSegment> {
    await mkdir(entriesOf(join(root, name)), { recursive: true, mode: 0o700 });
    const segment = new OpenSegment(root, name, begin.at);
    segment.append(writeRecord(begin));
    return segment;
  }

  get numbers(): number {
    return this.#numbers;
  }

  get records(): number {
    return this.#records;
  }

  append(lines: string): void {
    const bytes = Buffer.from(lines, 'latin1');
    for (let done = 0; done < bytes.length; ) done += writeSync(this.#journal, bytes, done);
    this.#records++;
  }

  nextNumber(): number {
    return ++this.#numbers;
  }

  place(number: number): Place {
    return { fd: this.#entries, name: String(number) };
  }

  close(): void {
    closeSync(this.#journal);
    closeSync(this.#entries);
  }
}

/** The records of a journal from a byte up to the first that was not written whole. */
export const readJournal = (path: string, from = 0): HistoryRecord[] =>
  recordsIn(readFileSync(journalOf(path), 'latin1').slice(from));

export const recordsIn = (text: string): HistoryRecord[] => {
  const records: HistoryRecord[] = [];
  for (const line of wholeLines(text)) {
    const record = readRecord(line);
    if (record === undefined) break;
    if (record.kind === 'unmoved') records.pop();
    else records.push(record);
  }
  return records;
};

/** Cuts off what a crash left unfinished. @returns whether there was such */
export const cutTorn = (path: string): boolean => {
  const text = readFileSync(journalOf(path), 'latin1');
  const length = soundBytes(text);
  if (length === text.length) return false;
  const fd = openSync(journalOf(path), 'r+');
  try {
    ftruncateSync(fd, length);
  } finally {
    closeSync(fd);
  }
  return true;
};

/** How much of a journal was written whole. */
export const soundBytes = (text: string): number => {
  let length = 0;
  for (const line of wholeLines(text)) {
    if (readRecord(line) === undefined) break;
    length += line.length + 1;
  }
  return length;
};

/** A receiver may have been killed between its last note of a rename and the rename: then both are as they were. */
export const settleLastMove = (data: string, path: string, records: readonly HistoryRecord[]): void => {
  const look = new LookBefore(data);
  const isUnmoved = isLastUnmoved(records, (replicaPath) => look.look(replicaPath) !== undefined);
  look.close();
  if (isUnmoved) appendFileSync(journalOf(path), writeRecord({ kind: 'unmoved' }));
};

/** Whether the rename within the replica that was noted last was not made: what was to be renamed is still there. */
export const isLastUnmoved = (records: readonly HistoryRecord[], isThere: (path: string) => boolean): boolean => {
  const last = records.at(-1);
  if (last?.kind !== 'move' || !last.from.startsWith('data/') || !last.to.startsWith('data/')) return false;
  return isThere(last.from.slice('data/'.length));
};

/** The journals of the history in a directory. */
export const journalsIn = (directory: string): Journals => ({
  names: () => readdirSync(directory).filter(isSegmentName).sort(),
  read: (name, from) => readJournal(join(directory, name), from),
  bytes: (name) => statSync(journalOf(join(directory, name))).size,
});

const wholeLines = (text: string): string[] => text.split('\n').slice(0, -1);
