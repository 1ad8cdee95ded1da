import type { Link } from './link.ts';
import { readNote } from './notes/agent-note.ts';
import type { LocalNote } from './notes/local-note.ts';

/** What is so of every target that has no receiver: it knows no lease and says nothing of itself; the writer's note is kept here. */
export const plainTarget = (kept: LocalNote | undefined) =>
  ({
    // Beside the file, so one for each path.
    targetArgs: ['--partial-dir=.syncreplica-partial'],
    partialArgs: () => [],
    epoch: 0,
    continues: true,
    position: null,
    life: null,
    lineage: null,
    timeGranularityNs: 1,
    hasHistory: false,
    note: readNote(kept?.read() ?? null),
    keepNote: kept?.write,
    control: undefined,
  }) satisfies Partial<Link>;
