import type { SyncSettings } from '../../../src/api/settings/replication-settings.ts';
import type { Clock } from '../../../src/process/clock.ts';
import type { RelPath } from '../changes/change.ts';
import type { LockMode } from '../locks/lock-modes.ts';
import { isLockLost, type PathLocks } from '../locks/path-locks.ts';
import { encodeFileList } from '../rsync/file-list.ts';
import type { Flavor } from '../rsync/flags.ts';
import type { Run, RunResult } from '../rsync/run.ts';
import type { Look, SourceView } from '../source/source-view.ts';
import { LinkedSince, type OpenPlan } from './names/linked-since.ts';
import type { RecentNames } from './names/recent-names.ts';
import { linkGroups, withLinkedNames } from './names/with-linked-names.ts';
import { judgeRun, type Refused } from './outcome/judge-run.ts';
import { beginLooks, type Looks } from './outcome/looks.ts';
import { secondRun } from './outcome/second-run.ts';
import { SentVersions } from './outcome/sent-versions.ts';
import { isFile, isStill } from './outcome/still.ts';
import { Overlaps } from './overlaps.ts';
import { bigFileBytes, type PlannedRun, planRuns, type RunPlan, type Skipped, type Work } from './plan-runs.ts';
import { preserveOf } from './preserve.ts';

export interface ExecutorOptions {
  readonly sync: SyncSettings;
  readonly maxFileSize?: number | undefined;
  readonly source: SourceView;
  readonly locks: PathLocks;
  readonly clock: Clock;
  /** `path` is given for a run of one big file: what a broken run leaves of it is kept under its name. */
  readonly startRun: (flavor: Flavor, path?: RelPath, isNew?: boolean) => Run;
  readonly excludes: (path: RelPath, isDirectory: boolean) => boolean;
  /** Of what is owed the target has older content, whose size and time may be the same. */
  readonly isOwed: (path: RelPath) => boolean;
  readonly isClear: (path: RelPath) => boolean;
  /** Which file (its inode) was sent last under a name. */
  readonly sentAs: Pick<RecentNames<string>, 'set'>;
  /** The target keeps what a run replaces, which must not be appended to in place either. */
  readonly hasHistory?: boolean;
  /** Resolves when it would be told if one of these names went. */
  readonly untilSeen: (paths: readonly RelPath[]) => Promise<void>;
  readonly onRun: (result: RunResult, run: PlannedRun) => void;
  /** Directories whose own attributes have to be sent once more. */
  readonly onDoubtful: (directories: readonly RelPath[]) => void;
}

/** What became of some work. `failed` is the run that says why the session can't go on. */
export interface Executed {
  /** On the target, as it was when it was looked at before and after. */
  readonly arrived: readonly RelPath[];
  /** To be done again at once: vanished, locked, or planned on what is no longer so. */
  readonly again: readonly RelPath[];
  /** Was changed while it was read: the target may have any mixture of both versions. */
  readonly changing: readonly RelPath[];
  readonly refused: readonly Refused[];
  /** Can't be copied by its nature, or is left out for its size. */
  readonly special: readonly Skipped[];
  readonly failed: RunResult | undefined;
}

export const nothingSent: Executed = {
  arrived: [],
  again: [],
  changing: [],
  refused: [],
  special: [],
  failed: undefined,
};

/** Work, looked at and sorted into runs. */
export interface Plan {
  /** Files so big that each is to be sent in a place of its own, the small first. */
  readonly big: readonly RelPath[];
  /** Topmost names that are gone at the source, and the directories that they were in. */
  readonly deletions: readonly RelPath[];
  readonly parents: ReadonlySet<RelPath>;
  readonly skipped: readonly Skipped[];
  readonly runs: readonly PlannedRun[];
  readonly bigRuns: readonly PlannedRun[];
  readonly open: OpenPlan;
  readonly looks: Looks;
}

/** By what it is, so that nothing is owed. */
const isLeftOut = ({ why }: Skipped): boolean => why === 'special-file' || why === 'too-large';

const isBig = (run: PlannedRun): boolean => run.bytes >= bigFileBytes && run.paths.length === 1;

/** These put a file of its own in the place of a name of another. */
const mayUnlink: ReadonlySet<Flavor> = new Set(['content', 'holes', 'append', 'attributes']);
const keepsLinks: ReadonlySet<Flavor> = new Set(['links', 'newLinks']);
const readsWhole: ReadonlySet<Flavor> = new Set(['content', 'links', 'newLinks', 'holes']);

/** `outdated`: what the plan knew of links is no longer so; the work is to be planned anew. */
type NotRun = 'locked' | 'outdated';

