import type { EventKind } from '../../../src/api/settings/replication-settings.ts';
import type { Change, RelPath } from '../changes/change.ts';

/** A change as a hook is told of it. */
export interface HookEvent {
  readonly operation: EventKind;
  readonly path: RelPath;
  /** Of a move. */
  readonly from?: RelPath;
  /** A directory that was moved, with all below it. */
  readonly isDirectory?: true;
  /** When its first event was read, ms, wall clock. */
  readonly at: number;
  /** Its place in the change log of this agent's life; 0 for what is known from before. */
  readonly sequence: number;
}

/** Undefined for what only says that something is to be compared: that tells of itself when it finds something. */
export const eventOf = (change: Change, at: number, sequence: number): HookEvent | undefined => {
  switch (change.kind) {
    case 'content':
      return { operation: change.created ? 'Create' : 'Write', path: change.path, at, sequence };
    case 'attributes':
      return { operation: 'Attributes', path: change.path, at, sequence };
    case 'delete':
      return { operation: 'Delete', path: change.path, at, sequence };
    case 'move': {
      const { from, path, isDirectory } = change;
      return { operation: 'Move', path, from, ...(isDirectory ? { isDirectory } : {}), at, sequence };
    }
    default:
      return undefined;
  }
};
