import type { RelPath } from '../changes/change.ts';
import { parentOf } from '../changes/paths.ts';
import { intentionFor, joinModes, type LockMode } from './lock-modes.ts';

export interface LockWish {
  readonly path: RelPath;
  readonly mode: LockMode;
}

/**
 * Every name to lock for some wishes: they themselves and, with intentions, all above them; each once, in the one
 * order that everybody follows (a name comes after those above it), so that two plans alone can't block each other.
 */
export function planLocks(wishes: Iterable<LockWish>): LockWish[] {
  const modes = new Map<RelPath, LockMode>();
  for (const { path, mode } of wishes) {
    const known = modes.get(path);
    modes.set(path, known === undefined ? mode : joinModes[known][mode]);
    const intention = intentionFor[mode];
    for (let above = path; above !== ''; ) {
      above = parentOf(above);
      const held = modes.get(above);
      const joined = held === undefined ? intention : joinModes[held][intention];
      // What has the intention already has it on all above as well.
      if (joined === held) break;
      modes.set(above, joined);
    }
  }
  return [...modes.keys()].sort().map((path) => ({ path, mode: modes.get(path) as LockMode }));
}