/** Brings paths to the target with as many runs as it takes, each under locks on what it touches. It deletes nothing. */
export class Executor {
  readonly #options: ExecutorOptions;
  readonly #overlaps = new Overlaps();
  readonly #linkedSince = new LinkedSince();
  /** Which versions of files this session has sent. */
  readonly sent = new SentVersions();
  /** Sizes of big files as they were last sent, to know what has only grown since. */
  readonly #sentSizes = new Map<RelPath, Pick<PlannedRun, 'inode' | 'bytes'>>();

  constructor(options: ExecutorOptions) {
    this.#options = options;
  }

  /** Looks at every path, and sorts it into runs. What is planned has to be carried out, or given up. */
  async plan(work: Work): Promise<Plan> {
    const open = this.#linkedSince.open();
    try {
      const looks = beginLooks(this.#options);
      const plan = await this.#planRuns(work, looks);
      const big = plan.runs.filter(isBig).sort((a, b) => a.bytes - b.bytes);
      return {
        big: big.flatMap(({ paths }) => paths),
        deletions: plan.deletions,
        parents: plan.parents,
        skipped: plan.skipped,
        runs: plan.runs.filter((run) => !isBig(run)),
        bigRuns: big,
        open,
        looks,
      };
    } catch (error) {
      this.#linkedSince.close(open);
      throw error;
    }
  }

  /** Sends what was planned, big files left out. */
  carryOut({ runs, ...plan }: Plan): Promise<Executed> {
    return this.#carryOut(runs, plan);
  }

  /** Sends one file, however big it is; one that the target has nothing of may be told so. */
  async sendBig(path: RelPath, isNew = false): Promise<Executed & Pick<Plan, 'deletions' | 'parents'>> {
    const plan = await this.plan({ content: [path], attributes: [], deletes: [], isNew });
    return { ...(await this.#carryOut([...plan.runs, ...plan.bigRuns], plan)), ...plan };
  }

  async #carryOut(runs: readonly PlannedRun[], { open, looks, skipped }: Omit<Plan, 'runs'>): Promise<Executed> {
    try {
      const done = await Promise.all(runs.map((run) => this.#runOne(run, open, looks)));
      return {
        arrived: done.flatMap(({ arrived }) => arrived),
        again: done.flatMap(({ again }) => again),
        changing: done.flatMap(({ changing }) => changing),
        refused: [
          ...skipped.filter((one) => !isLeftOut(one)).map(({ path, why }) => unreachable(path, why)),
          ...done.flatMap(({ refused }) => refused),
        ],
        special: skipped.filter(isLeftOut),
        failed: done.find(({ failed }) => failed !== undefined)?.failed,
      };
    } finally {
      this.#linkedSince.close(open);
    }
  }

  async #planRuns(given: Work, { look }: Looks): Promise<RunPlan> {
    const { sync, maxFileSize, isOwed, isClear, hasHistory, excludes, untilSeen } = this.#options;
    const names = await this.#linkNames(given, look);
    const work = withLinkedNames(given, { names, excludes, look });
    // What another has found here, and not an event, may be where nobody watches yet.
    await untilSeen(work.content);
    const owed = work.attributes.filter(isOwed);
    const wanted = owed.length === 0 ? work : { ...work, content: [...work.content, ...owed] };
    return planRuns(wanted, {
      sync,
      maxFileSize,
      isClear,
      excludes,
      look,
      linkNames: linkGroups(given, { names, excludes, isOwed }),
      hasHistory,
      lastSent: (path) => this.#sentSizes.get(path),
    });
  }

  async #linkNames(work: Work, look: (path: RelPath) => Look): Promise<Map<string, RelPath[]>> {
    const inodes = new Set<string>();
    for (const path of [...work.content, ...work.attributes, ...work.deletes]) {
      const seen = look(path);
      if ('links' in seen && seen.links > 1) inodes.add(seen.inode);
    }
    if (inodes.size === 0) return new Map();
    return this.#options.source.linkNames([...inodes]);
  }

  async #runOne(run: PlannedRun, open: OpenPlan, looks: Looks): Promise<RunDone> {
    // Of a file's other names too: should another take one of them, all are linked to what that one holds.
    if (keepsLinks.has(run.flavor)) for (const path of run.paths) looks.look(path);
    const result = await this.#runUnlessLocked(run, open);
    const nothing = { arrived: [], again: [], changing: [], refused: [], failed: undefined };
    if (result === 'locked' || result === 'outdated') return { ...nothing, again: run.paths };
    const verdict = judgeRun(run.paths, result);
    if (verdict.failed) return { ...nothing, again: run.paths, failed: result };
    const changing = verdict.arrived.filter((path) => !this.#isStill(path, looks));
    const moved = new Set(changing);
    const arrived = changing.length === 0 ? verdict.arrived : verdict.arrived.filter((path) => !moved.has(path));
    this.#noteSent(run, arrived, looks);
    const again = keepsLinks.has(run.flavor)
      ? [...verdict.again, ...(await this.#missedNames(run, looks))]
      : verdict.again;
    return { ...nothing, arrived, changing, again, refused: verdict.refused };
  }

  /** A name that was moved while the names were looked for may have been missed: its group is sent once more, whole. */
  async #missedNames(run: PlannedRun, { known }: Looks): Promise<RelPath[]> {
    const inodes = new Set<string>();
    for (const path of run.paths) {
      const seen = known.get(path);
      if (seen !== undefined && 'links' in seen) inodes.add(seen.inode);
    }
    const sent = new Set([...run.paths, ...(run.names ?? [])]);
    const missed: RelPath[] = [];
    for (const names of (await this.#options.source.linkNames([...inodes])).values()) {
      for (const name of names) if (!sent.has(name) && !this.#options.excludes(name, false)) missed.push(name);
    }
    return missed;
  }

  /** Whether what was sent is one version: that which is there now. What went meanwhile the run may have made anew. Of directories events and listings tell. */
  #isStill(path: RelPath, { known, since }: Looks): boolean {
    const before = known.get(path);
    const now = this.#options.source.look(path);
    if (before === undefined || before.kind !== 'file') return now.kind !== 'gone';
    return isStill(before, now, since, this.#options.source.tickMs);
  }

  #noteSent({ flavor }: PlannedRun, paths: readonly RelPath[], { known, since }: Looks): void {
    for (const path of paths) {
      const seen = known.get(path);
      if (seen !== undefined && 'inode' in seen) this.#options.sentAs.set(path, seen.inode);
      if (seen?.kind === 'file' && readsWhole.has(flavor)) this.sent.note(path, seen.changedAt, since);
    }
  }

  /** A lock that was not had in time, or given up to end a deadlock, only postpones the work. */
  async #runUnlessLocked(run: PlannedRun, open: OpenPlan): Promise<RunResult | NotRun> {
    try {
      const result = await this.#run(run, open);
      const second = result === 'outdated' ? undefined : secondRun(run, result);
      return second === undefined ? result : await this.#run(second, open);
    } catch (error) {
      if (isLockLost(error)) return 'locked';
      throw error;
    }
  }

  async #run(run: PlannedRun, open: OpenPlan): Promise<RunResult | 'outdated'> {
    const { flavor } = run;
    const { locks, startRun, hasHistory, sync, source } = this.#options;
    const big = isBig(run);
    // A directory's own attributes are sent beside what happens inside it; Overlaps mends its times.
    const modeOf = (path: RelPath): LockMode => (run.directories?.has(path) ? 'IX' : 'X');
    const held = await locks.acquire(run.paths.map((path) => ({ path, mode: modeOf(path) })));
    try {
      if (mayUnlink.has(flavor) && this.#linkedSince.any(open, run.paths)) return 'outdated';
      // What took the place of a file is not to be put behind it.
      if (flavor === 'append' && !isFile(source.look(run.paths[0] as RelPath), run.inode)) return 'outdated';
      const process = startRun(flavor, big ? run.paths[0] : undefined, run.isNew);
      const end = this.#overlaps.begin(run.paths);
      const preserve = hasHistory ? preserveOf(run, sync.delete === 'Mirror') : undefined;
      const result = await process.feed(encodeFileList(run.paths), preserve);
      if (keepsLinks.has(flavor)) this.#linkedSince.note(run.paths);
      const doubtful = end();
      if (doubtful.length > 0) this.#options.onDoubtful(doubtful);
      if (big && result.outcome === 'ok') this.#rememberSize(run, result);
      this.#options.onRun(result, run);
      return result;
    } finally {
      held.release();
    }
  }

  /** An append that had to be sent again as a whole is no append: such a file is never appended to any more. */
  #rememberSize(run: PlannedRun, result: RunResult): void {
    const path = run.paths[0] as RelPath;
    const sent = this.#sentSizes.get(path)?.bytes ?? 0;
    const redone = run.flavor === 'append' && result.stats.literalBytes > (run.bytes - sent) * 2 + 1024 * 1024;
    this.#sentSizes.delete(path);
    if (!redone) this.#sentSizes.set(path, { inode: run.inode as string, bytes: run.bytes });
    if (this.#sentSizes.size > 1_000) this.#sentSizes.delete(this.#sentSizes.keys().next().value as RelPath);
  }
}

type RunDone = Pick<Executed, 'arrived' | 'again' | 'changing' | 'refused' | 'failed'>;

const unreachable = (path: RelPath, text: string): Refused => ({ path, why: 'unreadable', text });
