import { mkdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ReplicationSettings, TargetSettings } from '../../src/api/replication-settings.ts';
import { systemClock } from '../../src/process/clock.ts';
import type { Logger } from '../../src/process/logger.ts';
import type { MetricsRegistry } from '../../src/process/metrics-registry.ts';
import { describeLimits } from './degraded.ts';
import { compileFilter, type Filter } from './filter/filter.ts';
import { type LockSnapshot, PathLocks } from './locks/path-locks.ts';
import { ChangeLog } from './log/change-log.ts';
import { Settler, type Sight } from './log/settle.ts';
import { type AgentMetrics, createAgentMetrics } from './metrics.ts';
import { ReplicaMetrics } from './replicate/replica-metrics.ts';
import { Replicator } from './replicate/replicator.ts';
import { needsRestore, restore } from './restore.ts';
import { makeThrottle } from './rsync/throttle.ts';
import { Tunnel } from './rsync/tunnel.ts';
import { SourceRoot } from './source-root.ts';
import type { AgentStatus } from './status.ts';
import type { ChangeSource } from './watch/change-source.ts';
import { createInotifySource } from './watch/inotify.ts';

export interface AgentOptions {
  readonly settings: ReplicationSettings;
  readonly version: string;
  /** Stable for the life of the pod or of the machine's directory: a restarted agent gets its lease back at once. */
  readonly holder: string;
  readonly stateDir: string;
  readonly takeOver: boolean;
  readonly rsync: string;
  readonly registry: MetricsRegistry;
  readonly logger: Logger;
}

interface Running {
  readonly target: TargetSettings;
  readonly replicator: Replicator;
  readonly tunnel: Tunnel;
  readonly locks: PathLocks;
}

/** A wait may be as long as another run takes, and big files take long. */
const lockTimeoutMs = 600_000;

/** Watches one source and keeps every target equal to it. */
export class Agent {
  readonly #options: AgentOptions;
  readonly #log: ChangeLog;
  readonly #metrics: AgentMetrics;
  readonly #stop = new AbortController();
  readonly #startedAt = Date.now();
  #settings: ReplicationSettings;
  #root: SourceRoot;
  #filter: Filter;
  #settler: Settler;
  #source: ChangeSource | undefined;
  #running: Running[] = [];
  #phase: AgentStatus['phase'] = 'Starting';
  #overflowsBefore = 0;
  #restoreError: string | undefined;
  #loop: Promise<void> | undefined;
  #wake: (() => void) | undefined;

