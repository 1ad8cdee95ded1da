import * as fs from 'node:fs';
import type { Random } from './random.ts';
import { exchangeNames, type Mapping, mapFile, nameDescriptor, openUnnamed } from './rare-calls.ts';
import type { StormEntry, StormTree } from './storm-tree.ts';

/** What few programs do, and each is right to. */
export const rareSteps = {
  'exchange files': 3,
  'exchange directories': 1,
  'name an unnamed file': 2,
  'write through a mapping': 3,
  'rotate by hard link': 2,
  'rotate by copy and truncate': 2,
  'rewrite many times': 3,
  'grow through two names': 2,
  'repeat a base name': 6,
} as const;

export type RareStep = keyof typeof rareSteps;

const maxMappings = 4;
const repeatedNames = ['disk.img', 'index', 'data.db'];

/** Takes rare steps on the tree of a storm. */
export class RareSteps {
  readonly #tree: StormTree;
  readonly #random: Random;
  /** Files that are mapped now: they change without a word until they are closed. */
  readonly #mappings: { readonly path: string; readonly mapping: Mapping }[] = [];

  constructor(tree: StormTree, random: Random) {
    this.#tree = tree;
    this.#random = random;
  }

  take(step: RareStep): void {
    const file = this.#tree.any('file');
    const actions: Record<RareStep, () => void> = {
      'exchange files': () => this.#exchange(file, this.#tree.any('file')),
      'exchange directories': () => this.#exchange(this.#tree.any('directory'), this.#tree.any('directory')),
      'name an unnamed file': () => this.#nameUnnamed(this.#tree.anyDirectory()),
      'write through a mapping': () => this.#writeMapped(file),
      'rotate by hard link': () => this.#rotateByLink(file),
      'rotate by copy and truncate': () => this.#copyAndTruncate(file),
      'rewrite many times': () => this.#rewriteManyTimes(file),
      'grow through two names': () => this.#growThroughTwoNames(file),
      'repeat a base name': () => this.#repeatBaseName(this.#tree.anyDirectory()),
    };
    actions[step]();
  }

  /** Nothing is written behind anybody's back from now on. */
  closeMappings(): void {
    while (this.#mappings.length > 0) this.#closeOldest();
  }

  #closeOldest(): void {
    const oldest = this.#mappings.shift();
    if (oldest === undefined) return;
    oldest.mapping.close();
    this.#tree.add(oldest.path, 'file');
  }

  /** What is mapped now, by path. */
  mappedPaths(): string[] {
    return this.#mappings.map(({ path }) => path);
  }

  #exchange(one: StormEntry | undefined, other: StormEntry | undefined): void {
    if (one === undefined || other === undefined || one.path === other.path) return;
    if (one.path.startsWith(`${other.path}/`) || other.path.startsWith(`${one.path}/`)) return;
    exchangeNames(this.#tree.at(one.path), this.#tree.at(other.path));
    this.#tree.exchanged(one.path, other.path);
  }

  #nameUnnamed(directory: string): void {
    const descriptor = openUnnamed(this.#tree.at(directory));
    const path = this.#tree.newPath(directory);
    fs.writeSync(descriptor, this.#tree.content());
    nameDescriptor(descriptor, this.#tree.at(path));
    fs.writeSync(descriptor, this.#random.bytes(1 + this.#random.below(500)));
    fs.closeSync(descriptor);
    this.#tree.add(path, 'file');
  }

  #writeMapped(entry: StormEntry | undefined): void {
    if (this.#mappings.length >= maxMappings) this.#closeOldest();
    if (entry === undefined) return;
    const { size } = fs.statSync(this.#tree.at(entry.path));
    if (size < 16) return;
    // Writing to a mapping of what was cut ends the process: no other step knows this copy until it is closed.
    const path = this.#tree.newPath('');
    fs.copyFileSync(this.#tree.at(entry.path), this.#tree.at(path));
    const mapping = mapFile(this.#tree.at(path));
    mapping.write(this.#random.below(size - 8), this.#random.bytes(8));
    this.#mappings.push({ path, mapping });
  }

  #rotateByLink(entry: StormEntry | undefined): void {
    if (entry === undefined) return;
    const log = fs.openSync(this.#tree.at(entry.path), 'a');
    const rotated = this.#tree.newPath('');
    fs.linkSync(this.#tree.at(entry.path), this.#tree.at(rotated));
    this.#tree.add(rotated, 'file');
    this.#tree.remove(entry);
    fs.writeSync(log, this.#random.bytes(300));
    fs.closeSync(log);
  }

  #copyAndTruncate(entry: StormEntry | undefined): void {
    if (entry === undefined) return;
    const rotated = this.#tree.newPath('');
    fs.copyFileSync(this.#tree.at(entry.path), this.#tree.at(rotated));
    this.#tree.add(rotated, 'file');
    fs.truncateSync(this.#tree.at(entry.path));
    fs.appendFileSync(this.#tree.at(entry.path), this.#random.bytes(100));
  }

  #rewriteManyTimes(entry: StormEntry | undefined): void {
    if (entry === undefined) return;
    for (let n = 2 + this.#random.below(4); n > 0; n -= 1) this.#tree.rewriteKeepingSize(entry, n % 2 === 0);
  }

  #growThroughTwoNames(entry: StormEntry | undefined): void {
    if (entry === undefined) return;
    const other = this.#tree.newPath(this.#tree.anyDirectory());
    fs.linkSync(this.#tree.at(entry.path), this.#tree.at(other));
    this.#tree.add(other, 'file');
    for (const path of [entry.path, other, entry.path])
      fs.appendFileSync(this.#tree.at(path), this.#random.bytes(1 + this.#random.below(1000)));
  }

  /** Big enough to be cut off on its way. */
  #repeatBaseName(directory: string): void {
    const name = this.#random.pick(repeatedNames);
    const path = directory === '' ? name : `${directory}/${name}`;
    const there = fs.lstatSync(this.#tree.at(path), { throwIfNoEntry: false });
    // Never through a symlink, which may lead outside.
    if (there !== undefined && !there.isFile()) return;
    fs.writeFileSync(this.#tree.at(path), this.#random.bytes(this.#random.below(2 * 1024 * 1024)));
    if (there === undefined) this.#tree.add(path, 'file');
  }
}
