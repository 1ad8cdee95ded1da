import type { ReplicationSettings } from '../../../src/api/settings/replication-settings.ts';
import type { Filter } from '../../filter/filter.ts';
import type { RelPath } from '../changes/change.ts';
import type { Link } from '../link/link.ts';
import type { PathLocks } from '../locks/path-locks.ts';
import type { Run } from '../rsync/run.ts';
import type { CompareRules } from './judge/judge-entry.ts';

/** What a verification works with while its replica is connected and its first pass is done. */
export interface VerifyAccess {
  readonly link: Link;
  readonly settings: ReplicationSettings;
  readonly filter: Filter;
  readonly locks: PathLocks;
  /** Ends with the session. */
  readonly isOver: () => boolean;
  /** Entries of the whole when they were counted last, 0 if never. */
  readonly whole: number;
  /** Deletions wait for a person: what the target has too much is known. */
  readonly holdsDeletions: () => boolean;
  /** There are changes of which it is not known yet what they are about. */
  readonly isBehind: () => boolean;
  /** A change of this name, or of one above or below it, waits or is under way, or it is owed. */
  readonly isBusy: (path: RelPath) => boolean;
  /** Sends names, or only their attributes, or compares subtrees, as after a change. */
  readonly mend: (found: MendWork) => void;
  /** A dry run over what it is fed that reads all content. */
  readonly startChecksums: (isListed: boolean, onOutput: (chunk: Buffer) => void) => Run;
}

export interface MendWork {
  readonly content: readonly RelPath[];
  readonly attributes: readonly RelPath[];
  readonly subtrees: readonly RelPath[];
}

/** By what the two sides of this replica are compared. */
export const rulesOf = ({
  settings: { sync, filter },
  link,
}: Pick<VerifyAccess, 'settings' | 'link'>): CompareRules => ({
  maxFileSize: filter.maxFileSize,
  preserve: sync.preserve,
  timeGranularityNs: link.timeGranularityNs,
  deletes: sync.delete === 'Mirror',
});
