import type { EventKind } from '../../../src/api/settings/replication-settings.ts';
import type { EntryType } from '../../../src/process/system/directory-entries.ts';
import type { Filter } from '../../filter/filter.ts';
import type { RawChange, RelPath, RescanReason } from '../changes/change.ts';
import { parentOf } from '../changes/paths.ts';
import type { Arrival, DirectoryFindings } from './followed/directory-findings.ts';

/** What the chosen events and the filter let through, gathered until `take`. A rescan always passes. */
export class ChangeBatch implements DirectoryFindings {
  readonly #filter: Filter;
  readonly #wants: Readonly<Record<EventKind, boolean>>;
  #changes: RawChange[] = [];
  #isOfOtherRoot = false;
  /** Directories in which an excluded name came or went: it gave them another time, of which no event tells. */
  readonly #touched = new Set<RelPath>();

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
    this.#touched.clear();
    return changes;
  }

  get size(): number {
    return this.#changes.length;
  }

  /** Another directory is where the root was: what was found in it is nobody's as long as nobody has taken it for the source. */
  get isOfOtherRoot(): boolean {
    return this.#isOfOtherRoot;
  }

  created(path: RelPath, isDirectory: boolean): void {
    if (this.#wants.Create && this.#lets(path, isDirectory)) this.#changes.push({ kind: 'create', path, isDirectory });
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
    if (this.#wants.Delete && this.#lets(path, isDirectory)) this.#changes.push({ kind: 'delete', path, isDirectory });
  }

  movedIn(path: RelPath, isDirectory: boolean): void {
    if (!this.#wants.Move || !this.#lets(path, isDirectory)) return;
    this.#changes.push({ kind: 'create', path, isDirectory });
    if (!isDirectory) this.#changes.push({ kind: 'write', path });
  }

  movedOut(path: RelPath, isDirectory: boolean): void {
    if (this.#wants.Move && this.#lets(path, isDirectory)) this.#changes.push({ kind: 'delete', path, isDirectory });
  }

  moved(from: RelPath, path: RelPath, isDirectory: boolean): void {
    const [left, entered] = [this.#lets(from, isDirectory), this.#lets(path, isDirectory)];
    if (!entered) this.movedOut(from, isDirectory);
    else if (!left) this.movedIn(path, isDirectory);
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

  /** `wasDirectory`: what had the name before; it may be content where what has it now is excluded, or the other way round. */
  replaced(path: RelPath, isDirectory: boolean, wasDirectory = isDirectory): void {
    if (path === '') {
      this.#isOfOtherRoot = true;
      return;
    }
    if (this.#lets(path, wasDirectory)) this.#changes.push({ kind: 'delete', path, isDirectory: wasDirectory });
    if (!this.#lets(path, isDirectory)) return;
    this.#changes.push({ kind: 'create', path, isDirectory });
    if (!isDirectory) this.#changes.push({ kind: 'write', path });
  }

  /** Whether a name that comes or goes is not excluded; what is, touches its directory. */
  #lets(path: RelPath, isDirectory: boolean): boolean {
    if (!this.#filter.excludes(path, isDirectory)) return true;
    const directory = parentOf(path);
    if (this.#touched.has(directory)) return false;
    this.#touched.add(directory);
    this.attributes(directory, true);
    return false;
  }

  rescan(path: RelPath, reason: RescanReason): void {
    this.#changes.push({ kind: 'rescan', path, reason });
  }
}
