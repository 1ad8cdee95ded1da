import type { EntryType } from '../../../../src/process/system/directory-entries.ts';
import type { RelPath, RescanReason } from '../../changes/change.ts';

/** Why an entry is new to us: it was made here, or came by a rename. */
export type Arrival = 'created' | 'moved-in';

/** What the watcher finds by reading directories, beside the events. */
export interface DirectoryFindings {
  found(path: RelPath, type: EntryType, arrival: Arrival): void;
  rescan(path: RelPath, reason: RescanReason): void;
  /** Another thing has this name than was told of: neither size nor time say that it is equal to what it was. */
  replaced(path: RelPath, isDirectory: boolean): void;
}
