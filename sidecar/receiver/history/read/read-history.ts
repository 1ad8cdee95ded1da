import { setImmediate as nextTurn } from 'node:timers/promises';
import type { PastWish } from '../../../protocol/past/history.ts';
import { Refusal } from '../../refusal.ts';
import type { Journals, Seen } from '../history-edges.ts';
import type { CheckpointOf, HistoryRecord } from '../journal/history-record.ts';
import { PastTree } from './past-tree.ts';

/** A moment that can be gone back to. */
export interface PastMoment {
  /** ms since the epoch, the receiver's clock. */
  readonly at: number;
  readonly checkpoint: CheckpointOf | null;
}

/** Why what came before it may be incomplete: a machine's crash, or a writer that kept nothing. */
export interface HistoryGap {
  readonly at: number;
  readonly why: string;
}

/** One thing that happened to a path. */
export interface PathEvent {
  readonly at: number;
  readonly what:
    | 'made'
    | 'changed'
    | 'attributes'
    | 'deleted'
    | 'put back'
    | 'renamed from'
    | 'renamed to'
    | 'not kept';
  /** The other name of a rename; the name that was meant where it is above or below. Binary string. */
  readonly path: string;
}

/** A place in the journals. */
export interface JournalEnd {
  readonly name: string;
  readonly bytes: number;
}

interface FoundMoment extends PastMoment {
  readonly segment: string;
  /** Records before it in its segment. */
  readonly index: number;
}

/** About 20 ms. */
const recordsPerTurn = 4_000;

/** Reads what a history has kept, also while it is being written. One pass over the journals a call. */
export class ReadHistory {
  readonly #journals: Journals;

  constructor(journals: Journals) {
    this.#journals = journals;
  }

  /** The oldest first. */
  moments(): PastMoment[] {
    return [...this.#moments()].map(({ at, checkpoint }) => ({ at, checkpoint }));
  }

  gaps(since: number): HistoryGap[] {
    const gaps: HistoryGap[] = [];
    for (const { record, name } of this.#records()) {
      if (record.kind === 'gap' && record.at > since) gaps.push({ at: record.at, why: record.why });
      // What is before the first segment is not there anyway.
      if (
        record.kind === 'begin' &&
        record.break !== undefined &&
        record.at > since &&
        name !== this.#journals.names()[0]
      )
        gaps.push({ at: record.at, why: record.break });
    }
    return gaps;
  }

  /**
   * The volume's places as they were at the last moment up to the wish.
   * @throws Refusal HistoryTooShort, CheckpointTooOld
   */
  async treeAt(
    wish: PastWish,
    files: { stat(place: string): Seen | undefined },
  ): Promise<{ readonly moment: PastMoment; readonly missed: number; readonly tree: PastTree }> {
    const { found, last, missed } = this.#find(wish);
    if (wish.withinMs !== undefined && missed > 0 && wish.at - found.at > wish.withinMs)
      throw tooOld(wish.at, found, missed, last);
    const tree = new PastTree((place) => files.stat(place) !== undefined);
    for (const name of this.#journals.names().reverse()) {
      if (name < found.segment) break;
      const records = this.#journals.read(name);
      const from = name === found.segment ? found.index : 0;
      for (let index = records.length - 1; index >= from; index--) {
        if (index % recordsPerTurn === 0) await nextTurn();
        tree.undo(records[index] as HistoryRecord, name);
      }
    }
    return { moment: { at: found.at, checkpoint: found.checkpoint }, missed, tree };
  }

  /** How far the journals are; what is changed from now on comes after it. */
  end(): JournalEnd {
    const name = this.#journals.names().at(-1) ?? '';
    return { name, bytes: name === '' ? 0 : this.#journals.bytes(name) };
  }

  /** What was noted since; undefined where it is not there any more. */
  changesSince({ name: from, bytes }: JournalEnd): HistoryRecord[] | undefined {
    const names = this.#journals.names();
    if (!names.includes(from)) return undefined;
    return names
      .filter((name) => name >= from)
      .flatMap((name) => this.#journals.read(name, name === from ? bytes : 0))
      .filter(isChange);
  }

  /** The moment that a wish means, the last one of any kind, and how many changes came between moment and wish. */
  #find({ at, checkpoint: strict, consistent }: PastWish): { found: FoundMoment; last: PastMoment; missed: number } {
    let found: FoundMoment | undefined;
    let last: FoundMoment | undefined;
    let missed = 0;
    for (const { record, name, index } of this.#records()) {
      // Each change comes after a note of its time, to some ms.
      if ('at' in record && record.at > at) break;
      if (isChange(record)) missed++;
      const moment = momentOf(record, name, index);
      if (!moment) continue;
      last = moment;
      if ((strict && !moment.checkpoint) || (consistent && !moment.checkpoint?.isConsistent)) continue;
      found = moment;
      missed = 0;
    }
    if (!found || !last)
      throw this.#tooShort(at, consistent ? 'consistent checkpoint' : strict ? 'checkpoint' : 'moment');
    return { found, last, missed };
  }

  /** What happened to a path (binary string), to what is above it and, with `below`, to what is below; the oldest first. */
  log(path: string, below: boolean): PathEvent[] {
    const events: PathEvent[] = [];
    const wanted = path === '' ? 'data' : `data/${path}`;
    const isMeant = (place: string): boolean => place === wanted || (below && place.startsWith(`${wanted}/`));
    const isMoved = (place: string): boolean => isMeant(place) || wanted.startsWith(`${place}/`);
    let at = 0;
    for (const { record } of this.#records()) {
      if ('at' in record) at = record.at;
      if (record.kind === 'write' && isMeant(record.place)) {
        const what =
          record.before.kind === 'absent' ? 'made' : record.before.kind === 'kept' ? 'changed' : 'attributes';
        events.push({ at, what, path: pathOf(record.place) });
      } else if (record.kind === 'lost' && isMeant(record.place)) {
        events.push({ at, what: 'not kept', path: pathOf(record.place) });
      } else if (record.kind === 'move') {
        const { from, to } = record;
        const isWithin = from.startsWith('data/') && to.startsWith('data/');
        if (isMoved(from))
          events.push({ at, what: isWithin ? 'renamed to' : 'deleted', path: pathOf(isWithin ? to : from) });
        if (isMoved(to))
          events.push({ at, what: isWithin ? 'renamed from' : 'put back', path: pathOf(isWithin ? from : to) });
      }
    }
    return events;
  }

  *#records(): Generator<{ readonly record: HistoryRecord; readonly name: string; readonly index: number }> {
    for (const name of this.#journals.names()) {
      const records = this.#journals.read(name);
      for (let index = 0; index < records.length; index++)
        yield { record: records[index] as HistoryRecord, name, index };
    }
  }

  *#moments(): Generator<FoundMoment> {
    for (const { record, name, index } of this.#records()) {
      const moment = momentOf(record, name, index);
      if (moment) yield moment;
    }
  }

