import type { SyncSettings } from '../../../src/api/settings/replication-settings.ts';
import type { Filter } from '../../filter/filter.ts';
import type { RelPath } from '../changes/change.ts';
import { parentOf } from '../changes/paths.ts';
import type { Flavor } from '../rsync/flags.ts';
import type { LeftOutWhy } from '../rsync/itemize.ts';
import type { Look } from '../source/source-view.ts';

/** What is to be made equal on the target. Every path is looked at anew: events only said where. */
export interface Work {
  readonly content: readonly RelPath[];
  readonly attributes: readonly RelPath[];
  readonly deletes: readonly RelPath[];
  /** Those of `content` that were made since and that the target can't have. */
  readonly fresh?: ReadonlySet<RelPath>;
  /** The target has nothing of these names. */
  readonly isNew?: boolean;
}

export interface PlannedRun {
  readonly flavor: Extract<Flavor, 'content' | 'links' | 'newLinks' | 'attributes' | 'append' | 'holes'>;
  readonly paths: RelPath[];
  /** Those of them that are directories: of these only their own attributes are sent. */
  readonly directories?: ReadonlySet<RelPath>;
  /** Of new links: all names of the files, also those that the target has as they are to be. */
  readonly names?: ReadonlySet<RelPath>;
  readonly bytes: number;
  /** Of a big file's run: which file it is. */
  readonly inode?: string;
  /** Likewise: the target has nothing of its name. */
  readonly isNew?: boolean;
}

export interface Skipped {
  readonly path: RelPath;
  readonly why: 'too-long' | 'denied' | 'failed' | LeftOutWhy;
}

export interface RunPlan {
  readonly runs: readonly PlannedRun[];
  readonly skipped: readonly Skipped[];
  /** Topmost paths that are gone at the source; none of the runs deletes them. */
  readonly deletions: readonly RelPath[];
  /** The directories that the deletions are made in: their own times have to be right afterwards. */
  readonly parents: ReadonlySet<RelPath>;
}

export interface PlanContext {
  readonly sync: SyncSettings;
  /** Larger files are left out, bytes. */
  readonly maxFileSize?: number | undefined;
  /** Of what is left out: the target has nothing under its name. */
  readonly isClear: (path: RelPath) => boolean;
  readonly excludes: Filter['excludes'];
  readonly look: (path: RelPath) => Look;
  /** Every name of a file with more than one, itself included; `fresh`: those that it got, if nothing else is known of any. */
  readonly linkNames: (
    inode: string,
    path: RelPath,
  ) => { readonly names: readonly RelPath[]; readonly fresh?: ReadonlySet<RelPath> };
  /** Which file was last sent under this name, and of what size, where that is remembered. */
  readonly lastSent: (path: RelPath) => Pick<PlannedRun, 'inode' | 'bytes'> | undefined;
  /** The target keeps what a run replaces. */
  readonly hasHistory?: boolean | undefined;
}

/** A file of this size gets a run of its own, so that it holds up no other. */
export const bigFileBytes = 8 * 1024 * 1024;
/** So many names that a file had before are listed with its new ones. */
const knownNames = 8;
/** Below it re-reading files costs less than another process. */
const cheapBytes = 256 * 1024;
/** What a file of no bytes costs all the same. */
const fileCostBytes = 4 * 1024;

/** Sorts paths into runs; pure but for the looks that are passed in. Sizes in bytes. */
export function planRuns(work: Work, context: PlanContext): RunPlan {
  const plan = new Planner(context, work.isNew === true);
  for (const path of work.deletes) plan.place(path, true);
  for (const path of work.content) plan.place(path, true);
  for (const path of work.attributes) plan.place(path, false);
  return plan.finish();
}

class Planner {
  readonly #context: PlanContext;
  readonly #isNew: boolean;
  readonly #seen = new Set<RelPath>();
  readonly #directories = new Map<RelPath, Ground>();
  readonly #content: RelPath[] = [];
  readonly #sentDirectories = new Set<RelPath>();
  readonly #attributes: RelPath[] = [];
  /** Small files of which only the attributes changed, with their sizes. */
  readonly #slight = new Map<RelPath, number>();
  readonly #links = new Set<RelPath>();
  readonly #newLinks = new Set<RelPath>();
  readonly #newLinked = new Set<RelPath>();
  readonly #big: PlannedRun[] = [];
  readonly #skipped: Skipped[] = [];
  readonly #deletions = new Set<RelPath>();
  readonly #parents = new Set<RelPath>();
  #contentBytes = 0;

  constructor(context: PlanContext, isNew: boolean) {
    this.#context = context;
    this.#isNew = isNew;
  }