  constructor(options: AgentOptions) {
    this.#options = options;
    this.#settings = options.settings;
    this.#root = new SourceRoot(options.settings.source);
    this.#filter = compileFilter(options.settings.filter);
    mkdirSync(options.stateDir, { recursive: true, mode: 0o700 });
    this.#log = new ChangeLog({ stateDirectory: options.stateDir });
    this.#metrics = createAgentMetrics(
      options.registry,
      options.settings.targets.map(({ name }) => name),
      () => this.#replicaFigures(),
      () => this.#watchFigures(),
    );
    this.#settler = this.#makeSettler();
  }

  /** Resolves when every directory is watched (and a restore, if one is due, is done). */
  async start(): Promise<void> {
    await this.#restoreIfNeeded();
    if (this.#stop.signal.aborted) return;
    this.#running = await Promise.all(this.#settings.targets.map((target) => this.#makeReplicator(target)));
    const opened = Promise.withResolvers<void>();
    this.#loop = this.#watch(() => opened.resolve());
    for (const { replicator } of this.#running) replicator.start();
    await Promise.race([opened.promise, this.#loop]);
  }

  /** Who holds and who waits for which path, by target. */
  locks(): Readonly<Record<string, LockSnapshot>> {
    return Object.fromEntries(this.#running.map(({ target, locks }) => [target.name, locks.snapshot()]));
  }

  get settings(): ReplicationSettings {
    return this.#settings;
  }

  /** Takes newer settings; older ones are ignored. Resolves when they count. */
  async update(settings: ReplicationSettings): Promise<void> {
    if (settings.generation < this.#settings.generation) return;
    if ((settings.controllerEpoch ?? 0) < (this.#settings.controllerEpoch ?? 0)) return;
    const before = this.#settings;
    this.#settings = settings;
    const rewatch = differs(before, settings, ['filter', 'events', 'source']);
    const rebuild = rewatch || differs(before, settings, ['sync', 'retry']);
    if (rewatch) {
      this.#filter = compileFilter(settings.filter);
      this.#root = new SourceRoot(settings.source);
    }
    this.#settler.flush();
    this.#settler = this.#makeSettler();
    const kept = this.#running.filter(({ target }) => !rebuild && settings.targets.some((t) => sameTarget(t, target)));
    const gone = this.#running.filter((running) => !kept.includes(running));
    await Promise.all(gone.map((running) => this.#stopReplicator(running)));
    const added = settings.targets.filter((target) => !kept.some((running) => sameTarget(running.target, target)));
    const fresh = await Promise.all(added.map((target) => this.#makeReplicator(target)));
    this.#running = [...kept, ...fresh];
    for (const { replicator } of kept) replicator.update(settings);
    for (const { replicator } of fresh) replicator.start();
    if (rewatch) this.#wake?.();
    else if (this.#phase === 'Watching') for (const { replicator } of fresh) replicator.requestPass('start', []);
  }

  /** Sends what is pending, for at most `graceMs`, then ends. */
  async stop(graceMs: number): Promise<void> {
    const until = Date.now() + graceMs;
    if (this.#phase === 'Watching') {
      await this.#source?.drain();
      this.#settler.flush();
      this.#notify();
    }
    this.#phase = 'Stopping';
    const owing = (): boolean => this.#running.some(({ replicator }) => !replicator.idle);
    while (owing() && Date.now() < until) {
      await sleep(10);
      this.#settler.flush();
      this.#notify();
    }
    this.#stop.abort();
    this.#wake?.();
    await Promise.all(this.#running.map((running) => this.#stopReplicator(running)));
    await this.#source?.close();
    await this.#loop;
    this.#settler.close();
    this.#log.close();
  }

  status(): AgentStatus {
    const watch = this.#watchFigures();
    return {
      version: this.#options.version,
      holder: this.#options.holder,
      source: this.#settings.source,
      generation: this.#settings.generation,
      paused: this.#settings.paused,
      startedAt: this.#startedAt,
      phase: this.#phase,
      watch: {
        kind: this.#source?.kind ?? null,
        watchedDirectories: watch.watchedDirectories,
        watchLimit: watch.watchLimit ?? null,
        overflows: watch.overflows,
        unreadable: this.#source?.stats().unreadable ?? { count: 0, samples: [] },
      },
      degraded: [
        ...describeLimits(this.#source?.stats()),
        ...(this.#restoreError === undefined ? [] : [`restore waits: ${this.#restoreError}`]),
      ],
      replicas: this.#running.map(({ replicator }) => this.#withHeld(replicator)),
    };
  }

  /** What the settler still holds back is owed to every target. */
  #withHeld(replicator: Replicator) {
    const status = replicator.status();
    const heldAt = this.#settler.oldestHeldAt;
    const lagSeconds = Math.max(status.lagSeconds, heldAt === undefined ? 0 : (Date.now() - heldAt) / 1000);
    return { ...status, lagSeconds, pending: status.pending + this.#settler.heldCount };
  }

  async #restoreIfNeeded(): Promise<void> {
    if (this.#root.check() === 'lost' || !needsRestore(this.#settings)) return;
    this.#phase = 'Restoring';
    const tunnel = new Tunnel();
    await tunnel.listen();
    const { holder, rsync, logger } = this.#options;
    await restore({
      settings: this.#settings,
      holder,
      rsync,
      tunnel,
      logger,
      signal: this.#stop.signal,
      onError: (message) => {
        this.#restoreError = message;
      },
    });
    this.#restoreError = undefined;
    await tunnel.close();
  }

  /** Opens the watch, and again whenever the root went or the settings ask for it. */
  async #watch(onOpen: () => void): Promise<void> {
    let first = true;
    while (!this.#stop.signal.aborted) {
      const known = first ? 'same' : this.#root.check();
      if (known === 'lost' || this.#root.path === '' || !this.#adopt()) {
        this.#phase = 'SourceLost';
        await sleep(500, undefined, { signal: this.#stop.signal }).catch(() => {});
        continue;
      }
      const lost = Promise.withResolvers<void>();
      this.#wake = () => lost.resolve();
      const source = createInotifySource({
        root: this.#root.path,
        filter: this.#filter,
        events: this.#settings.events,
        logger: this.#options.logger,
      });
      this.#source = source;
      try {
        await source.open({
          onChanges: (batch, readAtMs) => this.#settler.accept(batch, readAtMs),
          onRootLost: (reason) => {
            this.#options.logger.warn({ reason }, 'source root is lost');
            lost.resolve();
          },
          onError: (err) => {
            this.#options.logger.error({ err }, 'watch failed');
            lost.resolve();
          },
        });
        this.#phase = 'Watching';
        for (const { replicator } of this.#running) {
          if (first) replicator.requestPass('start', []);
          else replicator.requestPass('root-replaced', [], { sourceReplaced: known === 'replaced' });
        }
        onOpen();
        first = false;
        await lost.promise;
      } catch (err) {
        this.#options.logger.error({ err }, 'watch could not be opened');
        await sleep(500, undefined, { signal: this.#stop.signal }).catch(() => {});
      }
      this.#overflowsBefore += source.stats().overflows;
      await source.close();
    }
  }

  #adopt(): boolean {
    this.#root.adopt();
    return this.#root.check() === 'same';
  }

  #makeSettler(): Settler {
    return new Settler({
      clock: systemClock,
      maxDelayMs: this.#settings.sync.maxDelayMs,
      lookAt: (path) => this.#sightOf(path),
      onSettled: (changes) => {
        this.#log.append(changes);
        this.#notify();
      },
    });
  }

  #sightOf(path: string): Sight {
    const look = this.#root.look(path);
    if (look.kind === 'file') return look.links > 1 ? 'regular-linked' : 'regular';
    return look.kind === 'special' || look.kind === 'unreachable' ? 'other' : look.kind;
  }

  #notify(): void {
    for (const { replicator } of this.#running) replicator.notify();
  }

  async #makeReplicator(target: TargetSettings): Promise<Running> {
    const { holder, stateDir, takeOver, rsync, logger } = this.#options;
    const limit = this.#settings.sync.bandwidthLimit;
    const tunnel = new Tunnel(limit === undefined ? undefined : makeThrottle(limit));
    await tunnel.listen();
    const { lockWaits } = this.#metrics;
    const locks = new PathLocks({
      timeoutMs: lockTimeoutMs,
      onWaited: () => lockWaits.inc({ outcome: 'granted' }),
      onTimeout: () => lockWaits.inc({ outcome: 'timeout' }),
      onDeadlock: () => lockWaits.inc({ outcome: 'deadlock' }),
    });
    const replicator = new Replicator({
      target,
      settings: this.#settings,
      holder,
      takeOver,
      rsync,
      source: this.#root,
      log: this.#log,
      locks,
      tunnel,
      stateDir,
      metrics: new ReplicaMetrics(this.#metrics, target.name),
      logger,
    });
    return { target, replicator, tunnel, locks };
  }

  async #stopReplicator({ replicator, tunnel }: Running): Promise<void> {
    await replicator.stop();
    await tunnel.close();
  }

  #replicaFigures() {
    return this.#running.map(({ replicator }) => {
      const { target, lagSeconds, pending } = this.#withHeld(replicator);
      return { target, lagSeconds, pending, oldestAt: lagSeconds === 0 ? undefined : Date.now() - lagSeconds * 1000 };
    });
  }

  #watchFigures() {
    const stats = this.#source?.stats();
    const skipped = Math.max(0, ...this.#running.map(({ replicator }) => replicator.status().skipped.count));
    return {
      watchedDirectories: stats?.watchedDirectories ?? 0,
      watchLimit: stats?.watchLimit,
      overflows: this.#overflowsBefore + (stats?.overflows ?? 0),
      unreadable: (stats?.unreadable.count ?? 0) + skipped,
    };
  }
}

function differs(
  a: ReplicationSettings,
  b: ReplicationSettings,
  keys: readonly (keyof ReplicationSettings)[],
): boolean {
  return keys.some((key) => JSON.stringify(a[key]) !== JSON.stringify(b[key]));
}

function sameTarget(a: TargetSettings, b: TargetSettings): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
