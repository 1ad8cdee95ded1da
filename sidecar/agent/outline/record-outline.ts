import { at, isDirectory, type Looker } from '../../../src/process/system/statx.ts';
import type { RelPath } from '../changes/change.ts';
import { joinPath } from '../changes/paths.ts';
import { rootName } from './compare-outline.ts';
import { OutlineRecords } from './outline-format.ts';
import { hashState, type Seed } from './state-hash.ts';
import { nameOf, type StateVisitor } from './walk-states.ts';

export interface RecordOptions {
  readonly looker: Looker;
  readonly seed: Seed;
  /** What was changed since then (ms, by times of files) is left out: it may be changed again and not tell, or not yet be sent. */
  readonly olderThan: number;
  /** Whether a file whose inode was changed then was sent, or will be: an event told of it, or a look for such changes would have. */
  readonly isKnown: (changedAt: number, path: () => RelPath) => boolean;
}

const changedAt = (words: Uint32Array): number =>
  (words[at.changeSeconds] as number) * 1_000 +
  (words[at.changeSeconds + 1] as number) * 2 ** 32 * 1_000 +
  (words[at.changeNanoseconds] as number) / 1_000_000;

/** Writes down what a walk meets. */
export class OutlineRecorder implements StateVisitor {
  readonly records = new OutlineRecords();
  /** The root's own state; null where it was changed too lately. */
  top: number | null = null;
  entries = 0;
  /** How many were left out. */
  doubtful = 0;
  readonly #options: RecordOptions;
  #path: RelPath = '';
  #states: number[] = [];

  constructor(options: RecordOptions) {
    this.#options = options;
  }

  root(): void {
    const { looker, seed, olderThan } = this.#options;
    if (changedAt(looker.words) < olderThan) this.top = hashState(seed, rootName, 0, looker.words);
    else this.doubtful += 1;
  }

  enter(path: RelPath): boolean {
    this.#path = path;
    this.#states = [];
    return true;
  }

  visit(name: Buffer, from: number, isForeign: boolean): boolean {
    const { looker, seed, olderThan, isKnown } = this.#options;
    this.entries += 1;
    if (isForeign) return false;
    const isParent = isDirectory(looker.words);
    const changed = changedAt(looker.words);
    const path = (): RelPath => joinPath(this.#path, nameOf(name, from));
    const isSure = changed < olderThan && (isParent || isKnown(changed, path));
    if (isSure) this.#states.push(hashState(seed, name, from, looker.words));
    else this.doubtful += 1;
    return isParent;
  }

  leave(path: RelPath): void {
    this.records.add(path, this.#states);
  }

  unreadable(): void {}
}
