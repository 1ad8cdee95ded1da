import type { RawChange, RelPath } from '../../../sidecar/agent/changes/change.ts';
import { LostEvents } from '../../../sidecar/agent/changes/lost-events.ts';
import { OpenFiles } from '../../../sidecar/agent/changes/open-files.ts';
import { joinPath, parentOf } from '../../../sidecar/agent/changes/paths.ts';
import { Settler } from '../../../sidecar/agent/changes/settle.ts';
import { WallTimes } from '../../../sidecar/agent/changes/wall-times.ts';
import { AnnouncedLately } from '../../../sidecar/agent/deletions/announced-lately.ts';
import { readNote } from '../../../sidecar/agent/link/agent-note.ts';
import type { Link, OpenLink } from '../../../sidecar/agent/link/link.ts';
import { PathLocks } from '../../../sidecar/agent/locks/path-locks.ts';
import { ChangeLog } from '../../../sidecar/agent/log/change-log.ts';
import type { ReplicaMetrics } from '../../../sidecar/agent/replicate/replica-metrics.ts';
import { Replicator } from '../../../sidecar/agent/replicate/replicator.ts';
import type { RunOrder } from '../../../sidecar/agent/replicate/session.ts';
import { rsyncFlags } from '../../../sidecar/agent/rsync/flags.ts';
import { ProcessorBudget } from '../../../sidecar/agent/schedule/processor-budget.ts';
import { changedAtOf, sightOf } from '../../../sidecar/agent/source/sight.ts';
import { describeNotWatched } from '../../../sidecar/agent/watch/not-watched.ts';
import { compileFilter, toRsyncArgs } from '../../../sidecar/filter/filter.ts';
import type { ReplicaStatus } from '../../../sidecar/protocol/agent-status.ts';
import type { ControlClient } from '../../../sidecar/protocol/control-client.ts';
import { receiverPartialArgs, receiverTransferArgs } from '../../../sidecar/protocol/receiver-layout.ts';
import type { ReceiverTarget, ReplicationSettings } from '../../../src/api/replication-settings.ts';
import { silentLogger } from '../../../src/process/logger.ts';
import type { Random } from '../../storm/random.ts';
import { Life } from '../world/life.ts';
import type { NodeClock } from '../world/node-clock.ts';
import type { Scheduler } from '../world/scheduler.ts';
import { pause } from '../world/streams.ts';
import { ModelChangeSource } from './model-change-source.ts';
import type { ModelReceiver } from './model-receiver.ts';
import { ModelRun } from './model-run.ts';
import { ModelSource } from './model-source.ts';
import type { Network } from './network.ts';
import type { Volume } from './volume.ts';

export interface ModelAgentOptions {
  readonly scheduler: Scheduler;
  readonly clock: NodeClock;
  readonly random: Random;
  readonly source: Volume;
  readonly receiver: ModelReceiver;
  readonly network: Network;
  readonly holder: string;
  readonly takeOver: boolean;
  readonly settings: ReplicationSettings;
  readonly target: ReceiverTarget;
  readonly tickMs: number;
  readonly maxQueuedEvents: number;
  /** The log's bound on changes in memory. */
  readonly maxChanges: number;
  readonly onServerStep: (epoch: number) => void;
}

const reopenMs = 1_000;
const rootCheckMs = 3_000;
/** syncfs. */
const syncMs = 60;
const justNowMs = 2_000;
const lockTimeoutMs = 600_000;

/** Counts nothing. */
const noMetrics = {
  onRun: () => {},
  onBatch: () => {},
  onFailure: () => {},
  onPassStarted: () => {},
  onFullPass: () => {},
  onHeld: () => {},
} as unknown as ReplicaMetrics;

/** One life of an agent: the product's own parts, put together as `agent.ts` does, on models of what is outside of it. */
export class ModelAgent {
  readonly life: Life;
  readonly #options: ModelAgentOptions;
  readonly #view: ModelSource;
  readonly #log: ChangeLog;
  readonly #lost: LostEvents;
  readonly #wall: WallTimes;
  readonly #lately = new AnnouncedLately();
  readonly #settler: Settler;
  readonly #replicator: Replicator;
  #watch: ModelChangeSource | undefined;
  #isOpen = false;
  #wasOpen = false;

