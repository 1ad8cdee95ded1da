import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../../../src/process/clock.ts';
import { errorMessage } from '../../../src/process/failure.ts';
import type { Logger } from '../../../src/process/log/logger.ts';
import { isBesideName, type TreeBeside } from '../../protocol/past/beside.ts';
import type { Trash } from '../deletions/trash.ts';
import { Refusal } from '../refusal.ts';
import type { VolumeDirectory } from '../volume/volume-directory.ts';

/** Beside each tree what is told of it; without that it is half made. */
const aboutFile = 'about.json';
export const treeDirectory = 'tree';
const mostTrees = 20;

interface Options {
  readonly directory: VolumeDirectory;
  readonly trash: Trash;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Trees of the past in directories of their own beside the replica: `.syncreplica/beside/NAME/tree`. Each goes when its time is over. */
export class BesideTrees {
  readonly #options: Options;
  readonly #trees = new Map<string, TreeBeside>();

  /** What is half made, or was being read, is of nobody any more. */
  constructor(options: Options) {
    this.#options = options;
    const { directory, trash, logger } = options;
    for (const name of readdirSync(directory.beside)) {
      const path = join(directory.beside, name);
      try {
        if (isBesideName(name)) this.#trees.set(name, JSON.parse(readFileSync(join(path, aboutFile), 'utf8')));
      } catch (error) {
        logger.info({ name, reason: errorMessage(error) }, 'a tree of the past that was not finished is let go');
      }
      if (!this.#trees.has(name)) trash.takeDirectory(path);
    }
  }

  /** The latest last. */
  list(): TreeBeside[] {
    return [...this.#trees.values()].sort((a, b) => a.madeAt - b.madeAt);
  }

  /** Has a tree made in a directory that is not there yet; it has its name once it is whole. @throws Refusal NameTaken */
  async make(
    name: string,
    keepMs: number,
    fill: (root: string) => Promise<Omit<TreeBeside, 'name' | 'path' | 'madeAt' | 'until'>>,
  ): Promise<TreeBeside> {
    const { directory, clock, trash, logger } = this.#options;
    this.#requireFree(name);
    const making = join(directory.beside, `.making-${name}`);
    mkdirSync(making, { mode: 0o700 });
    try {
      const about = await fill(join(making, treeDirectory));
      const madeAt = clock.now();
      const path = join(directory.beside, name, treeDirectory).slice(directory.root.length + 1);
      const tree: TreeBeside = { ...about, name, path, madeAt, until: madeAt + keepMs };
      writeFileSync(join(making, aboutFile), JSON.stringify(tree), { mode: 0o600 });
      renameSync(making, join(directory.beside, name));
      this.#trees.set(name, tree);
      logger.info(
        { name, moment: new Date(tree.moment.at), until: new Date(tree.until) },
        'a tree of the past was made',
      );
      return tree;
    } finally {
      if (existsSync(making)) trash.takeDirectory(making);
    }
  }

  /** @throws Refusal NotThere */
  remove(name: string): void {
    if (!this.#trees.has(name))
      throw new Refusal({
        code: 'NotThere',
        message: `let go ${name}: there is no tree of the past of this name`,
        hint: 'history beside shows them',
      });
    this.#letGo(name, 'it was asked for');
  }

  /** Lets go those whose time is over; where room is short, for they hold what has been replaced, the oldest one besides. */
  expire(isRoomShort: boolean): void {
    const now = this.#options.clock.now();
    for (const { name, until } of this.list()) if (until <= now) this.#letGo(name, 'its time is over');
    const [oldest] = this.list();
    if (isRoomShort && oldest) this.#letGo(oldest.name, 'room is short');
  }

  #letGo(name: string, reason: string): void {
    const { directory, trash, logger } = this.#options;
    this.#trees.delete(name);
    // First it is no tree any more: a removal that is cut off is gone on with at the next start.
    rmSync(join(directory.beside, name, aboutFile), { force: true });
    trash.takeDirectory(join(directory.beside, name));
    logger.info({ name, reason }, 'a tree of the past was let go');
  }

  #requireFree(name: string): void {
    const isMade = existsSync(join(this.#options.directory.beside, `.making-${name}`));
    if (this.#trees.has(name) || isMade)
      throw new Refusal({
        code: 'NameTaken',
        message: `make a tree of the past: there is one of the name ${name}`,
        hint: 'give another name, or let it go: history forget NAME',
      });
    if (this.#trees.size >= mostTrees)
      throw new Refusal({
        code: 'NameTaken',
        message: `make a tree of the past: there are ${mostTrees} already`,
        hint: 'let go those that nobody needs: history forget NAME',
      });
  }
}
