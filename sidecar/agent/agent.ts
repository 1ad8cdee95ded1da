import { setTimeout as sleep } from 'node:timers/promises';
import type { LockTable } from '../../src/api/lock-table.ts';
import type { ReplicationSettings, TargetSettings } from '../../src/api/settings/replication-settings.ts';
import { systemClock } from '../../src/process/clock.ts';
import { outlastShortage } from '../../src/process/shortage.ts';
import type { Filter } from '../filter/filter.ts';
import type { AgentStatus, ReplicaStatus } from '../protocol/agent-status.ts';
import type { AgentOptions } from './agent-options.ts';
import { ChangeIntake, type ChangeIntakeOptions } from './change-intake.ts';
import { Checkpoints } from './checkpoints/checkpoints.ts';
import { flushReplicas } from './flush.ts';
import { HookSlot } from './hooks/hook-slot.ts';
import { makeLockTable, tellLocks } from './locks/lock-table.ts';
import { ChangeLog } from './log/change-log.ts';
import { OutlineKeeper } from './outline/outline-keeper.ts';
import { openStates } from './outline/target-states.ts';
import { compareOpened, compareReplaced, noteClosed } from './replicate/compare-all.ts';
import type { Replicator } from './replicate/replicator.ts';
import { needsRestore, type RestoreStanding, restoringReplica } from './restore/restore.ts';
import { restoreTold } from './restore/restore-told.ts';
import { asOwing, endReplica, makeReplica, type RunningReplica, stopReplica } from './running-replica.ts';
import { makeProcessorBudget } from './schedule/processor-time.ts';
import { differs } from './settings-difference.ts';
import { keepMounts } from './source/kept-mounts.ts';
import { SourceRoot } from './source/source-root.ts';
import { divideReplicas } from './targets/divide-replicas.ts';
import { PassTimers } from './targets/pass-timers.ts';
import { settingsForTarget } from './targets/settings-for-target.ts';
import { filtersInUse, makeWatchFilter } from './targets/watch-filter.ts';
import { describeLimits } from './told/degraded.ts';
import { type AgentMetrics, createAgentMetrics, followTargets } from './told/metrics.ts';
import { notWatchedFor, watchFacts } from './watch/not-watched.ts';
import { SourceWatch } from './watch/source-watch.ts';

/** A source that can't be watched yet keeps its targets waiting no longer. */
const longestWatchFirstMs = 1_000;

/** Watches one source and keeps every target equal to it. */
export class Agent {
  readonly #options: AgentOptions;
  readonly #intake: ChangeIntake;
  readonly #budget = makeProcessorBudget(systemClock);
  readonly #metrics: AgentMetrics;
  readonly #watch: SourceWatch;
  readonly #timers: PassTimers;
  readonly #outlines: OutlineKeeper;
  readonly hooks: HookSlot;
  readonly #checkpoints: Checkpoints;
  readonly #stop = new AbortController();
  readonly #startedAt = Date.now();
  #settings: ReplicationSettings;
  #root: SourceRoot;
  #filter: Filter;
  #running: RunningReplica[] = [];
  #stage: 'Starting' | 'Restoring' | 'Running' | 'Stopping' = 'Starting';
  readonly #restoring = new Map<string, RestoreStanding>();
  #updated: Promise<void> = Promise.resolve();

