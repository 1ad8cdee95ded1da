import { ChangeIntake } from '../../../../sidecar/agent/change-intake.ts';
import type { RawChange, RelPath } from '../../../../sidecar/agent/changes/change.ts';
import type { LocalNote } from '../../../../sidecar/agent/link/notes/local-note.ts';
import { ChangeLog } from '../../../../sidecar/agent/log/change-log.ts';
import { OutlineKeeper } from '../../../../sidecar/agent/outline/outline-keeper.ts';
import { compareOpened, compareReplaced, noteClosed } from '../../../../sidecar/agent/replicate/compare-all.ts';
import type { Replicator } from '../../../../sidecar/agent/replicate/replicator.ts';
import { ProcessorBudget } from '../../../../sidecar/agent/schedule/processor-budget.ts';
import { UnseenChanges } from '../../../../sidecar/agent/source/times/unseen-changes.ts';
import { settingsForTarget } from '../../../../sidecar/agent/targets/settings-for-target.ts';
import { makeWatchFilter } from '../../../../sidecar/agent/targets/watch-filter.ts';
import { handOn, namesOf } from '../../../../sidecar/agent/watch/hand-on.ts';
import { describeNotWatched } from '../../../../sidecar/agent/watch/not-watched.ts';
import { repeatInBackground } from '../../../../sidecar/agent/watch/repeat-in-background.ts';
import type { ReplicaStatus } from '../../../../sidecar/protocol/agent-status.ts';
import type { ReplicationSettings, RequestSettings } from '../../../../src/api/settings/replication-settings.ts';
import { silentLogger } from '../../../../src/process/log/logger.ts';
import type { Random } from '../../../storm/random.ts';
import { Life } from '../../world/life.ts';
import type { NodeClock } from '../../world/node-clock.ts';
import type { Scheduler } from '../../world/scheduler.ts';
import { ModelChangeSource } from '../model-change-source.ts';
import { entriesIn } from '../model-reader.ts';
import { ModelSource } from '../model-source.ts';
import type { ModelTarget } from '../model-target.ts';
import type { Volume } from '../volume.ts';
import { makeModelReplica } from './model-replica.ts';
import { type ModelState, outlineEdgesOf } from './model-state.ts';

export interface ModelAgentOptions {
  readonly scheduler: Scheduler;
  readonly clock: NodeClock;
  readonly random: Random;
  readonly source: Volume;
  readonly targets: readonly ModelTarget[];
  readonly holder: string;
  readonly takeOver: boolean;
  readonly settings: ReplicationSettings;
  readonly tickMs: number;
  readonly maxQueuedEvents: number;
  /** The log's bound on changes in memory. */
  readonly maxChanges: number;
  /** What outlives the process on its machine: the notes for plain daemons, by target. */
  readonly notes: Map<string, string>;
  /** And what it knows of its targets; undefined: it keeps nothing, and compares all. */
  readonly state: ModelState | undefined;
  readonly onServerStep: (target: ModelTarget, epoch: number) => void;
}

const reopenMs = 1_000;
const rootCheckMs = 3_000;
const sweepMs = 60_000;
/** Sooner than in earnest: times of a model's inodes tell of everything at once. */
const outlinePace = { everyMs: 3_000, ageMs: 500 };

/** One life of an agent: the product's own parts, put together as `agent.ts` does, on models of what is outside of it. */
export class ModelAgent {
  readonly life: Life;
  readonly #options: ModelAgentOptions;
  readonly #view: ModelSource;
  readonly #intake: ChangeIntake;
  readonly #outlines: OutlineKeeper | undefined;
  readonly #replicators: readonly Replicator[];
  #settings: ReplicationSettings;
  #watch: ModelChangeSource | undefined;
  #unseen: UnseenChanges | undefined;
  #stopLooking: (() => void) | undefined;
  #isOpen = false;
  #wasOpen = false;

