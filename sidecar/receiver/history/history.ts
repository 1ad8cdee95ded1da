import { renameSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../../../src/process/clock.ts';
import type { Logger } from '../../../src/process/log/logger.ts';
import type { HistoryFigures } from '../../protocol/past/past.ts';
import type { CheckpointRequest } from '../../protocol/past/preserve.ts';
import type { Trash } from '../deletions/trash.ts';
import { isRoomShort, type VolumeDirectory } from '../volume/volume-directory.ts';
import type { Attributes } from './journal/history-record.ts';
import { entriesOf, OpenSegment, type Segment, segmentName } from './journal/history-segment.ts';
import { type ClosedSegment, loadSegments } from './journal/load-segments.ts';
import { chooseExpired, type HistorySettings, maxBytesOf, segmentMs } from './keep/history-bounds.ts';
import { HistoryWriter, type NamedPlace } from './keep/history-writer.ts';
import { keepIn } from './keep/keep-calls.ts';
import { measureDirectory } from './keep/measure-directory.ts';

export interface HistoryOptions {
  readonly directory: VolumeDirectory;
  readonly settings: HistorySettings;
  readonly trash: Trash;
  readonly clock: Clock;
  readonly bootId: string;
  readonly logger: Logger;
}

/** Paths between two turns of the event loop: a few ms. */
const slice = 128;
const mostRecords = 100_000;
const roomLookMs = 1_000;

/**
 * Keeps what is replaced in the replica, for a while. Nothing that goes wrong here stops replication: what is not kept
 * is counted, and where nothing can be written history ends and begins anew.
 */
export class History {
  readonly #options: HistoryOptions;
  readonly #root: string;
  #closed: ClosedSegment[];
  #writer: HistoryWriter | undefined;
  #openBytes = 0;
  #measuredRecords = 0;
  #lost = 0;
  #roomSeenAt = Number.NEGATIVE_INFINITY;
  /** Counts what may change the replica; begins anywhere, so that no two lives count alike. */
  #operation = Math.floor(Math.random() * 2 ** 40);
  #checkpointed: number | undefined;
  #checkpointAt: number | null;
  #shortened: HistoryFigures['shortened'];
  #queue: Promise<unknown> = Promise.resolve();

  private constructor(options: HistoryOptions, closed: ClosedSegment[]) {
    this.#options = options;
    this.#checkpointAt = closed.reduce<number | null>((last, { checkpointAt }) => checkpointAt ?? last, null);
    this.#root = options.directory.history;
    this.#closed = closed;
  }

  static async open(options: HistoryOptions): Promise<History> {
    const { closed, after } = await loadSegments(options);
    const history = new History(options, closed);
    // On a full volume nothing can be begun: the receiver starts all the same.
    await history.#rotate(after).catch((err: unknown) => {
      options.logger.warn({ err }, 'history can’t be begun, nothing is kept for now');
    });
    return history;
  }

  /** The number of the last operation that may have changed the replica. */
  get operation(): number {
    return this.#operation;
  }

  get figures(): HistoryFigures {
    const open = this.#writer?.segment;
    return {
      bytes: this.#closed.reduce((sum, { bytes }) => sum + bytes, 0) + this.#openBytes,
      entries: this.#closed.reduce((sum, { numbers }) => sum + numbers, 0) + (open?.numbers ?? 0),
      oldestAt: this.#closed[0]?.beganAt ?? open?.beganAt ?? null,
      lost: this.#lost + (this.#writer?.lost ?? 0),
      checkpointAt: this.#checkpointAt,
      isAtCheckpoint: this.#checkpointed === this.#operation,
      ...(this.#shortened ? { shortened: this.#shortened } : {}),
    };
  }

  /** Asked before each change, for room may run short quickly. */
  #watchRoom(): void {
    const { clock, directory, logger } = this.#options;
    const now = clock.monotonic();
    if (now - this.#roomSeenAt < roomLookMs) return;
    this.#roomSeenAt = now;
    isRoomShort(directory)
      .then((isShort) => (isShort && this.#writer ? this.expire(true) : undefined))
      .catch((err: unknown) => logger.warn({ err }, 'room for history can’t be looked at'));
  }

  /** Keeps what is at paths (binary strings) that are about to be sent; `directories` are those of them that are such at the source. */
  async keep(paths: readonly string[], directories: ReadonlySet<string>, requireEpoch: () => void): Promise<void> {
    this.#operation++;
    this.#watchRoom();
    for (let from = 0; from < paths.length; from += slice) {
      if (from > 0) await nextTurn();
      requireEpoch();
      this.#write((writer) => writer.keep(paths.slice(from, from + slice), directories));
    }
  }

  /** Keeps what is at paths that files take the place of. */
  keepAll(paths: readonly string[]): void {
    this.#operation++;
    this.#write((writer) => writer.keep(paths, new Set()));
  }

  /** Keeps what is at one path. */
  keepOne(path: string, isDirectory: boolean): void {
    this.#operation++;
    this.#write((writer) => writer.keep([path], new Set(isDirectory ? [path] : [])));
  }

  /** Places for what is deleted; undefined where nothing can be kept. */
  placesFor(paths: readonly string[]): NamedPlace[] | undefined {
    this.#operation++;
    this.#watchRoom();
    return this.#write((writer) => writer.placesFor(paths));
  }

  /** Paths of the replica are about to be renamed to places elsewhere. */
  moving(moves: readonly { readonly from: string; readonly to: string }[]): void {
    this.#operation++;
    this.#write((writer) => writer.moving(moves));
  }

  /** Renames what is at a place elsewhere to a path of the replica, by `move`, which answers null or why it was not done. */
  moveIn(from: string, to: string, move: () => string | null): string | null {
    return this.#move((writer) => writer.movingIn(from, to), move);
  }

  /** The same within the replica. */
  rename(from: string, to: string, move: () => string | null): string | null {
    return this.#move((writer) => writer.renaming(from, to), move);
  }

  #move(note: (writer: HistoryWriter) => void, move: () => string | null): string | null {
    this.#operation++;
    this.#write(note);
    const reason = move();
    if (reason !== null) this.#write((writer) => writer.notMoved());
    return reason;
  }

  /** A place of its own for what is at a place elsewhere, and is about to be renamed to it. */
  shift(from: string, above: { place: string; attributes: Attributes } | undefined): NamedPlace | undefined {
    return this.#write((writer) => writer.shiftFrom(from, above));
  }

  /** Takes a directory of kept entries, whole; `place` is what it is called in the journal. @returns false where nothing can be kept */
  adopt(path: string, place: string): boolean {
    const taken = this.#write((writer) => {
      const { name } = writer.shiftFrom(place);
      renameSync(path, join(entriesOf(writer.segment.path), name));
      return true;
    });
    return taken ?? false;
  }

  /** The replica is equal to the source, if nothing has been asked of it since `operation`. @returns whether it is */
  checkpoint({ position, operation, consistent }: CheckpointRequest): boolean {
    if (operation !== this.#operation || !this.#writer) return false;
    const at = this.#options.clock.now();
    this.#write((writer) => writer.mark({ kind: 'checkpoint', at, ...position, isConsistent: consistent === true }));
    this.#checkpointed = operation;
    this.#checkpointAt = at;
    return this.#writer !== undefined;
  }

  /** A moment that can be gone back to. */
  markNow(): void {
    const at = this.#options.clock.now();
    this.#write((writer) => writer.mark({ kind: 'mark', at }));
  }

  /** From now on changes may be made that nothing is kept of, or were. */
  gap(why: string): void {
    const at = this.#options.clock.now();
    this.#write((writer) => writer.mark({ kind: 'gap', at, why }));
  }

  /** Lets go what is too old or too much, and where room is short the oldest at once. */
  expire(isRoomShort: boolean): Promise<void> {
    return this.#inOrder(async () => {
      const { settings, clock, trash, logger } = this.#options;
      const now = clock.now();
      const open = this.#writer?.segment;
      if (open && (now - open.beganAt >= segmentMs(settings) || open.records >= mostRecords)) await this.#rotate();
      await this.#measureOpen();
      const current = this.#writer?.segment;
      const all = [...this.#closed, ...(current ? [{ ...facts(current), bytes: this.#openBytes }] : [])];
      const { blocks, bsize } = await statfs(this.#options.directory.root);
      const maxBytes = maxBytesOf(settings, blocks * bsize);
      const expired = new Set(chooseExpired(all, { now, keepMs: settings.keepMs, maxBytes, isRoomShort }));
      if (expired.size === 0 && this.#writer) return;
      const gone = this.#closed.filter(({ name }) => expired.has(name));
      if (current && expired.has(current.name)) {
        this.#close();
        gone.push({ ...facts(current), bytes: this.#openBytes, numbers: current.numbers });
      }
      this.#closed = this.#closed.filter(({ name }) => !expired.has(name));
      for (const { path } of gone) trash.takeDirectory(path);
      if (gone.length > 0 && isRoomShort) this.#shortened = { at: now, by: 'room' };
      if (gone.length > 0)
        logger.info({ segments: gone.length, isRoomShort, until: gone.at(-1)?.beganAt }, 'history was let go');
      if (!this.#writer && !isRoomShort) await this.#rotate('start');
    });
  }

  async close(): Promise<void> {
    await this.#inOrder(async () => {
      const at = this.#options.clock.now();
      this.#write((writer) => writer.mark({ kind: 'end', at }));
      this.#writer?.segment.close();
      this.#writer = undefined;
    });
  }

  #write<T>(work: (writer: HistoryWriter) => T): T | undefined {
    const writer = this.#writer;
    if (!writer) return undefined;
    try {
      return work(writer);
    } catch (err) {
      // What is changed from now on is not kept, so nothing before it can be gone back to.
      this.#options.logger.warn({ err }, 'history can’t be written: what is kept is let go, and it begins anew');
      this.#close();
      this.#shortened = { at: this.#options.clock.now(), by: 'failure' };
      this.#checkpointAt = null;
      const last = { ...facts(writer.segment), bytes: 0, numbers: 0 };
      for (const { path } of [...this.#closed.splice(0), last]) this.#options.trash.takeDirectory(path);
      return undefined;
    }
  }

  #close(): void {
    this.#lost += this.#writer?.lost ?? 0;
    this.#writer?.segment.close();
    this.#writer = undefined;
  }

  async #rotate(broken?: string): Promise<void> {
    const { clock, bootId } = this.#options;
    const at = clock.now();
    const taken = new Set(this.#closed.map(({ name }) => name));
    if (this.#writer) taken.add(this.#writer.segment.name);
    const begin = { kind: 'begin', at, bootId, ...(broken === undefined ? {} : { break: broken }) } as const;
    const segment = await OpenSegment.make(this.#root, segmentName(at, taken), begin);
    const writer = this.#writer;
    if (!writer) this.#writer = new HistoryWriter(keepIn(this.#options.directory.data), segment, () => clock.now());
    else {
      const { segment: old } = writer;
      writer.continueIn(segment);
      const closed = { ...facts(old), bytes: this.#openBytes, numbers: old.numbers };
      this.#closed.push(closed);
      this.#openBytes = 0;
      closed.bytes = await measureDirectory(old.path, closed.bytes);
    }
    this.#measuredRecords = 0;
  }

  async #measureOpen(): Promise<void> {
    const open = this.#writer?.segment;
    if (!open || open.records === this.#measuredRecords) return;
    this.#measuredRecords = open.records;
    this.#openBytes = await measureDirectory(open.path, this.#openBytes);
  }

  #inOrder<T>(run: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(run);
    this.#queue = result.catch(() => {});
    return result;
  }
}

const facts = ({ name, path, beganAt }: Segment): Segment => ({ name, path, beganAt });
