import type { HistoryRecord } from '../history/journal/history-record.ts';

/** What has to be looked at again, by its path in the copy; none is below another. */
export interface Stale {
  readonly stale: readonly string[];
  /** Directories whose attributes alone were changed. */
  readonly touched: readonly string[];
}

/**
 * Where the entries of a copy of the past are taken from that still stand in the replica, and may be changed there while the copy is
 * made: directories, and what is not where its directory would have it. What happens to any other is found by its directory.
 */
export class StandingPlaces {
  readonly #directories = new Map<string, string>();
  readonly #displaced = new Map<string, string>();

  /** `base`: the place where it stands. */
  addDirectory(base: string | null, path: string): void {
    if (base !== null && isStanding(base)) this.#directories.set(base, path);
  }

  /** What was asked for, or was renamed since; of whatever kind. */
  addDisplaced(base: string | null, path: string): void {
    if (base !== null && isStanding(base)) this.#displaced.set(base, path);
  }

  remove(path: string): void {
    for (const places of [this.#directories, this.#displaced])
      for (const [base, one] of places)
        if (path === '' || one === path || one.startsWith(`${path}/`)) places.delete(base);
  }

  findStale(changes: readonly HistoryRecord[]): Stale {
    const stale = new Set<string>();
    const touched = new Set<string>();
    const above = this.#placesAbove();
    const mark = (place: string): void => {
      for (const found of [this.#displaced.get(place), this.#find(place)]) if (found !== undefined) stale.add(found);
      if (!above.has(place)) return;
      // What stands below it went with it, and may be of quite another path.
      for (const places of [this.#directories, this.#displaced])
        for (const [base, path] of places) if (base.startsWith(`${place}/`)) stale.add(path);
    };
    for (const record of changes) {
      if (record.kind === 'move') {
        mark(record.from);
        mark(record.to);
      } else if (record.kind === 'write' && record.before.kind === 'directory') {
        const path = this.#directories.get(record.place);
        if (path !== undefined) touched.add(path);
      } else if (record.kind === 'write' || record.kind === 'lost') mark(record.place);
    }
    return { stale: withoutNested(stale), touched: [...touched] };
  }

  /** The path of the directory at a place, or of the entry in a known directory that the place is or is below. */
  #find(place: string): string | undefined {
    const known = this.#directories.get(place);
    if (known !== undefined) return known;
    for (let slash = place.lastIndexOf('/'), end = place.length; slash > 0; ) {
      const path = this.#directories.get(place.slice(0, slash));
      const name = place.slice(slash + 1, end);
      if (path !== undefined) return path === '' ? name : `${path}/${name}`;
      end = slash;
      slash = place.lastIndexOf('/', slash - 1);
    }
    return undefined;
  }

  #placesAbove(): Set<string> {
    const above = new Set<string>();
    for (const places of [this.#directories, this.#displaced])
      for (const base of places.keys())
        for (let slash = base.lastIndexOf('/'); slash > 0; slash = base.lastIndexOf('/', slash - 1)) {
          if (above.has(base.slice(0, slash))) break;
          above.add(base.slice(0, slash));
        }
    return above;
  }
}

/** Whether a place is in the replica. */
export const isStanding = (place: string): boolean => place === 'data' || place.startsWith('data/');

const withoutNested = (paths: ReadonlySet<string>): string[] => {
  if (paths.has('')) return [''];
  return [...paths].filter((path) => {
    for (let slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1))
      if (paths.has(path.slice(0, slash))) return false;
    return true;
  });
};
