import type { RelPath } from '../changes/change.ts';
import { directoriesTouched } from '../rsync/file-list.ts';

interface Running {
  readonly paths: readonly RelPath[];
  /** Runs that started after this one, while it was under way. */
  readonly newer: Set<Running>;
}

/**
 * Finds directories whose times two runs at once have set: the older run read them first, and if it ends last it puts back
 * what it read. They have to be sent once more.
 */
export class Overlaps {
  readonly #running = new Set<Running>();

  /** Called when a run is given its list; what it answers is called at the run's end and names the directories in doubt. */
  begin(paths: readonly RelPath[]): () => RelPath[] {
    const own: Running = { paths, newer: new Set() };
    for (const other of this.#running) other.newer.add(own);
    this.#running.add(own);
    return () => {
      this.#running.delete(own);
      if (own.newer.size === 0) return [];
      const touched = directoriesTouched(own.paths);
      const doubtful = new Set<RelPath>();
      for (const { paths: theirs } of own.newer) {
        for (const path of directoriesTouched(theirs)) if (touched.has(path)) doubtful.add(path);
      }
      return [...doubtful];
    };
  }
}