  constructor(options: ModelAgentOptions) {
    this.#options = options;
    this.life = new Life(options.clock);
    this.#lost = new LostEvents();
    this.#wall = new WallTimes(this.life);
    this.#view = new ModelSource(options.source, options.clock, options.tickMs);
    this.#log = new ChangeLog({ maxChanges: options.maxChanges });
    const { settings, target, holder, takeOver, random } = options;
    this.#settler = new Settler({
      clock: this.life,
      maxDelayMs: settings.sync.maxDelayMs,
      seesWrites: true,
      lookAt: (path) => sightOf(this.#view.look(path)),
      open: new OpenFiles((path) => changedAtOf(this.#view.look(path))),
      onUnseen: (paths) => this.#onChanges(paths.map((path) => ({ kind: 'modify', path }))),
      onStray: (path) => this.#lookBeside(path),
      onSettled: (changes) => {
        this.#log.append(changes);
        this.#replicator.notify();
      },
    });
    this.#replicator = new Replicator({
      clock: this.life,
      random: () => random.below(1_000) / 1_000,
      source: this.#view,
      openLink: (_, request) => this.#openLink(request),
      wait: (signal) => async (ms) => void (await this.life.sleep(ms, signal)),
      startRun: (link, order) => this.#startRun(link, order),
      target,
      settings,
      holder,
      takeOver,
      log: this.#log,
      lost: this.#lost,
      wall: this.#wall,
      lately: this.#lately,
      budget: new ProcessorBudget(0.2, 30, () => 0, this.life.monotonic()),
      locks: new PathLocks({ timeoutMs: lockTimeoutMs }),
      stateDir: '/state',
      heldBack: () => this.#settler,
      notWatched: () => describeNotWatched(this.#notWatched()),
      unseenMs: () => 0,
      metrics: noMetrics,
      logger: silentLogger,
    });
    this.life.onEnd(() => void this.#watch?.close());
    void this.#openWatch();
  }

  status(): ReplicaStatus {
    return this.#replicator.status();
  }

  /** Nothing is owed, and no event waits to be read. */
  get isIdle(): boolean {
    return this.#isOpen && this.#replicator.idle && this.#settler.heldCount === 0 && this.#watch?.isIdle === true;
  }

  requestPass(): void {
    void this.#watch?.check().then(() => this.#replicator.requestPass('schedule', []));
  }

  /** SIGTERM. */
  async leave(): Promise<void> {
    this.#settler.flush();
    await this.#replicator.stop();
    this.life.end();
  }

  #notWatched(): Parameters<typeof describeNotWatched>[0] {
    const closed = [{ reason: 'NotOpen', count: 1, samples: [''] }] as const;
    return this.#watch === undefined || !this.#isOpen ? closed : this.#watch.stats().notWatched;
  }

