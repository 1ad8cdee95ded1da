import type { ChangeBatch } from '../change-batch.ts';
import type { SweepFindings } from './tree-sweep.ts';

/** What a sweep finds, in the words of changes. */
export const sweepFindings = (batch: ChangeBatch): SweepFindings => ({
  created: (path, kind) => batch.found(path, kind, 'created'),
  changed(path) {
    batch.modified(path);
    batch.written(path);
  },
  attributes: (path) => batch.attributes(path, true),
  deleted: (path, isDirectory) => batch.deleted(path, isDirectory),
  readable: (path) => batch.rescan(path, 'unreadable'),
});