  constructor(options: AgentOptions) {
    this.#options = options;
    this.#settings = options.settings;
    this.#root = this.#makeRoot(options.settings.source);
    this.#filter = makeWatchFilter(options.settings);
    const lastSequence = openStates(options.stateDir, options.logger);
    const subject = () => ({ root: this.#root, filter: this.#filter, events: this.#settings.events });
    this.#watch = new SourceWatch({
      subject,
      onChanges: (batch, lostSince) => {
        for (const { kind } of batch) this.#metrics.events.inc({ kind });
        this.#intake.take(batch, lostSince);
      },
      onReplaced: () => compareReplaced(this.#replicators()),
      onOpen: (opened) => compareOpened(this.#replicators(), opened),
      onClosed: () => noteClosed(this.#replicators()),
      logger: options.logger,
    });
    const log = new ChangeLog({ stateDirectory: options.stateDir, lastSequence });
    const intake: ChangeIntakeOptions = {
      clock: systemClock,
      log,
      look: (path) => this.#root.look(path),
      replicators: () => this.#replicators(),
      watch: this.#watch,
      onTold: () => this.#outlines.noteChange(),
      onLogged: (changes, last) => {
        this.hooks.note(changes, last);
        this.#notify();
      },
    };
    this.#intake = new ChangeIntake(intake, options.settings);
    this.#outlines = new OutlineKeeper({
      ...options,
      clock: systemClock,
      subject,
      watch: this.#watch,
      wall: this.#intake.wall,
    });
    this.hooks = new HookSlot(options);
    this.#timers = new PassTimers((due) => {
      // What the watch has lost is known before the comparison trusts it.
      void this.#watch.check().finally(() => {
        for (const { target, replicator } of this.#running)
          if (due.has(target.name)) replicator.requestPass('schedule', []);
      });
    });
    const work = { watch: this.#watch, push: () => this.#flush() };
    this.#checkpoints = new Checkpoints({ ...options, ...work, running: () => this.#running });
    this.#metrics = createAgentMetrics(options.registry, {
      targets: () => this.#settings.targets.map(({ name }) => name),
      replicas: () => this.#replicas(),
      watch: () => this.#watch.stats(),
      passDueBeforeLast: (target) => this.#timers.dueBeforeLast(target),
    });
  }

  /** Resolves when every directory is watched (and a restore, if one is due, is done). */
  async start(): Promise<void> {
    await this.#restoreIfNeeded();
    await this.#inTurn(() => this.#begin());
    if (this.#stage !== 'Running') return;
    // Watching comes first: connections and standby runs would take the processor from it.
    await Promise.race([this.#watch.opened, sleep(longestWatchFirstMs)]);
    for (const { replicator } of this.#running) replicator.start();
    await this.#watch.opened;
  }

  /** Who holds and who waits for which path, by target. */
  locks(): readonly LockTable[] {
    return this.#running.map(makeLockTable);
  }

  get settings(): ReplicationSettings {
    return this.#settings;
  }

  /** Takes newer settings; older ones are ignored. Resolves when they count. */
  update(settings: ReplicationSettings): Promise<void> {
    return this.#inTurn(() => this.#apply(settings));
  }

  /** One after the other: each ends replicators and starts others. */
  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#updated.then(work);
    this.#updated = done.catch(() => {});
    return done;
  }

  async #begin(): Promise<void> {
    if (this.#stop.signal.aborted) return;
    this.#stage = 'Running';
    await this.#followHooks();
    this.#running = await Promise.all(this.#settings.targets.map((target) => this.#makeReplica(target)));
    if (this.#stage !== 'Running') return;
    this.#watch.start();
    this.#outlines.start();
    this.#timers.start(this.#settings);
    this.#checkpoints.start(this.#settings);
  }

  async #apply(settings: ReplicationSettings): Promise<void> {
    if (this.#stop.signal.aborted) return;
    const before = this.#settings;
    if (settings.generation < before.generation) return;
    if ((settings.controllerEpoch ?? 0) < (before.controllerEpoch ?? 0)) return;
    this.#settings = settings;
    tellLocks(this.#options.logger, () => this.locks(), before, settings);
    const refilter = JSON.stringify(filtersInUse(before)) !== JSON.stringify(filtersInUse(settings));
    const rewatch = refilter || differs(before, settings, ['events', 'source']);
    if (rewatch) this.#filter = makeWatchFilter(settings);
    // Watched anew by other rules it is still the same directory.
    if (settings.source !== before.source) this.#root = this.#makeRoot(settings.source);
    this.#intake.update(settings);
    // A restore goes on by them, and what is started after it begins with them.
    if (this.#stage !== 'Running') return followTargets(this.#metrics, before.targets, settings.targets);
    this.#timers.start(settings);
    this.#checkpoints.update(settings);
    await this.#followHooks();
    const { kept, ended, added } = divideReplicas(this.#running, rewatch ? undefined : before, settings);
    await Promise.all(ended.map(stopReplica));
    const fresh = await Promise.all(added.map((target) => this.#makeReplica(target)));
    this.#running = [...kept, ...fresh];
    followTargets(this.#metrics, before.targets, settings.targets);
    for (const { target, replicator } of kept) replicator.update(settingsForTarget(settings, target));
    for (const { replicator } of fresh) replicator.start();
    if (rewatch) this.#watch.reopen();
    else if (this.#watch.isOpen) for (const { replicator } of fresh) replicator.requestPass('start', []);
  }

  /** Sends what is pending and can still arrive, for at most `graceMs`, then ends; `beforeEnd` while all is still connected. */
  async stop(graceMs: number, beforeEnd: () => Promise<void> = async () => {}): Promise<void> {
    const wasRunning = this.#stage === 'Running';
    this.#stage = 'Stopping';
    this.#timers.stop();
    this.#outlines.stop();
    await this.#checkpoints.stop();
    const flush = (): void => this.#flush();
    if (wasRunning) await this.#watch.drainAll(flush);
    const unsent = await flushReplicas(this.#running.map(asOwing), { graceMs, clock: systemClock, push: flush });
    for (const fields of unsent)
      this.#options.logger.warn(fields, 'ending with changes unsent: the next start compares and sends them');
    await beforeEnd();
    this.#stop.abort();
    await this.#updated;
    await Promise.all(this.#running.map(endReplica));
    await this.hooks.stop();
    await this.#watch.stop();
    this.#intake.close();
  }

  status(): AgentStatus {
    const stats = this.#watch.stats();
    const { watchedDirectories, watchLimit, overflows } = stats;
    const unreadable = notWatchedFor(stats.notWatched, 'Unreadable');
    return {
      version: this.#options.version,
      holder: this.#options.holder,
      source: this.#settings.source,
      generation: this.#settings.generation,
      paused: this.#settings.paused,
      startedAt: this.#startedAt,
      phase: this.#phase(),
      watch: { kind: this.#watch.kind, watchedDirectories, watchLimit: watchLimit ?? null, overflows, unreadable },
      degraded: [...describeLimits(stats), ...this.hooks.troubles],
      replicas: this.#replicas(),
    };
  }

  #phase(): AgentStatus['phase'] {
    if (this.#stage !== 'Running') return this.#stage;
    if (this.#watch.isOpen) return 'Watching';
    return this.#root.check() === 'lost' ? 'SourceLost' : 'Starting';
  }

  #replicas(): ReplicaStatus[] {
    if (this.#stage === 'Restoring')
      return this.#settings.targets.map(({ name }) => restoringReplica(name, this.#restoring.get(name)));
    return this.#running.map(({ replicator }) => this.#checkpoints.addTo(replicator.status()));
  }

  async #restoreIfNeeded(): Promise<void> {
    if (this.#root.check() === 'lost' || !needsRestore(this.#settings)) return;
    this.#stage = 'Restoring';
    await restoreTold(this.#options, () => this.#settings, this.#stop.signal, this.#restoring, this.#metrics.failures);
  }

  #flush(): void {
    this.#intake.flush();
    this.#notify();
  }

  #notify(): void {
    for (const replicator of this.#replicators()) replicator.notify();
  }

  #replicators(): readonly Replicator[] {
    return this.#running.map(({ replicator }) => replicator);
  }

  #makeRoot(source: string): SourceRoot {
    const { stateDir, logger } = this.#options;
    return new SourceRoot(source, keepMounts(stateDir, source, logger));
  }

  /** An edit that was taken in half would be made whole by nobody. */
  #followHooks(): Promise<void> {
    return outlastShortage(() => this.hooks.follow(this.#settings), this.#stop.signal);
  }

  #makeReplica(target: TargetSettings): Promise<RunningReplica> {
    const { log, lost, wall, lately, heldBack } = this.#intake;
    return makeReplica(target, {
      options: this.#options,
      settings: settingsForTarget(this.#settings, target),
      source: this.#root,
      shared: {
        ...{ log, lost, wall, lately, heldBack },
        budget: this.#budget,
        drain: () => this.#watch.drain(),
        outlines: this.#outlines,
        observerOf: (name) => this.hooks.observerOf(name),
        ...watchFacts(this.#watch),
      },
      metrics: this.#metrics,
      signal: this.#stop.signal,
    });
  }
}
