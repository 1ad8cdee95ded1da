import type { RelPath } from '../changes/change.ts';
import { smallest } from '../changes/smallest.ts';
import { collapsePaths } from '../log/collapse-paths.ts';

/** What was sent between two positions. */
interface Stretch {
  readonly paths: Set<RelPath>;
  /** When the oldest of it was sent, monotonic, ms. */
  readonly since: number;
}

const maxPaths = 50_000;
const collapsedTo = 256;

/** What may be lost when the target loses power. */
export interface AtRisk {
  /** Names to send again. */
  readonly paths: readonly RelPath[];
  /** There were too many: directories of which all that changed since `at` (monotonic, ms) is to be sent again. */
  readonly subtrees: readonly RelPath[];
  readonly at: number;
}

/**
 * What was sent and is not yet acknowledged as durable: kept by name, so that a target that lost power gets those again and
 * not all there is. Bounded: what has no room is kept by the directories that it lies in.
 */
export class Unacknowledged {
  #open: Stretch | undefined;
  #asked: Stretch[] = [];

  sent(paths: Iterable<RelPath>, now: number): void {
    this.#open ??= { paths: new Set(), since: now };
    for (const path of paths) this.#open.paths.add(path);
    if (this.#open.paths.size <= maxPaths) return;
    this.#open = {
      ...this.#open,
      paths: new Set(collapsePaths([...this.#open.paths].map(asPath), collapsedTo).map(asSubtree)),
    };
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

  /** When the oldest was sent, monotonic ms; undefined if all is durable. */
  get oldestSince(): number | undefined {
    return this.#asked[0]?.since ?? this.#open?.since;
  }

  get isEmpty(): boolean {
    return this.oldestSince === undefined;
  }

  /** Hands over all there is: it has to be sent again. */
  takeAll(): AtRisk {
    const stretches = [...this.#asked, ...(this.#open === undefined ? [] : [this.#open])];
    this.#asked = [];
    this.#open = undefined;
    const paths: RelPath[] = [];
    const subtrees: RelPath[] = [];
    for (const { paths: kept } of stretches) {
      for (const path of kept) {
        if (path.endsWith('/')) subtrees.push(asPath(path));
        else paths.push(path);
      }
    }
    return { paths, subtrees, at: smallest(stretches.map(({ since }) => since)) };
  }
}

/** No path ends so. */
const asSubtree = (path: RelPath): RelPath => `${path}/`;
const asPath = (kept: RelPath): RelPath => (kept.endsWith('/') ? kept.slice(0, -1) : kept);
