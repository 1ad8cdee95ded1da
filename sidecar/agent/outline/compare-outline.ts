import { isDirectory, type Looker } from '../../../src/process/system/statx.ts';
import type { Filter } from '../../filter/filter.ts';
import type { RelPath } from '../changes/change.ts';
import { joinPath } from '../changes/paths.ts';
import type { Outline } from './outline-format.ts';
import { hashState } from './state-hash.ts';
import { nameOf, type StateVisitor } from './walk-states.ts';

/** Where a source may not be what its outline says. Whatever is named nowhere here is what it was. */
export interface Findings {
  /** Files and all else but directories: new, or changed. */
  readonly content: RelPath[];
  /** Directories that are where they were, and of which names or attributes changed: to be compared by name, not below. */
  readonly named: RelPath[];
  /** Directories that were met in those: another one that is there by then came since, and what it was before went untold. */
  readonly met: Set<RelPath>;
  /** Directories that may be new, or others than were there: to be compared with all below them. */
  readonly subtrees: RelPath[];
  /** Everything that was looked at. */
  entries: number;
}

export interface CompareOutlineOptions {
  readonly outline: Outline;
  readonly looker: Looker;
  readonly filter: Filter;
}

/** Beyond it a comparison of all costs less. */
const mostContent = 20_000;
const mostNamed = 1_000;
const mostSubtrees = 100;

/** `same`: it has the names that it had. `changed`: it is where it was, and its names changed. `unsure`: it may be another one. */
type Standing = 'same' | 'changed' | 'unsure';

const nothing = new Float64Array();

/**
 * Compares a source, as it is walked, with what it was. A directory whose ctime is what it was has the names that it had. One whose
 * ctime is another, in a directory whose own is not, was not renamed: only its names and attributes may differ. In a directory
 * whose names changed, one whose ctime is another may have been put there since. Files are what they were if inode and ctime are,
 * wherever they are: a comparison by size and time, which a subtree gets besides, would not see what took their place.
 */
export class OutlineComparison implements StateVisitor {
  readonly findings: Findings = { content: [], named: [], met: new Set(), subtrees: [], entries: 0 };
  readonly #options: CompareOutlineOptions;
  /** Of directories to come. */
  readonly #standings = new Map<RelPath, Standing>();
  #path: RelPath = '';
  #states: Float64Array = nothing;
  #standing: Standing = 'unsure';

  constructor(options: CompareOutlineOptions) {
    this.#options = options;
  }

  /** Nothing can be said, or too much: all has to be compared. */
  get isHopeless(): boolean {
    const { content, named, subtrees } = this.findings;
    return (
      content.length > mostContent ||
      named.length > mostNamed ||
      subtrees.length > mostSubtrees ||
      subtrees.includes('')
    );
  }

  root(): void {
    const { outline, looker } = this.#options;
    const { root, seed } = outline.header;
    const isSame = root === hashState(seed, rootName, 0, looker.words);
    this.#standings.set('', isSame ? 'same' : 'changed');
  }

  enter(path: RelPath): boolean {
    if (this.isHopeless) return false;
    const states = this.#options.outline.statesIn(path);
    const standing = this.#standings.get(path) ?? 'unsure';
    this.#standings.delete(path);
    this.#path = path;
    this.#states = states ?? nothing;
    this.#standing = standing;
    if (states === undefined && standing !== 'unsure') this.#doubt(path);
    else if (standing === 'changed') this.findings.named.push(path);
    return true;
  }

  visit(name: Buffer, from: number, isForeign: boolean): boolean {
    const { outline, looker, filter } = this.#options;
    this.findings.entries += 1;
    const isParent = isDirectory(looker.words);
    const isKnown = !isForeign && has(this.#states, hashState(outline.header.seed, name, from, looker.words));
    if (isKnown && !isParent) return false;
    const path = joinPath(this.#path, nameOf(name, from));
    if (filter.excludes(path, isParent)) return false;
    if (isParent && this.#standing === 'changed') this.findings.met.add(path);
    if (!isParent) this.findings.content.push(path);
    else if (isForeign) this.findings.subtrees.push(path);
    else if (this.#standing === 'unsure') this.#standings.set(path, 'unsure');
    else if (isKnown) this.#standings.set(path, 'same');
    else if (this.#standing === 'same') this.#standings.set(path, 'changed');
    else {
      this.findings.subtrees.push(path);
      this.#standings.set(path, 'unsure');
    }
    return !isForeign;
  }

  #doubt(path: RelPath): void {
    this.findings.subtrees.push(path);
    this.#standing = 'unsure';
  }

  leave(): void {}

  unreadable(path: RelPath): void {
    this.findings.subtrees.push(path);
  }
}

export const rootName = Buffer.from('.\0');

function has(sorted: Float64Array, state: number): boolean {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as number) < state) low = middle + 1;
    else high = middle;
  }
  return sorted[low] === state;
}
