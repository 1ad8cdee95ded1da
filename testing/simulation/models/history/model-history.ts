import type { CheckpointRequest, PreserveRequest } from '../../../../sidecar/protocol/past/preserve.ts';
import type { HistoryRecord } from '../../../../sidecar/receiver/history/journal/history-record.ts';
import { writeRecord } from '../../../../sidecar/receiver/history/journal/history-record.ts';
import {
  isLastUnmoved,
  segmentName,
  soundBytes,
} from '../../../../sidecar/receiver/history/journal/history-segment.ts';
import { judgeJournal } from '../../../../sidecar/receiver/history/journal/judge-journal.ts';
import { chooseExpired } from '../../../../sidecar/receiver/history/keep/history-bounds.ts';
import { HistoryWriter, type NamedPlace } from '../../../../sidecar/receiver/history/keep/history-writer.ts';
import { ReadHistory } from '../../../../sidecar/receiver/history/read/read-history.ts';
import { type Keeper, RollBack, type RolledBack } from '../../../../sidecar/receiver/history/roll-back/roll-back.ts';
import type { Random } from '../../../storm/random.ts';
import type { NodeClock } from '../../world/node-clock.ts';
import { ModelJournals } from './model-journals.ts';
import type { ModelPlaces } from './model-places.ts';

const segmentMs = 20_000;
const keepMs = 150_000;

/** What a model receiver keeps of what is replaced: the product's journal and its reader, and the product's roll-back. */
export class ModelHistory implements Keeper {
  readonly places: ModelPlaces;
  readonly #clock: NodeClock;
  readonly #journals = new ModelJournals();
  readonly #reader = new ReadHistory(this.#journals);
  readonly #live: () => void;
  readonly #isAlive: () => boolean;
  readonly #maxBytes: number;
  #writer: HistoryWriter | undefined;
  #operation = 0;
  #bootId = '';

  /** `live` throws when the process is no more. */
  constructor(
    places: ModelPlaces,
    clock: NodeClock,
    live: () => void,
    isAlive: () => boolean,
    maxBytes = Number.POSITIVE_INFINITY,
  ) {
    this.#maxBytes = maxBytes;
    this.places = places;
    this.#clock = clock;
    this.#live = live;
    this.#isAlive = isAlive;
  }

  get operation(): number {
    return this.#operation;
  }

  /** As a receiver does with what an earlier one left. */
  open(bootId: string): void {
    this.#bootId = bootId;
    this.#writer = undefined;
    this.places.clearLeftovers();
    const names = this.#journals.names();
    let after: string | undefined = 'start';
    let isMissed = false;
    let sound: string[] = [];
    for (const name of names) {
      const journal = this.#journals.get(name);
      const length = soundBytes(journal.text);
      const isTorn = length < journal.text.length;
      journal.text = journal.text.slice(0, length);
      const records = this.#journals.read(name);
      const judged = judgeJournal(records, isTorn, bootId);
      if (judged === undefined) {
        const isAlone = records.length === 0 || name === names.at(-1);
        for (const gone of isAlone ? [name] : [...sound, name]) this.#forget(gone);
        if (!isAlone) sound = [];
        isMissed = isAlone;
        after = 'start';
        continue;
      }
      if (isLastUnmoved(records, (path) => this.places.data.get(path) !== undefined))
        journal.text += writeRecord({ kind: 'unmoved' });
      sound.push(name);
      after = judged.isSound ? undefined : 'crash';
    }
    this.#begin(isMissed && sound.length > 0 ? 'crash' : after);
  }

  /** What is there when nothing more of the last writes came: see `ModelJournals.cut`. */
  cutPower(isAsSynced: boolean, random: Random): void {
    this.#journals.cut(isAsSynced, random);
  }

  sync(): void {
    this.#journals.sync();
  }

  keep({ paths, directories }: PreserveRequest): void {
    const decoded = paths.map((path) => Buffer.from(path, 'base64url').toString('latin1'));
    const kept = new Set(directories.map((index) => decoded[index] as string));
    this.#operate((writer) => writer.keep(decoded, kept));
  }

  keepAll(paths: readonly string[]): void {
    this.#operate((writer) => writer.keep(paths, new Set()));
  }

  keepOne(path: string, isDirectory: boolean): void {
    this.#operate((writer) => writer.keep([path], new Set(isDirectory ? [path] : [])));
  }

  placesFor(paths: readonly string[]): NamedPlace[] | undefined {
    return this.#operate((writer) => writer.placesFor(paths));
  }

  shift(...[from, above]: Parameters<Keeper['shift']>): NamedPlace | undefined {
    return this.#operate((writer) => writer.shiftFrom(from, above));
  }

