import type { RelPath } from '../changes/change.ts';
import { PathTree, pathOf, valuesBelow } from '../changes/path-tree.ts';
import { type Dirt, isRecursive } from './mark.ts';
import type { PendingBatch } from './pending-batch.ts';

/** What was taken and is neither done nor returned. Batches under way never meet each other. */
export class InFlight {
  readonly #tree = new PathTree<Dirt>();
  readonly #batches = new Map<number, PendingBatch>();

  get isEmpty(): boolean {
    return this.#batches.size === 0;
  }

  get batches(): Iterable<PendingBatch> {
    return this.#batches.values();
  }

  get size(): number {
    let size = 0;
    for (const batch of this.#batches.values()) size += batch.size;
    return size;
  }

  /** The oldest sequence under way. */
  get firstSequence(): number | undefined {
    return this.#least((batch) => batch.sequence.first);
  }

  get oldestAt(): number | undefined {
    return this.#least((batch) => batch.oldestAt);
  }

  add(batch: PendingBatch): void {
    this.#batches.set(batch.id, batch);
    for (const [path, dirt] of batch.entries) this.#tree.set(path, dirt);
    const {
      oldestAt: at,
      sequence: { first: sequence },
    } = batch;
    // A rename keeps its ends busy even where the names themselves had nothing left to do.
    for (const rename of batch.renames) {
      for (const path of [rename.from, rename.path]) {
        if (batch.entries.has(path)) continue;
        this.#tree.set(path, { kind: 'replaced', moved: undefined, subtree: undefined, sequence, at });
      }
    }
  }

  /** @returns false if the batch is not under way */
  remove(batch: PendingBatch): boolean {
    if (!this.#batches.delete(batch.id)) return false;
    for (const path of batch.entries.keys()) this.#tree.delete(path);
    for (const rename of batch.renames) {
      this.#tree.delete(rename.from);
      this.#tree.delete(rename.path);
    }
    return true;
  }

  /** Whether something under way acts on `path`, or below it if `recursive`. */
  meets(path: RelPath, recursive: boolean): boolean {
    if (this.#tree.isEmpty) return false;
    const { onTheWay, complete } = this.#tree.meet(path);
    const own = complete ? onTheWay.at(-1) : undefined;
    if (own !== undefined && (own.value !== undefined || recursive)) return true;
    return onTheWay.some((node) => node.value !== undefined && isRecursive(node.value));
  }

  /** What is under way above `path` and acts on it too. */
  above(path: RelPath): readonly Dirt[] {
    if (this.#tree.isEmpty) return [];
    const { onTheWay, complete } = this.#tree.meet(path);
    const ancestors = complete ? onTheWay.slice(0, -1) : onTheWay;
    return ancestors.flatMap((node) => (node.value !== undefined && isRecursive(node.value) ? [node.value] : []));
  }

  /** What is under way at and below `path`. */
  below(path: RelPath): readonly (readonly [RelPath, Dirt])[] {
    const top = this.#tree.isEmpty ? undefined : this.#tree.find(path);
    return top === undefined ? [] : [...valuesBelow(top)].map(({ node, value }) => [pathOf(node), value] as const);
  }

  #least(figure: (batch: PendingBatch) => number): number | undefined {
    let least: number | undefined;
    for (const batch of this.#batches.values()) least = Math.min(least ?? Number.POSITIVE_INFINITY, figure(batch));
    return least;
  }
}