  place(path: RelPath, content: boolean): void {
    if (this.#seen.has(path)) return;
    this.#seen.add(path);
    if (path === '') {
      this.#sentDirectories.add('');
      this.#send('', 0);
      return;
    }
    const ground = this.#groundOf(parentOf(path));
    // What stands in the place of a directory is sent instead: nothing below it is reached through a symlink.
    if (ground.kind === 'gone') this.#delete(ground.top);
    else if (ground.kind === 'other') this.place(ground.top, true);
    // What can't be looked at says nothing of what is below it.
    else if (ground.kind === 'unreachable') this.#skipped.push({ path, why: ground.why });
    else this.#placeEntry(path, content);
  }

  finish(): RunPlan {
    this.#placeSlight();
    const runs: PlannedRun[] = [];
    if (this.#content.length > 0) {
      const directories = this.#sentDirectories;
      runs.push({ flavor: 'content', paths: this.#content, directories, bytes: this.#contentBytes });
    }
    if (this.#attributes.length > 0) runs.push({ flavor: 'attributes', paths: this.#attributes, bytes: 0 });
    if (this.#links.size > 0) runs.push({ flavor: 'links', paths: [...this.#links], bytes: 0 });
    if (this.#newLinks.size > 0)
      runs.push({ flavor: 'newLinks', paths: [...this.#newLinks], names: this.#newLinked, bytes: 0 });
    return {
      runs: [...runs, ...this.#big],
      skipped: this.#skipped,
      deletions: [...this.#deletions],
      parents: this.#parents,
    };
  }

  #placeEntry(path: RelPath, content: boolean): void {
    const look = this.#context.look(path);
    // As what it is now it is nobody's to send; what had the name is no more.
    if (isThere(look) && this.#context.excludes(path, look.kind === 'directory')) {
      this.#delete(path);
      return;
    }
    switch (look.kind) {
      case 'gone':
        this.#delete(path);
        return;
      case 'unreachable':
        this.#skipped.push({ path, why: look.why });
        return;
      case 'special':
        if (this.#context.sync.preserve.devices) this.#send(path, 0);
        else if (this.#context.isClear(path)) this.#skipped.push({ path, why: 'special-file' });
        else {
          this.#leaveOut(path, 'special-file');
          // What had the name is no more.
          this.#delete(path);
        }
        return;
      case 'file':
        if (look.size > (this.#context.maxFileSize ?? Number.POSITIVE_INFINITY)) this.#leaveOut(path, 'too-large');
        else if (!this.#placeNames(path, look, look.size)) this.#placeFile(path, look, content);
        return;
      case 'symlink':
        // Of a symlink that had to be made anew no statistics tell.
        if (!this.#placeNames(path, look, Number.POSITIVE_INFINITY)) this.#send(path, 0);
        return;
      case 'directory':
        this.#sentDirectories.add(path);
        this.#send(path, 0);
    }
  }

  /** Its directory has another time for it all the same. */
  #leaveOut(path: RelPath, why: LeftOutWhy): void {
    this.#skipped.push({ path, why });
    this.place(parentOf(path), false);
  }

  /** All names of what has several are sent together. @returns whether it has */
  #placeNames(
    path: RelPath,
    { links, inode }: { readonly links: number; readonly inode: string },
    size: number,
  ): boolean {
    const { sync, linkNames } = this.#context;
    if (links <= 1 || !sync.preserve.hardLinks) return false;
    const { names, fresh } = linkNames(inode, path);
    // One name that the target has is enough to link the new ones to; any of these may have been made just now.
    const known = new Set(names.filter((name) => !fresh?.has(name)).slice(0, knownNames));
    // A sender that reads a big file to compare it says nothing meanwhile, and would be taken for one that hangs.
    const isNew = fresh !== undefined && known.size > 0 && size < cheapBytes;
    for (const name of names) {
      this.#seen.add(name);
      if (!isNew) this.#links.add(name);
      else {
        this.#newLinked.add(name);
        if (known.has(name) || fresh.has(name)) this.#newLinks.add(name);
      }
    }
    return true;
  }

  #placeFile(path: RelPath, look: Extract<Look, { kind: 'file' }>, content: boolean): void {
    const { lastSent, hasHistory = false } = this.#context;
    if (!content && look.size > cheapBytes) this.#attributes.push(path);
    else if (!content) this.#slight.set(path, look.size);
    else if (look.size < bigFileBytes) this.#send(path, look.size);
    else {
      const last = hasHistory ? undefined : lastSent(path);
      const sent = last?.inode === look.inode ? last.bytes : undefined;
      const grown = sent !== undefined && sent >= bigFileBytes && sent < look.size;
      const holes = look.allocated * 2 < look.size;
      this.#big.push({
        flavor: grown ? 'append' : holes ? 'holes' : 'content',
        paths: [path],
        bytes: look.size,
        inode: look.inode,
        isNew: this.#isNew,
      });
    }
  }

  /** A few go along with the content; very many are not read for it. */
  #placeSlight(): void {
    const { sync, hasHistory = false } = this.#context;
    let bytes = 0;
    for (const size of this.#slight.values()) bytes += size + fileCostBytes;
    // What is changed in place has no past of these.
    const isKept = hasHistory && (sync.preserve.xattrs || sync.preserve.acls);
    const apart = !isKept && (this.#attributes.length > 0 || bytes > cheapBytes);
    for (const [path, size] of this.#slight) {
      if (apart) this.#attributes.push(path);
      else this.#send(path, size);
    }
  }

  #send(path: RelPath, bytes: number): void {
    this.#content.push(path);
    this.#contentBytes += bytes;
  }

  /** `top` is missing and its parent is there: rsync deletes only such. */
  #delete(top: RelPath): void {
    if (this.#context.sync.delete === 'Keep' || this.#deletions.has(top)) return;
    this.#seen.add(top);
    this.#deletions.add(top);
    this.#parents.add(parentOf(top));
  }

  /** Whether a directory is one, or which topmost path above it is not. */
  #groundOf(directory: RelPath): Ground {
    if (directory === '') return { kind: 'ok' };
    const known = this.#directories.get(directory);
    if (known !== undefined) return known;
    let ground = this.#groundOf(parentOf(directory));
    if (ground.kind === 'ok') {
      const look = this.#context.look(directory);
      if (look.kind === 'gone') ground = { kind: 'gone', top: directory };
      else if (look.kind === 'unreachable') ground = look;
      else if (look.kind !== 'directory') ground = { kind: 'other', top: directory };
    }
    this.#directories.set(directory, ground);
    return ground;
  }
}

const isThere = ({ kind }: Look): boolean => kind !== 'gone' && kind !== 'unreachable';

type Ground =
  | { readonly kind: 'ok' }
  | { readonly kind: 'gone' | 'other'; readonly top: RelPath }
  | Extract<Look, { kind: 'unreachable' }>;
