import type { RelPath } from '../../../../sidecar/agent/changes/change.ts';
import { escapeName } from '../../../../sidecar/agent/rsync/itemize.ts';
import type { Random } from '../../../storm/random.ts';
import { happens } from '../../world/streams.ts';
import type { Volume } from '../volume.ts';
import { type ListEntry, makeFileList } from './file-list.ts';
import { listComplaint, type Places } from './messages.ts';
import type { PartialStore } from './partial-store.ts';
import { type PushEnd, PushReport } from './push-report.ts';
import type { RsyncOptions } from './rsync-options.ts';
import { extraneousIn, itemOf, listDown, needOf, removeDown } from './target-side.ts';
import { type FileOutcome, transferFile } from './transfer-file.ts';

/** Whose step comes next: a side that is dead makes none. `finish`: the target has all of a file and needs no sender for it. */
export type Side = 'sender' | 'target' | 'finish';

export interface PushContext {
  readonly source: Volume;
  readonly target: Volume;
  readonly partials: PartialStore;
  readonly options: RsyncOptions;
  readonly lines: readonly string[];
  readonly places: Places;
  readonly random: Random;
  /** Wall clock of the target, ms. */
  readonly now: () => number;
  /** Called once, when all of the list was looked at and nothing was opened yet. */
  readonly onListed?: () => void;
}

/** One rsync push in its real steps; between two yields anything may happen to either side. */
export function* push(context: PushContext): Generator<Side, PushEnd> {
  const run = new Push(context);
  yield* run.work();
  return run.end();
}

class Push {
  readonly #context: PushContext;
  readonly #report: PushReport;
  readonly #leaders = new Map<string, RelPath>();
  readonly #followers: ListEntry[] = [];

  constructor(context: PushContext) {
    this.#context = context;
    this.#report = new PushReport(context.places);
  }

  end(): PushEnd {
    return this.#report.end(this.#context.options.itemize);
  }

