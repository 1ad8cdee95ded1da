import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type {
  HistoryAnswer,
  HistoryDiffAnswer,
  HistoryDiffRequest,
  HistoryLogAnswer,
  HistoryLogRequest,
  HistoryMoment,
  HistoryReadRequest,
  PastAnswer,
  PastWish,
  RollBackAnswer,
  RollBackRequest,
} from '../../protocol/past/history.ts';
import type { Trash } from '../deletions/trash.ts';
import { copyPastAt } from '../past/copy-past-at.ts';
import { readPast } from '../past/read-past.ts';
import type { VolumeDirectory } from '../volume/volume-directory.ts';
import type { History } from './history.ts';
import { journalsIn } from './journal/history-segment.ts';
import { diffPast } from './read/diff-past.ts';
import { PastFiles } from './read/past-files.ts';
import type { PastTree } from './read/past-tree.ts';
import { ReadHistory } from './read/read-history.ts';
import { RollBack } from './roll-back/roll-back.ts';
import { VolumeRollBack } from './roll-back/roll-back-calls.ts';

/** Answers about the past of one volume. Each opens what it needs, and closes it. */
export class HistoryActions {
  readonly #directory: VolumeDirectory;
  readonly #history: History;
  readonly #trash: Trash;
  readonly #reader: ReadHistory;

  constructor(directory: VolumeDirectory, { history, trash }: { history: History; trash: Trash }) {
    this.#directory = directory;
    this.#history = history;
    this.#trash = trash;
    this.#reader = new ReadHistory(journalsIn(directory.history));
  }

  describe(rolledBack: boolean): HistoryAnswer {
    return { ...this.#history.figures, moments: this.#reader.moments(), gaps: this.#reader.gaps(0), rolledBack };
  }

  log({ path, below, limit }: HistoryLogRequest): HistoryLogAnswer {
    const events = this.#reader.log(decode(path), below).map((event) => ({ ...event, path: encode(event.path) }));
    return { events: events.slice(-limit), left: Math.max(0, events.length - limit) };
  }

  diff({ path, limit, ...wish }: HistoryDiffRequest): Promise<HistoryDiffAnswer> {
    return this.#withPast(wish, async (tree, files, about) => {
      const differences: HistoryDiffAnswer['differences'][number][] = [];
      for (const difference of diffPast(tree, decode(path), files)) {
        if (differences.length === limit) return { ...about, differences, isCut: true };
        differences.push({ ...difference, path: encode(difference.path) });
      }
      return { ...about, differences, isCut: false };
    });
  }

  /** A copy made of links is what is read: the source may go on meanwhile, and who reads may be slow. */
  async read({ paths: coded, ...wish }: HistoryReadRequest): Promise<Readable> {
    const paths = coded.map(decode);
    const root = join(this.#directory.beside, `.reading-${process.pid}-${++readings}`);
    const dispose = (): void => {
      try {
        if (existsSync(root)) this.#trash.takeDirectory(root);
      } catch {
        // A volume that is read-only by now: the next start takes it away.
      }
    };
    try {
      const parts = { directory: this.#directory, reader: this.#reader, trash: this.#trash };
      const { about, missing } = await copyPastAt(parts, { wish, paths, root, mayClone: false });
      const stream = Readable.from(readPast(root, paths, { ...about, missing }), { objectMode: false });
      stream.once('close', dispose);
      return stream;
    } catch (error) {
      dispose();
      throw error;
    }
  }

  /** A tree of the past below `root`, which is not there yet. */
  async copy({ paths, ...wish }: PastWish & { readonly paths: readonly string[] }, root: string) {
    const parts = { directory: this.#directory, reader: this.#reader, trash: this.#trash };
    const found = await copyPastAt(parts, { wish, paths: paths.map(decode), root, mayClone: true });
    const { about, missing, copiedBytes, isCloned } = found;
    const { moment, missed = 0 } = about;
    const told = missing.slice(0, toldMissing).map(({ path, reason }) => ({ path: encode(path), reason }));
    const madeOf = isCloned ? ('clones' as const) : ('links' as const);
    return { moment, missed, madeOf, copiedBytes, missing: told, missingCount: missing.length };
  }

  /** The moment that a wish means. @throws Refusal HistoryTooShort, CheckpointTooOld */
  momentOf(wish: PastWish): Promise<HistoryMoment> {
    return this.#withPast(wish, async (_tree, _files, { moment }) => moment);
  }

  /** Nobody else may write. */
  rollBack(wish: RollBackRequest): Promise<RollBackAnswer> {
    return this.#withPast(wish, async (tree, files, about) => {
      // What is undone now can be gone back to in turn.
      this.#history.markNow();
      const { failed, ...done } = await new RollBack(
        new VolumeRollBack(this.#directory, files),
        this.#history,
        files,
      ).run(tree);
      return { ...about, ...done, failed: failed.map(({ path, reason }) => ({ path: encode(path), reason })) };
    });
  }

  async #withPast<T>(
    wish: PastWish,
    work: (tree: PastTree, files: PastFiles, about: PastAnswer) => Promise<T>,
  ): Promise<T> {
    const files = new PastFiles(this.#directory.root);
    try {
      const { tree, about } = await this.#goBack(wish, files);
      return await work(tree, files, about);
    } finally {
      files.close();
    }
  }

  async #goBack(wish: PastWish, files: PastFiles): Promise<{ tree: PastTree; about: PastAnswer }> {
    const { tree, moment, missed } = await this.#reader.treeAt(wish, files);
    return { tree, about: { moment, missed, gaps: this.#reader.gaps(moment.at) } };
  }
}

let readings = 0;
const toldMissing = 1_000;
const decode = (text: string): string => Buffer.from(text, 'base64url').toString('latin1');
const encode = (path: string): string => Buffer.from(path, 'latin1').toString('base64url');
