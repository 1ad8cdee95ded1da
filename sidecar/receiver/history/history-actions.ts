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
} from '../../protocol/history.ts';
import { Refusal } from '../refusal.ts';
import type { VolumeDirectory } from '../volume/volume-directory.ts';
import { diffPast } from './diff-past.ts';
import type { History } from './history.ts';
import { PastFiles } from './past-files.ts';
import type { PastTree } from './past-tree.ts';
import { ReadHistory } from './read-history.ts';
import { readPast } from './read-past.ts';
import { RollBack } from './roll-back.ts';

/** Answers about the past of one volume. Each opens what it needs, and closes it. */
export class HistoryActions {
  readonly #directory: VolumeDirectory;
  readonly #history: History;
  readonly #reader: ReadHistory;

  constructor(directory: VolumeDirectory, history: History) {
    this.#directory = directory;
    this.#history = history;
    this.#reader = new ReadHistory(directory);
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

  async read({ paths, ...wish }: HistoryReadRequest): Promise<Readable> {
    const files = new PastFiles(this.#directory.root);
    try {
      const { tree, about } = await this.#goBack(wish, files);
      requireThere(tree, paths.map(decode), files, about);
      const stream = Readable.from(readPast(tree, paths.map(decode), files, about), { objectMode: false });
      stream.once('close', () => files.close());
      return stream;
    } catch (error) {
      files.close();
      throw error;
    }
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
      const { failed, ...done } = await new RollBack(this.#directory, this.#history, files).run(tree);
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

/** Who asks for something else than there was gets nothing, rather than a part. @throws Refusal NotThere */
const requireThere = (tree: PastTree, paths: readonly string[], files: PastFiles, { moment }: PastAnswer): void => {
  const missing = paths.filter((path) => {
    const node = tree.find(path === '' ? 'data' : `data/${path}`);
    return node.isLost !== true && !files.entry(node) && (node.base === null || node.base === `data/${path}`);
  });
  if (missing.length === 0) return;
  const names = missing.slice(0, 10).map((path) => Buffer.from(path, 'latin1').toString());
  throw new Refusal({
    code: 'NotThere',
    message: `read the past: at ${new Date(moment.at).toISOString()} there was no ${names.join(', ')}`,
    hint: 'history log PATH tells when a path was made, renamed and deleted; a path is below the root of the replica',
  });
};

const decode = (text: string): string => Buffer.from(text, 'base64url').toString('latin1');
const encode = (path: string): string => Buffer.from(path, 'latin1').toString('base64url');
