import { compileFilter, type Filter } from '../../../sidecar/filter/filter.ts';
import type { ReplicationSettings, TargetSettings } from '../../../src/api/replication-settings.ts';
import { NodeClock } from '../world/node-clock.ts';
import type { Scheduler } from '../world/scheduler.ts';
import type { Streams } from '../world/streams.ts';
import type { WorldPlan } from '../world/world-plan.ts';
import type { Inode } from './inode.ts';
import { ModelReceiver } from './model-receiver.ts';
import { Network } from './network.ts';

/** Clocks of two machines differ, ms. */
const clockOffMs = 1_234;

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
  /** What it must go on having, under whatever name, and since when. */
  guarded: { readonly since: number; readonly entries: ReadonlyMap<string, Inode> } | undefined;
  /** What it held when it was taken into use: nobody else may change it. */
  inUse: string | undefined;

  constructor(
    settings: TargetSettings,
    all: ReplicationSettings,
    scheduler: Scheduler,
    streams: Streams,
    { takesSmallFiles = false, makesCopies = false }: WorldPlan,
  ) {
    this.settings = settings;
    this.takesSmallFiles = takesSmallFiles;
    this.makesCopies = makesCopies;
    this.filter = compileFilter(settings.filter ?? all.filter);
    const own = settings === all.targets[0] ? '' : ` of ${settings.name}`;
    this.receiver = new ModelReceiver(new NodeClock(scheduler, clockOffMs), streams.of(`receiver${own}`));
    this.network = new Network(scheduler, streams.of(`network${own}`));
  }

  get isDaemon(): boolean {
    return this.settings.kind === 'rsyncd';
  }

  /** What it has must stay there, if under another name: nobody told of its deletion. `gone`: but for these. */
  guard(since: number, gone: ReadonlySet<string>): void {
    const entries = [...this.receiver.data.walk()].filter(([path]) => !gone.has(path));
    this.guarded = { since, entries: new Map(entries) };
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
    if (this.guarded === undefined) return;
    const { since, entries } = this.guarded;
    this.guarded = { since, entries: new Map([...this.receiver.data.walk()].filter(([path]) => entries.has(path))) };
  }

  /** It is taken into use, and whoever uses it writes something. */
  promote(use: () => void): void {
    this.receiver.promote({ lineage: { id: 'use of the replica' }, by: 'somebody' });
    use();
    this.inUse = this.describe();
  }

  demote(): void {
    this.inUse = undefined;
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
