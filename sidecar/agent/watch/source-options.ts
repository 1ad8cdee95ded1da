import type { EventKind } from '../../../src/api/replication-settings.ts';
import type { Logger } from '../../../src/process/logger.ts';
import type { Filter } from '../../filter/filter.ts';

export interface SourceOptions {
  /** Absolute path of the directory to watch. */
  readonly root: string;
  readonly filter: Filter;
  readonly events: readonly EventKind[];
  readonly logger?: Logger;
  /** How often at most, ms, it is checked in the background that what is watched is what is there; default a minute. */
  readonly checkMs?: number;
}
