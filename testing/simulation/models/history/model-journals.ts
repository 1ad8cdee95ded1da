import type { Journals, WrittenSegment } from '../../../../sidecar/receiver/history/history-edges.ts';
import { recordsIn } from '../../../../sidecar/receiver/history/journal/history-segment.ts';
import type { Random } from '../../../storm/random.ts';

/** A segment's journal; `durable`: how much of it outlives a power cut for certain. */
export interface ModelJournal {
  readonly name: string;
  readonly beganAt: number;
  text: string;
  durable: number;
  numbers: number;
  records: number;
}

export type DurableJournals = ReadonlyMap<string, number>;

/** The journals of a model receiver's history. */
export class ModelJournals implements Journals {
  readonly #all = new Map<string, ModelJournal>();

  names(): string[] {
    return [...this.#all.keys()].sort();
  }

  read(name: string, from = 0): ReturnType<Journals['read']> {
    return recordsIn(this.get(name).text.slice(from));
  }

  bytes(name: string): number {
    return this.get(name).text.length;
  }

  get(name: string): ModelJournal {
    return this.#all.get(name) as ModelJournal;
  }

  forget(name: string): void {
    this.#all.delete(name);
  }

  /** `write` is asked before each line that is written: there may be no room, or nobody to write it. */
  begin(name: string, beganAt: number, write: () => void): WrittenSegment {
    const journal: ModelJournal = { name, beganAt, text: '', durable: 0, numbers: 0, records: 0 };
    this.#all.set(name, journal);
    return {
      name,
      beganAt,
      path: name,
      get numbers() {
        return journal.numbers;
      },
      get records() {
        return journal.records;
      },
      append(lines) {
        write();
        journal.text += lines;
        journal.records += 1;
      },
      nextNumber: () => ++journal.numbers,
      place: (number) => ({ fd: -1, name: `past/${name}/${number}` }),
      close: () => {},
    };
  }

  sync(): void {
    for (const journal of this.#all.values()) journal.durable = journal.text.length;
  }

  /** Of what was not synced a part is there, to any byte; or nothing, where the tree is as it was then. */
  cut(isAsSynced: boolean, random: Random): void {
    for (const journal of [...this.#all.values()]) {
      const { durable, text } = journal;
      if (isAsSynced && durable === 0) this.#all.delete(journal.name);
      const length = isAsSynced ? durable : durable + random.below(text.length - durable + 1);
      journal.text = text.slice(0, length);
    }
    this.sync();
  }
}
