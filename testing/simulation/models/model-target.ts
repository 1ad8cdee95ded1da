import { compileFilter, type Filter } from '../../../sidecar/filter/filter.ts';
import type { ReplicationSettings, TargetSettings } from '../../../src/api/settings/replication-settings.ts';
import { NodeClock } from '../world/node-clock.ts';
import type { Scheduler } from '../world/scheduler.ts';
import type { Streams } from '../world/streams.ts';
import type { WorldPlan } from '../world/world-plan.ts';
import type { Inode } from './inode.ts';
import { ModelReceiver } from './model-receiver.ts';
import { Network } from './network.ts';

/** Clocks of two machines differ, ms. */
const clockOffMs = 1_234;

/** What history may take where it has little room. */
const littleBytes = 12_000;

/** One target with its machine, and the way to it. */
export class ModelTarget {
  readonly settings: TargetSettings;
  /** What it has of the source. */
  readonly filter: Filter;
  readonly receiver: ModelReceiver;
  readonly network: Network;
  /** An older receiver takes none without rsync, and copies nothing. */
  readonly takesSmallFiles: boolean;
  readonly makesCopies: boolean;
  /** It is asked what it keeps of masses that were deleted. */
  readonly keepsMasses: boolean;
  /** What it must go on having, under whatever name, until the source changes. */
  guarded: ReadonlyMap<string, Inode> | undefined;
  /** What it held when it was taken into use: nobody else may change it. */
  inUse: string | undefined;
  /** Somebody uses it, and writes to it behind its history's back. */
  isUsed = false;

  constructor(
    settings: TargetSettings,
    all: ReplicationSettings,
    scheduler: Scheduler,
    streams: Streams,
    { takesSmallFiles = false, makesCopies = false, keepsHistory = false, keepsMasses = false, ...plan }: WorldPlan,
  ) {
    this.settings = settings;
    const hasHistory = keepsHistory && settings.kind === 'receiver';
    this.takesSmallFiles = takesSmallFiles;
    // A history is told by runs what they replace.
    this.makesCopies = makesCopies && !hasHistory;
    this.keepsMasses = keepsMasses;
    this.filter = compileFilter(settings.filter ?? all.filter);
    const own = settings === all.targets[0] ? '' : ` of ${settings.name}`;
    this.receiver = new ModelReceiver(new NodeClock(scheduler, clockOffMs), streams.of(`receiver${own}`), {
      keepsHistory: hasHistory,
      sweeps: keepsMasses || plan.hasLittleRoom === true,
      maxHistoryBytes: plan.hasLittleRoom === true ? littleBytes : Number.POSITIVE_INFINITY,
    });
    this.network = new Network(scheduler, streams.of(`network${own}`));
  }

  get isDaemon(): boolean {
    return this.settings.kind === 'rsyncd';
  }

  /** What it has must stay there, if under another name: nobody told of its deletion. `gone`: but for these. */
  guard(gone: ReadonlySet<string>): void {
    this.guarded = new Map([...this.receiver.data.walk()].filter(([path]) => !gone.has(path)));
  }

  stop(): void {
    this.receiver.stop();
    this.network.breakConnections();
  }

  /** Its machine goes: what it had not made durable is lost by nobody's fault. */
  cutPower(): void {
    // A plain daemon can't tell anybody what it lost.
    if (this.isDaemon) {
      this.stop();
      return;
    }
    this.receiver.cutPower();
    this.network.breakConnections();
    if (this.inUse !== undefined) this.inUse = this.describe();
    const { guarded } = this;
    if (guarded !== undefined)
      this.guarded = new Map([...this.receiver.data.walk()].filter(([path]) => guarded.has(path)));
  }

  /** It is taken into use, and whoever uses it writes something. */
  promote(use: () => void): void {
    this.receiver.promote({ lineage: { id: 'use of the replica' }, by: 'somebody' });
    this.isUsed = true;
    use();
    this.receiver.past?.doubt();
    this.inUse = this.describe();
  }

  /**
   * It stands as it was at one of its checkpoints, until it is a target again; `dies` ends it on its way, and who asked for it asks again.
   * @returns what is not as it was
   */
  async rollBack(number: number, dies?: { readonly afterCalls: number; readonly loses: boolean }): Promise<string> {
    const { past } = this.receiver;
    if (past === undefined || past.history.checkpoints().length === 0) return '';
    this.receiver.promote({ lineage: { id: 'rolled back' }, by: 'somebody' });
    this.guarded = undefined;
    this.receiver.liveOn();
    if (dies !== undefined) {
      this.receiver.dieAfter(dies.afterCalls, () => (dies.loses ? this.cutPower() : this.stop()));
      const early = await past.rollBack(number).catch(() => 'ended');
      this.receiver.kept.whole.lookAnew();
      this.receiver.liveOn();
      if (this.receiver.isUp && early !== 'ended') return this.#stand(early);
      this.receiver.start();
    }
    const found = await past.rollBack(number);
    this.receiver.kept.whole.lookAnew();
    return this.#stand(found);
  }

  #stand(found: string | undefined): string {
    this.inUse = this.describe();
    return found ?? '';
  }

  demote(): void {
    this.inUse = undefined;
    this.isUsed = false;
    this.receiver.liveOn();
    this.receiver.demote({ by: 'somebody' });
  }

  /** All that is there, in one text. */
  describe(): string {
    const lines: string[] = [];
    for (const [path, inode] of this.receiver.data.walk())
      lines.push(`${path} ${inode.type} ${inode.mode} ${inode.type === 'file' ? inode.pieces.join() : ''}`);
    return lines.join('\n');
  }
}
