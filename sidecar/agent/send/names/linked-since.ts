import type { RelPath } from '../../changes/change.ts';
import { smallest } from '../../changes/smallest.ts';

/** A plan that is being carried out; what it knows of links is as old as its begin. */
export interface OpenPlan {
  readonly begun: number;
}

/**
 * Names that were sent as hard links of each other, for as long as a plan is open that was made before. A run of such
 * a plan takes them for files of their own, and would make them so at the target.
 */
export class LinkedSince {
  #now = 0;
  readonly #plans = new Set<OpenPlan>();
  /** When each name was sent last, by a count of such runs; the oldest first. */
  readonly #names = new Map<RelPath, number>();

  open(): OpenPlan {
    const plan = { begun: this.#now };
    this.#plans.add(plan);
    return plan;
  }

  close(plan: OpenPlan): void {
    this.#plans.delete(plan);
    const oldest = smallest([...this.#plans].map(({ begun }) => begun));
    for (const [path, at] of this.#names) {
      if (at > oldest) break;
      this.#names.delete(path);
    }
  }

  /** Call it before the locks of the run are released. */
  note(paths: readonly RelPath[]): void {
    this.#now += 1;
    for (const path of paths) {
      this.#names.delete(path);
      this.#names.set(path, this.#now);
    }
  }

  /** Whether any of them was linked since the plan was made. */
  any(plan: OpenPlan, paths: readonly RelPath[]): boolean {
    return this.#names.size > 0 && paths.some((path) => (this.#names.get(path) ?? 0) > plan.begun);
  }
}
