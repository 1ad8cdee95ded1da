import type { Clock } from '../../../../src/process/clock.ts';
import type { RelPath } from '../../changes/change.ts';
import type { Look, SourceView } from '../../source/source-view.ts';

/** What paths looked like before anything of them was read. */
export interface Looks {
  readonly look: (path: RelPath) => Look;
  readonly known: ReadonlyMap<RelPath, Look>;
  /** When they were begun, ms, wall clock. */
  readonly since: number;
}

/** Looks at each path once. */
export function beginLooks({ source, clock }: { readonly source: SourceView; readonly clock: Clock }): Looks {
  const known = new Map<RelPath, Look>();
  const look = (path: RelPath): Look => {
    const seen = known.get(path) ?? source.look(path);
    known.set(path, seen);
    return seen;
  };
  return { look, known, since: clock.now() };
}
