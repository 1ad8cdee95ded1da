import type { EventKind } from '../../../src/api/replication-settings.ts';
import type { Filter } from '../../filter/filter.ts';
import type { RawChange, RelPath, RescanReason } from '../changes/change.ts';
import type { EntryType } from './directory-entries.ts';
import type { Arrival, DirectoryFindings } from './directory-findings.ts';

/** What the chosen events and the filter let through, gathered until `take`. A rescan always passes. */
export class ChangeBatch implements DirectoryFindings {
  readonly #filter: Filter;
  readonly #wants: Readonly<Record<EventKind, boolean>>;
  #changes: RawChange[] = [];

  constructor(filter: Filter, events: readonly EventKind[]) {
    this.#filter = filter;
    this.#wants = {
      Write: events.includes('Write'),
      Create: events.includes('Create'),
      Delete: events.includes('Delete'),
      Move: events.includes('Move'),
      Attributes: events.includes('Attributes'),
    };
  }

  take(): readonly RawChange[] {
    const changes = this.#changes;
    this.#changes = [];
    return changes;
  }

  get size(): number {
    return this.#changes.length;
  }

  created(path: RelPath, isDirectory: boolean): void {
    if (this.#wants.Create && !this.#filter.excludes(path, isDirectory)) {
      this.#changes.push({ kind: 'create', path, isDirectory });
    }
  }

  modified(path: RelPath): void {
    if (this.#wants.Write && !this.#filter.excludes(path, false)) this.#changes.push({ kind: 'modify', path });
  }

  written(path: RelPath): void {
    if (this.#wants.Write && !this.#filter.excludes(path, false)) this.#changes.push({ kind: 'write', path });
  }

  attributes(path: RelPath, isDirectory: boolean): void {
    if (this.#wants.Attributes && !this.#filter.excludes(path, isDirectory)) {
      this.#changes.push({ kind: 'attributes', path, isDirectory });
    }
  }

  deleted(path: RelPath, isDirectory: boolean): void {
    if (this.#wants.Delete && !this.#filter.excludes(path, isDirectory)) {
      this.#changes.push({ kind: 'delete', path, isDirectory });
    }
  }

  movedIn(path: RelPath, isDirectory: boolean): void {
    if (!this.#wants.Move || this.#filter.excludes(path, isDirectory)) return;
    this.#changes.push({ kind: 'create', path, isDirectory });
    if (!isDirectory) this.#changes.push({ kind: 'write', path });
  }

  movedOut(path: RelPath, isDirectory: boolean): void {
    if (this.#wants.Move && !this.#filter.excludes(path, isDirectory)) {
      this.#changes.push({ kind: 'delete', path, isDirectory });
    }
  }

  moved(from: RelPath, path: RelPath, isDirectory: boolean): void {
    if (this.#filter.excludes(path, isDirectory)) this.movedOut(from, isDirectory);
    else if (this.#filter.excludes(from, isDirectory)) this.movedIn(path, isDirectory);
    else if (this.#wants.Move) this.#changes.push({ kind: 'move', from, path, isDirectory });
  }

  /** Its close may have been before our watch, so what is found counts as written too. */
  found(path: RelPath, type: EntryType, arrival: Arrival): void {
    const isDirectory = type === 'directory';
    if (arrival === 'moved-in') {
      this.movedIn(path, isDirectory);
      return;
    }
    this.created(path, isDirectory);
    if (type === 'file' || type === 'unknown') this.written(path);
  }

  replaced(path: RelPath, isDirectory: boolean): void {
    if (path === '') this.rescan(path, 'root-replaced');
    if (path === '' || this.#filter.excludes(path, isDirectory)) return;
    this.#changes.push({ kind: 'delete', path, isDirectory }, { kind: 'create', path, isDirectory });
    if (!isDirectory) this.#changes.push({ kind: 'write', path });
  }

  rescan(path: RelPath, reason: RescanReason): void {
    this.#changes.push({ kind: 'rescan', path, reason });
  }
}