  async #openWatch(): Promise<void> {
    const { source, settings, clock, random, maxQueuedEvents } = this.#options;
    const filter = compileFilter(settings.filter);
    const { events } = settings;
    const watch = new ModelChangeSource({
      volume: source,
      root: '/source',
      filter,
      events,
      clock,
      random,
      maxQueuedEvents,
    });
    this.#watch = watch;
    const replaced = this.#view.adopt();
    await watch.open({
      onChanges: (batch, lostSince) => this.#onChanges(batch, lostSince),
      onRootLost: () => this.#reopen(),
      onError: () => this.#reopen(),
    });
    if (this.life.isOver || watch !== this.#watch) return;
    this.#isOpen = true;
    if (this.#wasOpen) this.#replicator.sourceChanged();
    this.#replicator.requestPass(this.#wasOpen ? 'root-replaced' : 'start', [], { sourceReplaced: replaced });
    this.#wasOpen = true;
    this.#replicator.start();
    this.#lookAfterRoot(watch);
  }

  #lookAfterRoot(watch: ModelChangeSource): void {
    this.life.after(rootCheckMs, () => {
      if (watch !== this.#watch || !this.#isOpen) return;
      if (this.#view.check() === 'same') this.#lookAfterRoot(watch);
      else {
        void watch.close();
        this.#reopen();
      }
    });
  }

  #reopen(): void {
    this.#isOpen = false;
    this.life.after(reopenMs, () => void this.#openWatch());
  }

  #onChanges(batch: readonly RawChange[], lostSince?: number): void {
    if (this.life.isOver) return;
    const readAt = this.life.monotonic();
    this.#wall.look();
    if (lostSince !== undefined) this.#lost.note(lostSince, readAt);
    this.#lately.note(batch.filter(({ kind }) => kind === 'delete').length, readAt);
    this.#settler.accept(batch, readAt);
  }

  /** A write was told of a name that is gone: what else of its directory was changed just now is told of. */
  #lookBeside(path: RelPath): void {
    const { source, clock } = this.#options;
    const directory = parentOf(path);
    const names = [...(source.directory(directory)?.children.keys() ?? [])].map((name) => joinPath(directory, name));
    const changed = names.filter((name) => (changedAtOf(this.#view.look(name)) ?? 0) > clock.now() - justNowMs);
    this.#onChanges(changed.map((name) => ({ kind: 'write', path: name })));
  }

  async #openLink(request: Parameters<OpenLink>[1]): Promise<Link> {
    const { network, receiver } = this.#options;
    const { stateDir: _, ...asked } = request;
    const lease = await network.call(this.life, () => receiver.takeLease({ ...asked, fresh: asked.epoch > 0 }));
    const { bootId, instance } = lease;
    return {
      destination: 'rsync://agent@receiver/volume/data/',
      password: undefined,
      dial: () => Promise.reject(new Error('a model has no socket')),
      targetArgs: receiverTransferArgs(lease.root),
      partialArgs: (path) => receiverPartialArgs(lease.root, path),
      targetRoot: `${lease.root}/data`,
      epoch: lease.epoch,
      continues: lease.continues ?? false,
      position: lease.position,
      life: { bootId, instance },
      lineage: lease.lineage,
      timeGranularityNs: lease.timeGranularityNs,
      hasHistory: false,
      note: readNote(lease.note),
      keepNote: undefined,
      control: this.#control(),
      close: () => {},
    };
  }

  #control(): ControlClient {
    const { network, receiver } = this.#options;
    const call = <T>(run: () => T, workMs = 0): Promise<T> => network.call(this.life, run, workMs);
    return {
      takeLease: (request) => call(() => receiver.takeLease(request)),
      releaseLease: (epoch) => call(() => receiver.releaseLease(epoch)),
      rename: (request) => call(() => receiver.rename(request)),
      delete: (request) => call(() => receiver.delete(request)),
      reportPosition: (report) => call(() => receiver.reportPosition(report), pause(this.#options.random, syncMs)),
      checkpoint: () => Promise.reject(new Error('not modelled')),
      appendHookLines: () => Promise.reject(new Error('not modelled')),
      writeSmallFiles: () => Promise.reject(new Error('not modelled')),
      listKept: () => Promise.reject(new Error('not modelled')),
      list: () => Promise.reject(new Error('not modelled')),
      hash: () => Promise.reject(new Error('not modelled')),
      copy: () => Promise.reject(new Error('not modelled')),
      undelete: () => Promise.reject(new Error('not modelled')),
      promote: () => Promise.reject(new Error('not modelled')),
      demote: () => Promise.reject(new Error('not modelled')),
      status: () => Promise.reject(new Error('not modelled')),
      report: () => Promise.reject(new Error('not modelled')),
      close: () => {},
    };
  }

  #startRun(link: Link, { flavor, path, onOutput }: RunOrder): ModelRun {
    const { settings, source, scheduler, random, network, receiver, clock, onServerStep } = this.#options;
    const { filter, sync } = settings;
    const targetArgs = [...link.targetArgs, ...(path === undefined ? [] : link.partialArgs(path))];
    return new ModelRun({
      scheduler,
      random,
      life: this.life,
      network,
      receiver,
      source,
      now: () => clock.now(),
      epoch: link.epoch,
      flags: rsyncFlags(flavor, { sync, filterArgs: toRsyncArgs(filter), targetArgs }),
      onOutput,
      onServerStep,
    });
  }
}