  moving(moves: Parameters<HistoryWriter['moving']>[0]): void {
    this.#operate((writer) => writer.moving(moves));
  }

  /** Takes a directory of kept entries, whole. @returns false where nothing can be kept */
  adopt(path: string, place: string): boolean {
    const taken = this.#write((writer) => {
      const { name } = writer.shiftFrom(place);
      this.#live();
      return this.places.take(path, name) === 'ok';
    });
    return taken ?? false;
  }

  moveIn(from: string, to: string, move: () => string | null): string | null {
    return this.#move((writer) => writer.movingIn(from, to), move);
  }

  rename(from: string, to: string, move: () => string | null): string | null {
    return this.#move((writer) => writer.renaming(from, to), move);
  }

  checkpoint({ position, operation }: CheckpointRequest): number | undefined {
    if (operation !== this.#operation) return undefined;
    const at = this.#clock.now();
    this.#write((writer) => writer.mark({ kind: 'checkpoint', at, ...position, isConsistent: false }));
    return this.#writer === undefined ? undefined : at;
  }

  gap(why: string): void {
    this.#write((writer) => writer.mark({ kind: 'gap', at: this.#clock.now(), why }));
  }

  checkpoints(): number[] {
    return this.#reader.moments().flatMap(({ at, checkpoint }) => (checkpoint === null ? [] : [at]));
  }

  /** To the checkpoint of that time. */
  async rollBack(at: number): Promise<RolledBack> {
    const { tree } = await this.#reader.treeAt({ at, checkpoint: true }, this.places.now);
    this.#write((writer) => writer.mark({ kind: 'mark', at: this.#clock.now() }));
    return new RollBack(this.places.rollingBack, this, this.places.now).run(tree);
  }

  #operate<T>(work: (writer: HistoryWriter) => T): T | undefined {
    this.#operation += 1;
    this.#turnPage();
    return this.#write(work);
  }

  #move(note: (writer: HistoryWriter) => void, move: () => string | null): string | null {
    this.#operate(note);
    this.#live();
    const reason = move();
    if (reason !== null) this.#write((writer) => writer.notMoved());
    return reason;
  }

  #write<T>(work: (writer: HistoryWriter) => T): T | undefined {
    if (this.#writer === undefined) return undefined;
    try {
      return work(this.#writer);
    } catch (error) {
      if (!this.#isAlive()) throw error;
      // What is changed from now on is not kept, so nothing before it can be gone back to.
      this.#writer = undefined;
      for (const name of this.#journals.names()) this.#forget(name);
      return undefined;
    }
  }

  /** A new segment every so often, and the oldest goes. */
  #turnPage(): void {
    const now = this.#clock.now();
    const open = this.#writer?.segment;
    if (open !== undefined && now - open.beganAt < segmentMs) return;
    this.#begin(open === undefined ? 'start' : undefined);
    this.#letGo(false);
  }

  /** Lets go what is too old or too much, and where room is short the oldest at once. */
  expire(isRoomShort: boolean): void {
    this.#live();
    if (this.#writer !== undefined) this.#turnPage();
    this.#letGo(isRoomShort);
    if (this.#writer === undefined && !isRoomShort) this.#begin('start');
  }

  #letGo(isRoomShort: boolean): void {
    const all = this.#journals.names().map((name) => {
      const { beganAt, text } = this.#journals.get(name);
      return { name, beganAt, bytes: text.length + this.places.bytes(`past/${name}`) };
    });
    const limits = { now: this.#clock.now(), keepMs, maxBytes: this.#maxBytes, isRoomShort };
    for (const name of chooseExpired(all, limits)) {
      if (name === this.#writer?.segment.name) this.#writer = undefined;
      this.#forget(name);
    }
  }

  #begin(broken: string | undefined): void {
    const at = this.#clock.now();
    const { data } = this.places;
    if (data.readOnly || data.capacity === 0) return;
    const begin: HistoryRecord = {
      ...{ kind: 'begin', at, bootId: this.#bootId },
      ...(broken === undefined ? {} : { break: broken }),
    };
    const name = segmentName(at, new Set(this.#journals.names()));
    this.places.makeSegment(name);
    const segment = this.#journals.begin(name, at, () => {
      this.#live();
      if (data.readOnly || data.capacity === 0) throw new Error('no room');
    });
    segment.append(writeRecord(begin));
    if (this.#writer === undefined)
      this.#writer = new HistoryWriter(this.places.keeping, segment, () => this.#clock.now());
    else this.#writer.continueIn(segment);
  }

  #forget(name: string): void {
    this.#journals.forget(name);
    this.places.remove(`past/${name}`);
  }
}
