import type { SyncSettings } from '../../../src/api/replication-settings.ts';
import { Failure } from '../../../src/process/failure.ts';
import type { RelPath } from '../changes/change.ts';
import { waitForCalm } from '../deletions/wait-for-calm.ts';
import type { LockMode } from '../locks/lock-modes.ts';
import type { PathLocks } from '../locks/path-locks.ts';
import type { Semaphore } from '../replicate/semaphore.ts';
import { encodeFileList } from '../rsync/file-list.ts';
import type { Flavor } from '../rsync/flags.ts';
import type { RsyncRun, RunResult } from '../rsync/run.ts';
import type { StandbyPool } from '../rsync/standby.ts';
import { findLinkNames } from '../source/find.ts';
import type { Look, SourceRoot } from '../source/source-root.ts';
import { LinkedSince, type OpenPlan } from './linked-since.ts';
import { Overlaps } from './overlaps.ts';
import { PartialRuns } from './partial-runs.ts';
import { bigFileBytes, type PlannedRun, planRuns, type RunPlan, type Work } from './plan-runs.ts';
import { SentVersions } from './sent-versions.ts';
import type { SkippedEntries } from './skipped-entries.ts';

export interface ExecutorOptions {
  readonly sync: SyncSettings;
  readonly source: SourceRoot;
  readonly locks: PathLocks;
  readonly standby: StandbyPool;
  /** With a path the run sends that one alone. */
  readonly startRun: (flavor: Flavor, path?: RelPath) => RsyncRun;
  /** Bounds how many rsync processes work at a time. */
  readonly slots: Semaphore;
  readonly skipped: SkippedEntries;
  readonly excludes: (path: RelPath) => boolean;
  readonly onRun: (result: RunResult, run: PlannedRun) => void;
  /** Directories whose own attributes have to be sent once more. */
  readonly onDoubtful: (directories: readonly RelPath[]) => void;
}

/** What became of some work. `failed` is the run that says why the session can't go on. */
export interface Executed {
  /** To be done again, at once (`vanished`) or after a pause. */
  readonly retry: readonly RelPath[];
  readonly vanished: readonly RelPath[];
  /** What was to be deleted and may be there again: the target may still have the old one, with all below it. */
  readonly back: readonly RelPath[];
  readonly failed: RunResult | undefined;
  /** Deletions that were not made because the source is empty or gone. */
  readonly withheld: readonly RelPath[];
  readonly deleted: number;
}

/** These put a file of its own in the place of a name of another. */
const mayUnlink: ReadonlySet<Flavor> = new Set(['content', 'holes', 'append', 'attributes']);
const readsWhole: ReadonlySet<Flavor> = new Set(['content', 'links', 'holes']);

/** `outdated`: what the plan knew of links is no longer so; the work is to be planned anew. */
type NotRun = 'locked' | 'outdated';

/** Brings paths to the target with as many runs as it takes, each under locks on what it touches. */
export class Executor {
  readonly #options: ExecutorOptions;
  readonly #overlaps = new Overlaps();
  readonly #partial: PartialRuns;
  readonly #linkedSince = new LinkedSince();
  /** Which versions of files this session has sent. */
  readonly sent = new SentVersions();
  /** Sizes of big files as they were last sent, to know what has only grown since. */
  readonly #sentSizes = new Map<RelPath, number>();

  constructor(options: ExecutorOptions) {
    this.#options = options;
    this.#partial = new PartialRuns(options.source, options.skipped);
  }

  /** `onSent` is called when all is sent and deletions remain, which wait a little. */
  async execute(work: Work, onSent: () => void = () => {}): Promise<Executed> {
    const open = this.#linkedSince.open();
    try {
      return await this.#execute(work, open, onSent);
    } finally {
      this.#linkedSince.close(open);
    }
  }