  #tooShort(at: number, wanted: 'moment' | 'checkpoint' | 'consistent checkpoint'): Refusal {
    const first = this.moments().find(
      ({ checkpoint }) => wanted === 'moment' || (wanted === 'checkpoint' ? checkpoint : checkpoint?.isConsistent),
    );
    return new Refusal({
      code: 'HistoryTooShort',
      message: `go back to ${iso(at)}: there is no ${wanted} that old`,
      hint: first ? `the oldest ${wanted} is of ${iso(first.at)}` : `there is no ${wanted} yet`,
    });
  }
}

const momentOf = (record: HistoryRecord, segment: string, index: number): FoundMoment | undefined => {
  if (record.kind !== 'begin' && record.kind !== 'mark' && record.kind !== 'checkpoint') return undefined;
  const checkpoint = record.kind === 'checkpoint' ? checkpointOf(record) : null;
  return { at: record.at, checkpoint, segment, index };
};

const checkpointOf = ({ epoch, sequence, isConsistent }: CheckpointOf): CheckpointOf => ({
  epoch,
  sequence,
  isConsistent,
});

const isChange = ({ kind }: HistoryRecord): boolean => kind === 'write' || kind === 'move' || kind === 'lost';

const tooOld = (at: number, found: PastMoment, missed: number, last: PastMoment): Refusal => {
  const other = last.at > found.at ? `; the last moment, with changes under way, is of ${iso(last.at)} (--any)` : '';
  return new Refusal({
    code: 'CheckpointTooOld',
    message: `go back to ${iso(at)}: the last checkpoint before it is of ${iso(found.at)}, ${Math.round((at - found.at) / 1000)} s earlier, and ${missed} changes came between`,
    hint: `name the checkpoint if it is meant (--at ${iso(found.at)})${other}`,
  });
};

const iso = (ms: number): string => new Date(ms).toISOString();

const pathOf = (place: string): string => place.slice('data/'.length);