  *work(): Generator<Side> {
    const { source, lines, options, places } = this.#context;
    const making = makeFileList(source, lines, options);
    let step = making.next();
    for (; !step.done; step = making.next()) yield 'sender';
    const { entries, problems, skipped } = step.value;
    for (const problem of problems) {
      this.#report.error(listComplaint(places, problem));
      if (problem.parentOf !== undefined)
        this.#report.error(`WARNING: parent dir is absent in the file list: ${problem.path}`);
      if (problem.kind === 'vanished') this.#report.vanished = true;
      else this.#report.failed = true;
    }
    for (const path of skipped) this.#report.skipped(path);
    const sent = entries.filter(({ type }) => type !== 'missing');
    this.#report.counts.files = entries.length + skipped.length;
    this.#report.counts.directories = sent.filter(({ type }) => type === 'directory').length;
    this.#context.onListed?.();
    yield 'sender';
    yield* this.#generate(
      entries,
      // What is skipped is listed all the same: what has its name is not too much.
      new Set([...entries.map(({ path }) => path), ...skipped]),
      problems.some(({ kind }) => kind === 'opendir'),
    );
  }

  *#generate(entries: readonly ListEntry[], listed: ReadonlySet<RelPath>, hadErrors: boolean): Generator<Side> {
    const { options, random } = this.#context;
    const queue: ListEntry[] = [];
    for (const entry of entries) {
      yield 'target';
      if (entry.hasContent && options.delete && (!hadErrors || options.ignoreErrors))
        this.#deleteIn(entry.path, listed);
      if (this.#generateOne(entry)) queue.push(entry);
      while (queue.length > 0 && !happens(random, 3)) yield* this.#transfer(queue.shift() as ListEntry);
      if (this.#report.fatal !== undefined) return;
    }
    for (const entry of queue) {
      yield* this.#transfer(entry);
      if (this.#report.fatal !== undefined) return;
    }
    for (const entry of this.#followers) {
      yield 'target';
      if (!this.#link(entry)) yield* this.#transfer(entry);
    }
    if (options.dryRun) return;
    for (const entry of entries) if (entry.type === 'directory' && !entry.isImplied) this.#setTimes(entry);
    yield 'target';
  }

  /** @returns whether the file's content is to be sent */
  #generateOne(entry: ListEntry): boolean {
    const { target, options } = this.#context;
    const { path } = entry;
    const there = target.get(path);
    if (entry.type === 'missing') {
      if (there !== undefined) this.#deleteMissing(path, there.type === 'directory');
      return false;
    }
    if (entry.isImplied) return false;
    if (entry.link !== undefined && options.hardLinks) {
      if (this.#leaders.has(entry.link)) {
        this.#followers.push(entry);
        return false;
      }
      this.#leaders.set(entry.link, path);
    }
    const need = needOf(entry, there, options);
    const isInTheWay = there !== undefined && there.type !== entry.type;
    if (options.dryRun && isInTheWay && !this.#sayWayMade(entry)) return false;
    const item = itemOf(entry, there, need, options);
    if (item !== undefined) this.#report.item(item, entry);
    if (options.dryRun) {
      if (there === undefined || there.type !== entry.type) this.#report.counts.created += 1;
      if (need === 'transfer') this.#report.counts.transferred += 1;
      return false;
    }
    if (isInTheWay && !this.#makeWay(entry, there.type === 'directory')) return false;
    if (need === 'transfer') {
      if (there === undefined || there.type !== 'file') this.#report.counts.created += 1;
      return true;
    }
    if (need === 'make' && !this.#make(entry, there?.type === entry.type)) return false;
    this.#setXattrs(entry);
    this.#setMode(entry);
    if (entry.type !== 'directory') this.#setTimes(entry);
    return false;
  }

  #makeWay({ path, type }: ListEntry, isDirectory: boolean): boolean {
    const { target, options } = this.#context;
    if (type === 'file' && !isDirectory) return true;
    const below = listDown(target, path, options.filter).length - 1;
    const done =
      options.force || options.delete
        ? removeDown(target, path, options.filter)
        : isDirectory
          ? target.rmdir(path)
          : target.unlink(path);
    if (done === 'ok') {
      this.#report.counts.deleted += below;
      return true;
    }
    if (done === 'ENOTEMPTY') this.#report.say(`cannot delete non-empty directory: ${escapeName(path)}`);
    return this.#noWay(path, type);
  }

  #make({ path, type, target: linkTarget, mode }: ListEntry, replaces: boolean): boolean {
    const { target } = this.#context;
    if (replaces) target.unlink(path);
    else this.#report.counts.created += 1;
    const made =
      type === 'directory'
        ? target.mkdir(path, mode)
        : type === 'symlink'
          ? target.symlink(linkTarget ?? '', path)
          : target.special(path, type === 'socket' ? 'socket' : 'fifo');
    if (made === 'ok') return true;
    const call = type === 'directory' ? 'recv_generator: mkdir' : 'symlink';
    this.#report.complain(call, path, made);
    return false;
  }

  #noWay(path: RelPath, type: ListEntry['type']): false {
    const what = type === 'directory' ? 'directory' : type === 'symlink' ? 'symlink' : 'regular file';
    this.#report.error(`could not make way for new ${what}: ${escapeName(path)}`);
    this.#report.failed = true;
    return false;
  }

  /** What a directory holds that is to make way; itself it is not told. @returns whether nothing is spared in it */
  #sayWayMade({ path: top, type }: ListEntry): boolean {
    const { target, options } = this.#context;
    const below = listDown(target, top, options.filter);
    for (const { path, isDirectory } of below) if (path !== top) this.#report.deleted(path, isDirectory);
    return below.at(-1)?.path === top || this.#noWay(top, type);
  }

  #deleteIn(directory: RelPath, listed: ReadonlySet<RelPath>): void {
    const { target, options } = this.#context;
    for (const path of extraneousIn(target, directory, listed, options.filter)) {
      const gone = listDown(target, path, options.filter);
      if (this.#report.counts.deleted + gone.length > options.maxDelete) {
        this.#report.withheld = true;
        continue;
      }
      for (const { path: at, isDirectory } of gone) this.#report.deleted(at, isDirectory);
      if (!options.dryRun) removeDown(target, path, options.filter);
    }
  }

  #deleteMissing(path: RelPath, isDirectory: boolean): void {
    const { target, options } = this.#context;
    const gone = options.force || options.delete ? listDown(target, path, options.filter) : [{ path, isDirectory }];
    if (options.dryRun || options.filter.excludes(path, isDirectory)) return;
    const done =
      options.force || options.delete
        ? removeDown(target, path, options.filter)
        : isDirectory
          ? target.rmdir(path)
          : target.unlink(path);
    // Without --force rsync leaves a full directory where it is, and says nothing that its exit code would show.
    if (done === 'ENOTEMPTY') this.#report.say(`cannot delete non-empty directory: ${escapeName(path)}`);
    else if (done !== 'ok') this.#report.complain(`delete_file: ${isDirectory ? 'rmdir' : 'unlink'}`, path, done);
    if (done === 'ok' || (done === 'ENOTEMPTY' && options.force)) this.#report.counts.deleted += gone.length;
  }

  *#transfer(entry: ListEntry): Generator<Side> {
    const outcome: FileOutcome = yield* transferFile(entry, this.#context);
    this.#report.counts.literal += outcome.literal;
    this.#report.counts.matched += outcome.matched;
    this.#report.counts.transferred += outcome.transferred;
    this.#report.error(...outcome.complaints);
    if (outcome.kind === 'vanished') this.#report.vanished = true;
    else if (outcome.kind === 'failed' || outcome.complaints.length > 0) this.#report.failed = true;
    if (outcome.kind === 'full') this.#report.fatal = 11;
  }

  #link(entry: ListEntry): boolean {
    const { target, options } = this.#context;
    const leader = this.#leaders.get(entry.link ?? '') ?? '';
    const first = target.get(leader);
    const there = target.get(entry.path);
    if (options.dryRun) {
      const same = first !== undefined && first === there;
      if (!same)
        this.#report.item(
          `h${entry.type === 'symlink' ? 'L' : 'f'}${there === undefined ? '+++++++++' : '.........'}`,
          entry,
        );
      if (there === undefined) this.#report.counts.created += 1;
      return true;
    }
    if (first === undefined || first.type !== entry.type) return entry.type !== 'file';
    if (first === there) return true;
    if (there !== undefined && removeDown(target, entry.path) !== 'ok') return true;
    else if (there === undefined) this.#report.counts.created += 1;
    const done = target.link(leader, entry.path);
    if (done !== 'ok') this.#report.complain('link', entry.path, done);
    return true;
  }

  #setXattrs({ path, xattrs, type }: ListEntry): void {
    const { target, options } = this.#context;
    const there = target.get(path);
    if (!options.xattrs || type === 'symlink' || there?.type !== type || there.xattrs === xattrs) return;
    const done = target.setXattrs(path, xattrs);
    if (done !== 'ok') this.#report.complain('failed to set xattrs on', path, done);
  }

  #setMode({ path, mode, type }: ListEntry): void {
    const { target, options } = this.#context;
    const there = target.get(path);
    if (!options.perms || type === 'symlink' || there?.type !== type || there.mode === mode) return;
    const done = target.chmod(path, mode);
    if (done !== 'ok') this.#report.complain('failed to set permissions on', path, done);
  }

  #setTimes({ path, mtime, type }: ListEntry): void {
    const { target, options } = this.#context;
    const there = target.get(path);
    if (!options.times || there?.type !== type || there.mtime === mtime) return;
    const done = target.utimes(path, mtime);
    if (done !== 'ok') this.#report.complain('failed to set times on', path, done);
  }
}
