import type { EventKind } from '../../../src/api/settings/replication-settings.ts';
import type { Logger } from '../../../src/process/log/logger.ts';
import type { Filter } from '../../filter/filter.ts';
import type { RelPath } from '../changes/change.ts';

export interface SourceOptions {
  /** Absolute path of the directory to watch. */
  readonly root: string;
  readonly filter: Filter;
  readonly events: readonly EventKind[];
  /** Whether a path is in a file system that is mounted below the root, or was; absent: none is. */
  readonly isInMount?: (path: RelPath) => boolean;
  readonly logger?: Logger;
  /** How often at most, ms, it is checked in the background that what is watched is what is there; default a minute. */
  readonly checkMs?: number;
}
