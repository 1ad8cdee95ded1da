import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorCode } from '../../src/process/failure.ts';
import { createRandom } from './random.ts';
import { type RareStep, RareSteps, rareSteps } from './rare-steps.ts';
import { type StormEntry, StormTree } from './storm-tree.ts';

export interface StormOptions {
  /** The same seed on an empty directory makes the same steps. */
  readonly seed?: number;
  /** Entries that the storm keeps to, once it has made them. */
  readonly entries?: number;
  /** Contents are at most so long, bytes. */
  readonly maxFileBytes?: number;
  /** Steps not to be taken. */
  readonly without?: readonly StormStep[];
  /** Rare steps too. Call `closeMappings` before trees are compared. */
  readonly rare?: boolean;
}

export interface StormRun {
  readonly steps: number;
  /** A pause of up to so many ms after each of some steps; 0 for none. */
  readonly pauseMs?: number;
  readonly signal?: AbortSignal;
}

/** What a step does, and how often it is chosen. */
const steps = {
  'create file': 16,
  'create directory': 5,
  'create symlink': 3,
  'create hard link': 2,
  rewrite: 12,
  'rewrite keeping size': 6,
  'rewrite keeping size and mtime': 3,
  append: 10,
  truncate: 4,
  'replace by rename': 10,
  chmod: 5,
  'set times': 3,
  'rename file': 8,
  'rename directory': 4,
  swap: 3,
  rotate: 2,
  'remove file': 8,
  'remove directory': 2,
  'file becomes directory': 1,
  'directory becomes file': 1,
  'file becomes symlink': 1,
  burst: 1,
} as const;

type CommonStep = keyof typeof steps;
export type StormStep = CommonStep | RareStep;
const weights: Readonly<Record<StormStep, number>> = { ...steps, ...rareSteps };
const isRare = (step: StormStep): step is RareStep => step in rareSteps;

/** Random work on a real directory: everything an application may do to it, by a seed that is told. */
export class Storm {
  readonly seed: number;
  readonly counts = new Map<StormStep, number>();
  readonly #tree: StormTree;
  readonly #rare: RareSteps;
  readonly #random;
  readonly #choices: StormStep[];
  readonly #entries: number;

  constructor(root: string, options: StormOptions = {}) {
    this.seed = options.seed ?? randomInt(2 ** 31);
    this.#random = createRandom(this.seed);
    this.#tree = new StormTree(root, this.#random, options.maxFileBytes ?? 64 * 1024);
    this.#rare = new RareSteps(this.#tree, this.#random);
    this.#entries = options.entries ?? 300;
    const known = Object.keys(options.rare === true ? weights : steps) as StormStep[];
    const allowed = known.filter((step) => !options.without?.includes(step));
    this.#choices = allowed.flatMap((step) => Array.from({ length: weights[step] }, () => step));
  }

  async run({ steps: count, pauseMs = 0, signal }: StormRun): Promise<void> {
    for (let i = 0; i < count && signal?.aborted !== true; i += 1) {
      this.step();
      if (pauseMs > 0 && this.#random.below(4) === 0) await sleep(this.#random.below(pauseMs + 1));
      else if (i % 32 === 31) await sleep(0);
    }
  }

  /** One step, synchronously. @returns which it was */
  step(): StormStep {
    const crowded = this.#tree.size > this.#entries && this.#random.below(3) > 0;
    const step = crowded
      ? this.#random.pick(['remove file', 'remove directory'] as const)
      : this.#random.pick(this.#choices);
    this.#tree.beginStep();
    try {
      if (isRare(step)) this.#rare.take(step);
      else this.#take(step);
    } catch (error) {
      // Of a file that is read-only: only root writes to it nevertheless.
      if (errorCode(error) !== 'EACCES' || process.getuid?.() === 0) throw error;
    }
    this.counts.set(step, (this.counts.get(step) ?? 0) + 1);
    return step;
  }

  /** The paths of the last step. */
  touched(): string[] {
    return this.#tree.touched();
  }

  /** Files that are mapped now may change without a word; @returns their paths */
  mappedPaths(): string[] {
    return this.#rare.mappedPaths();
  }

  closeMappings(): void {
    this.#rare.closeMappings();
  }

  #take(step: CommonStep): void {
    const tree = this.#tree;
    const directory = tree.anyDirectory();
    const file = tree.any('file');
    const one = (act: (entry: StormEntry) => void, entry = file): void => {
      if (entry !== undefined) act(entry);
    };
    const actions: Record<CommonStep, () => void> = {
      'create file': () => tree.createFile(directory),
      'create directory': () => tree.createDirectory(directory),
      'create symlink': () => tree.createSymlink(directory),
      'create hard link': () => one((entry) => tree.hardLink(entry, directory)),
      rewrite: () => one((entry) => tree.rewrite(entry)),
      'rewrite keeping size': () => one((entry) => tree.rewriteKeepingSize(entry, false)),
      'rewrite keeping size and mtime': () => one((entry) => tree.rewriteKeepingSize(entry, true)),
      append: () => one((entry) => tree.append(entry)),
      truncate: () => one((entry) => tree.truncate(entry)),
      'replace by rename': () => one((entry) => tree.replaceByRename(entry)),
      chmod: () => one((entry) => tree.chmod(entry), tree.any('file', 'directory')),
      'set times': () => one((entry) => tree.setTimes(entry), tree.any('file', 'directory')),
      'rename file': () => one((entry) => tree.rename(entry, directory), tree.any('file', 'symlink')),
      'rename directory': () => one((entry) => tree.rename(entry, directory), tree.any('directory')),
      swap: () => one((entry) => tree.swap(entry, tree.any('file') ?? entry)),
      rotate: () => one((entry) => tree.rotate(entry)),
      'remove file': () => one((entry) => tree.remove(entry), tree.any('file', 'symlink')),
      'remove directory': () => one((entry) => tree.remove(entry), tree.any('directory')),
      'file becomes directory': () => one((entry) => tree.becomeDirectory(entry)),
      'directory becomes file': () => one((entry) => tree.becomeFile(entry), tree.any('directory')),
      'file becomes symlink': () => one((entry) => tree.becomeSymlink(entry)),
      burst: () => tree.burst(directory, 20),
    };
    actions[step]();
  }
}