  async #execute(work: Work, open: OpenPlan, onSent: () => void): Promise<Executed> {
    const looks = new Map<RelPath, Look>();
    const lookedAt = Date.now();
    const look = (path: RelPath): Look => {
      let known = looks.get(path);
      if (known === undefined) {
        known = this.#options.source.look(path);
        looks.set(path, known);
      }
      return known;
    };
    const wanted = this.#withSkippedContent(work);
    const names = await this.#linkNames(wanted, look);
    const plan = planRuns(wanted, {
      sync: this.#options.sync,
      look,
      // The file may have got this name after the search.
      linkNames: (inode, path) => [...new Set([path, ...(names.get(inode) ?? [])])],
      sentSize: (path) => this.#sentSizes.get(path),
    });
    for (const { path, why } of plan.skipped) this.#options.skipped.add(path, why);
    const first = await this.#runAll(plan.runs, open);
    for (const path of first.sent) {
      const seen = looks.get(path);
      if (seen?.kind === 'file') this.sent.note(path, seen.changedAt, lookedAt);
    }
    const second = await this.#deleteAll(plan, open, first, work.released === true, onSent);
    return {
      retry: [...first.retry, ...second.retry],
      vanished: first.vanished,
      back: second.back,
      failed: first.failed ?? second.failed,
      withheld: second.withheld,
      deleted: second.deleted,
    };
  }

  /** Of what could not be copied the target has older content, whose size and time may be the same. */
  #withSkippedContent(work: Work): Work {
    const { skipped } = this.#options;
    if (skipped.count === 0) return work;
    return { ...work, content: [...work.content, ...work.attributes.filter((path) => skipped.has(path))] };
  }

  async #linkNames(work: Work, look: (path: RelPath) => Look): Promise<Map<string, RelPath[]>> {
    if (!this.#options.sync.preserve.hardLinks) return new Map();
    const inodes = new Set<string>();
    for (const path of [...work.content, ...work.attributes, ...work.deletes]) {
      const seen = look(path);
      if (seen.kind === 'file' && seen.links > 1) inodes.add(seen.inode);
    }
    if (inodes.size === 0) return new Map();
    const names = await findLinkNames(this.#options.source.path, [...inodes]);
    for (const [inode, paths] of names) {
      names.set(
        inode,
        paths.filter((path) => !this.#options.excludes(path)),
      );
    }
    return names;
  }

  async #deleteAll(
    plan: RunPlan,
    open: OpenPlan,
    before: RunsDone,
    released: boolean,
    onSent: () => void,
  ): Promise<RunsDone & { back: readonly RelPath[]; withheld: readonly RelPath[]; deleted: number }> {
    const nothing = { retry: [], vanished: [], back: [], failed: undefined, withheld: [], deleted: 0, sent: [] };
    if (plan.deletions.length === 0) return nothing;
    // Where there is no room deletions are what makes it.
    if (before.failed !== undefined && before.failed.reason !== 'TargetFull')
      return { ...nothing, retry: [...plan.deletions] };
    onSent();
    const { source, sync } = this.#options;
    await waitForCalm(() => source.deletionsSeen, plan.deletions.length);
    const state = source.check();
    const guarded = !released && sync.deleteGuard.maxPercent < 100;
    if (state !== 'same' || (guarded && source.isEmpty())) return { ...nothing, withheld: plan.deletions };
    const isGone = (path: RelPath): boolean => source.look(path).kind === 'gone';
    const gone = new Set(plan.deletions.filter(isGone));
    const parents = [...plan.parents].filter((path) => path !== '' && source.look(path).kind === 'directory');
    const directories = new Set(parents);
    const done = await this.#runAll([{ flavor: 'delete', paths: [...gone, ...parents], directories, bytes: 0 }], open);
    if (this.#options.skipped.count > 0) this.#options.skipped.removeBelow(gone);
    // rsync deletes nothing where there is something again by the time it looks, and says nothing of it.
    const again = new Set(done.retry);
    const back = plan.deletions.filter((path) => !gone.has(path) || again.has(path) || !isGone(path));
    return { ...done, back, withheld: [], deleted: gone.size };
  }

  async #runAll(runs: readonly PlannedRun[], open: OpenPlan): Promise<RunsDone> {
    const results = await Promise.all(
      runs.map(async (run) => ({ run, result: await this.#runUnlessLocked(run, open) })),
    );
    const retry: RelPath[] = [];
    const vanished: RelPath[] = [];
    const sent: RelPath[] = [];
    let failed: RunResult | undefined;
    for (const { run, result } of results) {
      if (result === 'locked') retry.push(...run.paths);
      else if (result === 'outdated') vanished.push(...run.paths);
      else if (result.outcome === 'ok') {
        this.#partial.forget(run.paths);
        for (const { path } of result.complaints.filter((c) => c.vanished)) if (path !== undefined) vanished.push(path);
        if (result.complaints.length === 0 && readsWhole.has(run.flavor)) for (const path of run.paths) sent.push(path);
      } else if (result.outcome === 'partial') {
        const judged = this.#partial.judge(run.paths, result);
        retry.push(...judged.retry);
        if (judged.full) failed = result;
      } else {
        failed = result;
        retry.push(...run.paths);
      }
    }
    return { retry, vanished, failed, sent };
  }

  /** A lock that was not had in time, or given up to end a deadlock, only postpones the work. */
  async #runUnlessLocked(run: PlannedRun, open: OpenPlan): Promise<RunResult | NotRun> {
    try {
      const result = await this.#run(run, run.flavor, open);
      // rsync appends to nothing that is as long or longer at the target, and says nothing of it.
      const passedOver =
        run.flavor === 'append' && result !== 'outdated' && result.outcome === 'ok' && result.stats.transferred === 0;
      return passedOver ? await this.#run({ ...run, flavor: 'content' }, 'content', open) : result;
    } catch (error) {
      if (error instanceof Failure && (error.code === 'LockTimeout' || error.code === 'Deadlock')) return 'locked';
      throw error;
    }
  }

  async #run(run: PlannedRun, flavor: Flavor, open: OpenPlan): Promise<RunResult | 'outdated'> {
    const { slots, locks, standby, startRun, skipped } = this.#options;
    const overlaps = this.#overlaps;
    const big = run.bytes >= bigFileBytes && run.paths.length === 1;
    const release = await slots.acquire(big);
    try {
      // A directory's own attributes are sent beside what happens inside it; Overlaps mends its times.
      const modeOf = (path: RelPath): LockMode => (run.directories?.has(path) ? 'IX' : 'X');
      const held = await locks.acquire(run.paths.map((path) => ({ path, mode: modeOf(path) })));
      try {
        if (mayUnlink.has(flavor) && this.#linkedSince.any(open, run.paths)) return 'outdated';
        const process =
          flavor === 'content' && !big ? standby.take() : startRun(flavor, big ? run.paths[0] : undefined);
        const end = overlaps.begin(run.paths);
        const result = await process.feed(encodeFileList(run.paths));
        if (flavor === 'links') this.#linkedSince.note(run.paths);
        const doubtful = end();
        if (doubtful.length > 0) this.#options.onDoubtful(doubtful);
        if (result.outcome === 'ok') {
          if (big) this.#rememberSize(run, result);
          if (skipped.count > 0) for (const path of run.paths) skipped.remove(path);
        }
        this.#options.onRun(result, run);
        return result;
      } finally {
        held.release();
      }
    } finally {
      release();
    }
  }

  /** An append that had to be sent again as a whole is no append: such a file is never appended to any more. */
  #rememberSize(run: PlannedRun, result: RunResult): void {
    const path = run.paths[0] as RelPath;
    const sent = this.#sentSizes.get(path) ?? 0;
    const redone = run.flavor === 'append' && result.stats.literalBytes > (run.bytes - sent) * 2 + 1024 * 1024;
    this.#sentSizes.delete(path);
    if (!redone) this.#sentSizes.set(path, run.bytes);
    if (this.#sentSizes.size > 1_000) this.#sentSizes.delete(this.#sentSizes.keys().next().value as RelPath);
  }
}

interface RunsDone {
  readonly retry: readonly RelPath[];
  readonly vanished: readonly RelPath[];
  readonly failed: RunResult | undefined;
  /** What was read whole at the source and is now so at the target. */
  readonly sent: readonly RelPath[];
}
