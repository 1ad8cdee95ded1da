import type { Change, RelPath } from '../../changes/change.ts';
import { smallest } from '../../changes/smallest.ts';
import { collapsePaths, pathsOfChange } from '../../log/collapse-paths.ts';
import type { Rename } from '../../pending/rename-list.ts';

/** What was done at the target between two positions. */
interface Stretch {
  /** By what each is about; in the order in which it was done last. */
  readonly changes: Map<string, Change>;
  /** When the oldest of it was done, monotonic, ms. */
  readonly since: number;
}

const maxChanges = 50_000;
const collapsedTo = 256;

/** What may be lost when the target loses power. */
export interface AtRisk {
  /** To be done again, in this order. */
  readonly changes: readonly Change[];
  /** There were too many: directories of which all that changed since `at` (monotonic, ms) is to be sent again. */
  readonly subtrees: readonly RelPath[];
  readonly at: number;
}

/**
 * What was sent, deleted and renamed, and is not yet acknowledged as durable: a target that lost power gets that again and not
 * all there is. Bounded: what has no room is kept by the directories that it lies in.
 */
export class Unacknowledged {
  #open: Stretch | undefined;
  #asked: Stretch[] = [];

  sent(paths: Iterable<RelPath>, now: number): void {
    for (const path of paths) this.#note(path, { kind: 'content', path }, now);
    this.#bound();
  }

  /** With all that was below: it may be there again, also where another thing has its name by now. */
  deleted(paths: Iterable<RelPath>, now: number): void {
    for (const path of paths) {
      this.#open?.changes.delete(path);
      // Beside what has the name since: of a directory nothing but this says that what it held went.
      this.#note(`\0${path}`, { kind: 'delete', path }, now);
    }
    this.#bound();
  }

  /** With all that is below, which nobody sent. */
  renamed({ from, path, isDirectory }: Rename, now: number): void {
    this.#note(`${from}\0${path}`, { kind: 'move', from, path, isDirectory }, now);
    this.#bound();
  }

  /** A position is about to be reported; what it answers tells that it became durable, and with it all that was before. */
  ask(): () => void {
    if (this.#open !== undefined) this.#asked.push(this.#open);
    this.#open = undefined;
    const covered = new Set(this.#asked);
    return () => {
      this.#asked = this.#asked.filter((stretch) => !covered.has(stretch));
    };
  }

  /** When the oldest was done, monotonic ms; undefined if all is durable. */
  get oldestSince(): number | undefined {
    return this.#asked[0]?.since ?? this.#open?.since;
  }

  get isEmpty(): boolean {
    return this.oldestSince === undefined;
  }

  /** Hands over all there is: it has to be done again. */
  takeAll(): AtRisk {
    const stretches = [...this.#asked, ...(this.#open === undefined ? [] : [this.#open])];
    this.#asked = [];
    this.#open = undefined;
    const changes: Change[] = [];
    const subtrees: RelPath[] = [];
    for (const stretch of stretches) {
      for (const change of stretch.changes.values()) {
        if (change.kind === 'subtree') subtrees.push(change.path);
        else changes.push(change);
      }
    }
    return { changes, subtrees, at: smallest(stretches.map(({ since }) => since)) };
  }

  #note(key: string, change: Change, now: number): void {
    this.#open ??= { changes: new Map(), since: now };
    this.#open.changes.delete(key);
    this.#open.changes.set(key, change);
  }

  #bound(): void {
    if (this.#open === undefined || this.#open.changes.size <= maxChanges) return;
    const paths = [...this.#open.changes.values()].flatMap(pathsOfChange);
    const changes = new Map<string, Change>();
    for (const path of collapsePaths(paths, collapsedTo))
      changes.set(`${path}/`, { kind: 'subtree', path, reason: 'target-lost' });
    this.#open = { ...this.#open, changes };
  }
}