  constructor(options: ModelAgentOptions) {
    this.#options = options;
    this.#settings = options.settings;
    this.life = new Life(options.clock);
    this.#view = new ModelSource(options.source, options.clock, options.tickMs);
    this.#intake = this.#makeIntake();
    this.#outlines = this.#makeOutlines();
    this.#replicators = options.targets.map((target) => this.#makeReplica(target));
    this.life.onEnd(() => this.#closeWatch());
    this.life.onEnd(() => this.#outlines?.stop());
    void this.#openWatch();
  }

  /** Of one target. */
  status(index: number): ReplicaStatus {
    return (this.#replicators[index] as Replicator).status();
  }

  /** Nothing is owed, and no event waits to be read. */
  get isIdle(): boolean {
    const isSent = this.#replicators.every(({ idle }) => idle);
    const isTold = this.#intake.heldBack().heldCount === 0 && this.#unseen?.unseenMs === 0;
    return this.#isOpen && isSent && isTold && this.#watch?.isIdle === true;
  }

  requestPass(): void {
    void this.#watch?.check().then(() => {
      for (const replicator of this.#replicators) replicator.requestPass('schedule', []);
    });
  }

  /** All content is to be compared. */
  requestVerification(verify: string): void {
    this.#request({ verify });
  }

  /** One of the masses that a target keeps is to be put back there. */
  undelete(index: number, number: number): void {
    const { keptDeletes = [] } = this.status(index);
    const id = keptDeletes[number % keptDeletes.length]?.id;
    if (id !== undefined) this.#request({ undelete: id });
  }

  /** What is held is to be made. @returns whether something was */
  letGo(): boolean {
    const ids = [...this.#options.targets.keys()].flatMap((index) => this.status(index).heldDeletes?.id ?? []);
    for (const id of ids) this.#request({ releaseDeletes: id });
    return ids.length > 0;
  }

  #request(requests: RequestSettings): void {
    this.#settings = { ...this.#settings, requests: { ...this.#settings.requests, ...requests } };
    for (const [index, { settings }] of this.#options.targets.entries())
      this.#replicators[index]?.update(settingsForTarget(this.#settings, settings));
  }

  /** SIGTERM. */
  async leave(): Promise<void> {
    this.#intake.flush();
    await Promise.all(this.#replicators.map((replicator) => replicator.stop()));
    this.life.end();
  }

  #makeIntake(): ChangeIntake {
    const { maxChanges, state, settings } = this.#options;
    return new ChangeIntake(
      {
        clock: this.life,
        log: new ChangeLog({ maxChanges, lastSequence: state?.lastSequence ?? 0 }),
        look: (path) => this.#view.look(path),
        replicators: () => this.#replicators,
        watch: {
          tellUnseen: (paths) => this.#tellUnseen(paths),
          lookBeside: (path) => this.#unseen?.lookBeside(path),
        },
        onTold: () => this.#outlines?.noteChange(),
        onLogged: () => {
          for (const replicator of this.#replicators) replicator.notify();
        },
      },
      settings,
    );
  }

  #makeOutlines(): OutlineKeeper | undefined {
    const { source, state, random, settings } = this.#options;
    if (state === undefined) return undefined;
    const { life } = this;
    const view = this.#view;
    const { path, bytes } = view;
    const root = { path, bytes, boot: () => view.boot(), check: () => view.check(), mounts: { any: false } };
    const subject = { root, filter: makeWatchFilter(settings), events: settings.events };
    const watch = this;
    return new OutlineKeeper({
      subject: () => subject,
      watch: {
        kind: 'inotify',
        get isOpen() {
          return watch.#isOpen;
        },
        stats: () => (watch.#watch as ModelChangeSource).stats(),
        knows: (changedAt, pathOf) => watch.#unseen?.knows(changedAt, pathOf) ?? false,
        drain: async () => watch.#watch?.drain(),
      },
      ...{ wall: this.#intake.wall, clock: life, logger: silentLogger, stateDir: '/state', outlinePace },
      edges: outlineEdgesOf({ volume: source, view, state, random, life }),
    });
  }

  #makeReplica(target: ModelTarget): Replicator {
    const { scheduler, random, source, settings, holder, takeOver, notes, state, onServerStep } = this.#options;
    const { name } = target.settings;
    const { log, lost, wall, lately, heldBack } = this.#intake;
    const keeper = this.#outlines;
    const note: LocalNote = { read: () => notes.get(name) ?? null, write: (text) => void notes.set(name, text) };
    return makeModelReplica({
      ...{ scheduler, random, life: this.life, volume: source, target, settings, note, state, keeper, onServerStep },
      shared: {
        source: this.#view,
        ...{ log, lost, wall, lately, heldBack },
        budget: new ProcessorBudget(0.2, 30, () => 0, this.life.monotonic()),
        notWatched: () => describeNotWatched(this.#notWatched()),
        unseenMs: () => this.#unseen?.unseenMs ?? 0,
        drain: async () => this.#watch?.drain(),
        untilSeen: async (paths) => {
          if (this.#watch?.sees(paths) === false) await this.#watch.drain();
        },
        holder,
        takeOver,
      },
    });
  }

  #notWatched(): Parameters<typeof describeNotWatched>[0] {
    const closed = [{ reason: 'NotOpen', count: 1, samples: [''] }] as const;
    return this.#watch === undefined || !this.#isOpen ? closed : this.#watch.stats().notWatched;
  }

  async #openWatch(): Promise<void> {
    const { source, settings, clock, random, maxQueuedEvents } = this.#options;
    const filter = makeWatchFilter(settings);
    const { events } = settings;
    const { linked } = this.#view;
    const how = { volume: source, root: '/source', filter, events, clock, random, maxQueuedEvents };
    const watch = new ModelChangeSource(how);
    this.#watch = watch;
    const replaced = this.#view.adopt() && this.#wasOpen;
    if (replaced) compareReplaced(this.#replicators);
    await watch.open({
      onChanges: (batch, lostSince) => {
        const onChanges = this.#take.bind(this);
        handOn(batch, lostSince, { linked, filter, events, onChanges, unseen: this.#unseen, now: this.life.now() });
      },
      onRootLost: () => this.#reopen(),
      onError: () => this.#reopen(),
    });
    if (this.life.isOver || watch !== this.#watch) return;
    this.#unseen = new UnseenChanges({
      entriesOf: (directory) =>
        entriesIn(source, directory, (path, isDirectory) =>
          isDirectory ? filter.canSkipDirectory(path) : filter.excludes(path, false),
        ),
      now: () => clock.now(),
      drain: () => watch.drain(),
      namesOf: (files) => namesOf(files, { linked, filter }),
      onFound: (paths) => this.#tellUnseen(paths),
    });
    this.#stopLooking = repeatInBackground(this.#unseen, sweepMs);
    this.#isOpen = true;
    compareOpened(this.#replicators, { again: this.#wasOpen, replaced });
    for (const replicator of this.#replicators) replicator.start();
    if (!this.#wasOpen) this.#outlines?.start();
    this.#wasOpen = true;
    this.#lookAfterRoot(watch);
  }

  #lookAfterRoot(watch: ModelChangeSource): void {
    this.life.after(rootCheckMs, () => {
      if (watch !== this.#watch || !this.#isOpen) return;
      this.#unseen?.followClock();
      if (this.#view.check() === 'same') this.#lookAfterRoot(watch);
      else this.#reopen();
    });
  }

  #closeWatch(): void {
    this.#isOpen = false;
    this.#stopLooking?.();
    this.#unseen?.stop();
    this.#unseen = undefined;
    void this.#watch?.close();
  }

  #reopen(): void {
    noteClosed(this.#replicators);
    this.#closeWatch();
    this.life.after(reopenMs, () => void this.#openWatch());
  }

  #take(batch: readonly RawChange[], lostSince?: number): void {
    if (!this.life.isOver) this.#intake.take(batch, lostSince);
  }

  #tellUnseen(paths: readonly RelPath[]): void {
    const batch = paths.map((path): RawChange => ({ kind: 'modify', path }));
    this.#unseen?.note(batch, this.life.now());
    this.#take(batch);
  }
}
