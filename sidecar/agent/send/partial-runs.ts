import type { RelPath } from '../changes/change.ts';
import type { Complaint } from '../rsync/complaints.ts';
import type { RunResult } from '../rsync/run.ts';
import type { SourceRoot } from '../source/source-root.ts';
import type { SkippedEntries } from './skipped-entries.ts';

const maxTries = 3;
const fileErrors = new Set([1, 13, 36, 40]); // EPERM EACCES ENAMETOOLONG ELOOP

/** What a partial run leaves: paths that can't be copied are counted and left, the others tried a few times more. */
export class PartialRuns {
  readonly #source: SourceRoot;
  readonly #skipped: SkippedEntries;
  readonly #tries = new Map<RelPath, number>();

  constructor(source: SourceRoot, skipped: SkippedEntries) {
    this.#source = source;
    this.#skipped = skipped;
  }

  /** `paths` are those that the run was given. */
  judge(paths: readonly RelPath[], result: RunResult): { retry: RelPath[]; full: boolean } {
    if (result.reason === 'TargetFull') return { retry: [...paths], full: true };
    const listed = new Set(paths);
    const again = new Set<RelPath>();
    const placed = new Set<RelPath>();
    const real = result.complaints.filter((c) => !c.vanished);
    if (this.#skipped.count > 0) for (const path of paths) this.#skipped.remove(path);
    for (const complaint of real) {
      const path = placeIn(complaint, listed);
      if (path === undefined) continue;
      placed.add(path);
      const isLost = fileErrors.has(complaint.errno ?? 0) && this.#source.look(path).kind !== 'gone';
      if (isLost) this.#skipped.add(path, complaint.text);
      else again.add(path);
    }
    if (placed.size === 0) for (const path of paths) again.add(path);
    const retry = [...again].filter((path) => this.#mayTryAgain(path, result.message));
    // Each time some of them are placed, so this ends.
    if (placed.size > 0 && result.complaintsCut) retry.push(...paths.filter((path) => !placed.has(path)));
    for (const { path, vanished } of result.complaints) if (vanished && path !== undefined) retry.push(path);
    return { retry, full: false };
  }

  /** They were sent: what failed before does not count any more. */
  forget(paths: readonly RelPath[]): void {
    if (this.#tries.size > 0) for (const path of paths) this.#tries.delete(path);
  }

  #mayTryAgain(path: RelPath, message: string): boolean {
    const tries = (this.#tries.get(path) ?? 0) + 1;
    this.#tries.set(path, tries);
    if (tries < maxTries) return true;
    this.#tries.delete(path);
    if (this.#source.look(path).kind !== 'gone') this.#skipped.add(path, message);
    return false;
  }
}

/** The listed path that a complaint is about: itself, or one above it; temporary names stand for their file. */
function placeIn(complaint: Complaint, listed: ReadonlySet<RelPath>): RelPath | undefined {
  for (let path = complaint.path; path !== undefined && path !== ''; ) {
    if (listed.has(path)) return path;
    const slash = path.lastIndexOf('/');
    if (slash < 0) return undefined;
    path = path.slice(0, slash);
  }
  return undefined;
}
