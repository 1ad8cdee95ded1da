import type { RawChange, RelPath } from '../../changes/change.ts';
import { rebasePath } from '../../changes/paths.ts';
import { NamedInodes } from './named-inodes.ts';

/** Names kept; the files asked for longest ago are forgotten. */
const maxNames = 50_000;

/** What became of files that were changed under a name which is gone since: they can't be sent under that one, and no event bears another. */
export interface Strays {
  /** Other names of such files, as far as they are known. */
  readonly names: readonly RelPath[];
  /** Such files (`device:inode`), by the name that went, whose other names are to be looked for. */
  readonly files: ReadonlyMap<RelPath, string>;
}

/** The names of one file that a search has found, and how many more it says that it has. */
export interface FoundNames {
  readonly names: ReadonlySet<RelPath>;
  readonly missing: number;
}

/** What is asked of the source's file system. */
export interface LinkEdges {
  /** Which file a name is, and how many it has; undefined where it is no file that may have several. */
  lookAt(path: RelPath): { readonly inode: string; readonly links: number } | undefined;
  /** All names of these files (`device:inode`). */
  search(inodes: readonly string[]): Promise<ReadonlyMap<string, FoundNames>>;
}

interface Links {
  readonly names: readonly RelPath[];
  /** Names that no search finds: outside of the source, or where nobody may look. */
  readonly outside: number;
  /** Arrivals so far: what came since may be one of those. */
  readonly arrivals: number;
}

/**
 * Names of files with more than one. What was found is kept, and believed only as long as each name still is that file and
 * there are as many as the file says; else they are searched for, all that are asked for at once.
 */
export class LinkedNames {
  readonly #edges: LinkEdges;
  readonly #known = new Map<string, Links>();
  /** Of each name that is kept, and of those last seen of which only this is known. */
  readonly #inodes = new NamedInodes();
  /** Those of them under which the file was changed. */
  readonly #written = new Set<RelPath>();
  #names = 0;
  #arrivals = 0;
  #searching: Promise<unknown> = Promise.resolve();

  constructor(edges: LinkEdges) {
    this.#edges = edges;
  }

  /** A look at a name has shown that its file has others. */
  saw(path: RelPath, inode: string): void {
    if (this.#inodes.get(path) === inode) return;
    if (this.#inodes.size >= 2 * maxNames) this.#inodes.forgetOldest();
    this.#inodes.set(path, inode);
  }

  /** Call it with all that the watch tells. */
  note(batch: readonly RawChange[]): Strays {
    const names: RelPath[] = [];
    const files = new Map<RelPath, string>();
    const gone = (name: RelPath): void => {
      const inode = this.#inodes.get(name) ?? '';
      const isKnown = this.#known.has(inode);
      const others = this.#onGone(name);
      if (others === undefined) return;
      if (isKnown) for (const other of others) names.push(other);
      else files.set(name, inode);
    };
    for (const change of batch) {
      const { kind, path } = change;
      if (kind === 'create' || kind === 'move' || kind === 'rescan') this.#arrivals += 1;
      if (this.#inodes.size === 0) continue;
      if ((kind === 'modify' || kind === 'write' || kind === 'attributes') && this.#inodes.has(path)) {
        // Of names that are kept no longer.
        if (this.#written.size >= maxNames) this.#written.clear();
        this.#written.add(path);
      }
      if (kind !== 'delete' && kind !== 'move') continue;
      const { isDirectory } = change;
      for (const name of this.#inodes.atOrBelow(path, isDirectory)) gone(name);
      if (kind !== 'move') continue;
      for (const name of this.#inodes.atOrBelow(change.from, isDirectory))
        this.#onMoved(name, rebasePath(name, change.from, path));
    }
    return { names, files };
  }

  /** All names below the root of each file, by `device:inode`; none for a file that is gone. */
  async namesOf(inodes: readonly string[]): Promise<Map<string, RelPath[]>> {
    const unknown = (): string[] => inodes.filter((inode) => !this.#isKnown(inode));
    if (unknown().length > 0) {
      const search = this.#searching.then(() => this.#search(unknown()));
      this.#searching = search.catch(() => {});
      await search;
    }
    return new Map(inodes.map((inode) => [inode, [...(this.#known.get(inode)?.names ?? [])]]));
  }

  #isKnown(inode: string): boolean {
    const known = this.#known.get(inode);
    if (known === undefined || (known.outside > 0 && known.arrivals !== this.#arrivals)) return false;
    const seen = known.names.map((name) => this.#edges.lookAt(name));
    const [first] = seen;
    return (
      first !== undefined &&
      seen.every((look) => look?.inode === inode) &&
      first.links === known.names.length + known.outside
    );
  }

  async #search(inodes: readonly string[]): Promise<void> {
    if (inodes.length === 0) return;
    const arrivals = this.#arrivals;
    const found = await this.#edges.search(inodes);
    for (const inode of inodes) {
      const one = found.get(inode);
      if (one === undefined) this.#forget(inode);
      else this.#remember(inode, { names: [...one.names], outside: one.missing, arrivals });
    }
  }

  /** @returns the other names of its file that are known, if it was changed under this one */
  #onGone(name: RelPath): readonly RelPath[] | undefined {
    const names = this.#rename(name, []);
    return this.#written.delete(name) ? names : undefined;
  }

  #onMoved(name: RelPath, to: RelPath): void {
    this.#rename(name, [to]);
    if (this.#written.delete(name)) this.#written.add(to);
  }

  /** @returns the other names of its file */
  #rename(name: RelPath, to: readonly RelPath[]): readonly RelPath[] {
    const inode = this.#inodes.get(name) ?? '';
    const links = this.#known.get(inode);
    this.#inodes.delete(name);
    for (const one of to) this.#inodes.set(one, inode);
    if (links === undefined) return [];
    const others = links.names.filter((other) => other !== name);
    this.#known.set(inode, { ...links, names: [...others, ...to] });
    this.#names += to.length - 1;
    return others;
  }

  #remember(inode: string, links: Links): void {
    this.#forget(inode);
    this.#known.set(inode, links);
    for (const name of links.names) this.#inodes.set(name, inode);
    this.#names += links.names.length;
    for (const [oldest] of this.#known) {
      if (this.#names <= maxNames || oldest === inode) break;
      this.#forget(oldest);
    }
  }

  #forget(inode: string): void {
    const names = this.#known.get(inode)?.names ?? [];
    this.#names -= names.length;
    for (const name of names) if (this.#inodes.get(name) === inode) this.#inodes.delete(name);
    this.#known.delete(inode);
  }
}
