import type { ReceiverTarget, ReplicationSettings } from '../../../src/api/replication-settings.ts';
import { settingsDefaults } from '../../../src/api/settings-defaults.ts';
import type { Inode } from '../models/inode.ts';
import { ModelAgent } from '../models/model-agent.ts';
import { ModelReceiver } from '../models/model-receiver.ts';
import { Network } from '../models/network.ts';
import { Volume } from '../models/volume.ts';
import type { Violation } from '../oracle/violation.ts';
import { NodeClock } from './node-clock.ts';
import { Scheduler } from './scheduler.ts';
import { Streams } from './streams.ts';

const tickMs = 4;
/** What a former agent has under way is done or given up after so long, ms. */
const inFlightMs = 12_000;

const target: ReceiverTarget = {
  kind: 'receiver',
  name: 'target',
  host: 'receiver',
  port: 1,
  volume: 'volume',
  username: 'agent',
  password: '',
  tls: { ca: '', cert: '', key: '' },
};

/** The defaults, of attributes what the models have; nothing happens by itself, and nobody waits for long. */
const { verify: _, sync, ...defaults } = settingsDefaults;
export const settings: ReplicationSettings = {
  ...defaults,
  generation: 1,
  source: '/source',
  targets: [target],
  sync: {
    ...sync,
    preserve: { ...sync.preserve, xattrs: false, sparse: false },
    fullPass: { schedule: '@yearly', jitterMs: 0 },
  },
  retry: { initialMs: 100, maxMs: 2_000 },
};

/** A source with its agents, a receiver, and the way between: all on one scheduler and one seed. */
export class World {
  readonly scheduler = new Scheduler();
  readonly clock: NodeClock;
  readonly source: Volume;
  readonly receiver: ModelReceiver;
  readonly network: Network;
  readonly violations: Violation[] = [];
  agent: ModelAgent | undefined;
  /** Deletions may be held with reason: the root was another one for a while, or empty while nobody watched. */
  mayHold = false;
  guarded: { readonly since: number; readonly entries: ReadonlyMap<string, Inode> } | undefined;
  /** When the source was changed last, ms since the world's start. */
  changedAt = 0;
  readonly #streams: Streams;
  readonly #healing = new Set<() => void>();
  /** What ends by its time alone. */
  #lasting = 0;
  #lives = 0;
  #successors = 0;
  #pieces = 0;
  #deviations = 0;

  constructor(seed: number) {
    this.#streams = new Streams(seed);
    this.clock = new NodeClock(this.scheduler);
    this.source = new Volume({ now: () => this.clock.now(), tickMs });
    this.source.listen(() => this.noteChange());
    this.receiver = new ModelReceiver(new NodeClock(this.scheduler, 1_234), this.#streams.of('receiver'));
    this.network = new Network(this.scheduler, this.#streams.of('network'));
    this.startAgent();
  }

  nextPiece(): number {
    this.#pieces += 1;
    return this.#pieces;
  }

  noteChange(): void {
    this.changedAt = this.scheduler.now;
    // Emptied while nobody watches, it is a reason to hold.
    if (this.source.directory('')?.children.size === 0) this.mayHold = true;
  }

  later(ms: number, run: () => void): void {
    this.scheduler.after(ms, run);
  }

  /** Has something end after its time, or when all that is broken is mended. */
  untilHealed(ms: number, mend: () => void): void {
    const once = (): void => {
      if (!this.#healing.delete(once)) return;
      this.noteChange();
      mend();
    };
    this.#healing.add(once);
    this.scheduler.after(ms, once);
  }

  /**
   * What the target has must stay there, if under another name: nobody told of its deletion. `gone`: but for these. Until the
   * source changes.
   */
  guard(gone: ReadonlySet<string>): void {
    const entries = [...this.receiver.data.walk()].filter(([path]) => !gone.has(path));
    this.guarded = { since: this.scheduler.now, entries: new Map(entries) };
  }

  /** The target's machine goes: what it had not made durable is lost by nobody's fault. */
  cutPower(): void {
    this.receiver.cutPower();
    this.network.breakConnections();
    if (this.guarded === undefined) return;
    const { since, entries } = this.guarded;
    this.guarded = { since, entries: new Map([...this.receiver.data.walk()].filter(([path]) => entries.has(path))) };
  }

  /** The same as `untilHealed` for what is not cut short. */
  untilOver(ms: number, end: () => void): void {
    this.#lasting += 1;
    this.scheduler.after(ms, () => {
      this.#lasting -= 1;
      this.noteChange();
      end();
    });
  }

  get isHealed(): boolean {
    return this.#healing.size === 0 && this.#lasting === 0;
  }

  heal(): void {
    for (const mend of [...this.#healing]) mend();
    if (this.agent === undefined) this.startAgent();
  }

  startAgent(): void {
    if (this.agent !== undefined) return;
    const isCalm = this.scheduler.now - this.changedAt > inFlightMs;
    if (isCalm && this.source.directory('')?.children.size === 0) this.guard(new Set());
    this.#lives += 1;
    const random = this.#streams.of(`agent ${this.#lives}`);
    this.agent = new ModelAgent({
      scheduler: this.scheduler,
      clock: this.clock,
      random,
      source: this.source,
      receiver: this.receiver,
      network: this.network,
      holder: `pod-${this.#successors}`,
      takeOver: false,
      settings,
      target,
      tickMs,
      maxQueuedEvents: 40,
      maxChanges: [16, 200, 32_768][random.below(3)] as number,
      onServerStep: (epoch) => this.#checkEpoch(epoch),
    });
  }

  /** SIGKILL. */
  killAgent(): void {
    this.agent?.life.end();
    this.agent = undefined;
  }

  leaveAgent(ms: number): void {
    const leaving = this.agent;
    if (leaving === undefined) return;
    void leaving.leave().then(() => {
      if (this.agent === leaving) this.agent = undefined;
    });
    this.untilHealed(ms + 30_000, () => {
      if (this.agent === leaving) this.killAgent();
      this.startAgent();
    });
  }

  /** Another pod on the same claim takes over; the first goes on as if nothing was until it is told. */
  replaceAgent(): void {
    const before = this.agent;
    if (before === undefined) return;
    this.agent = undefined;
    this.#successors += 1;
    this.startAgent();
    this.untilHealed(20_000, () => before.life.end());
  }

  #checkEpoch(epoch: number): void {
    if (epoch !== this.receiver.epoch && this.#deviations++ === 0)
      this.violations.push({
        kind: 'stale writer',
        text: `a run of epoch ${epoch} works on a target that is at ${this.receiver.epoch}`,
      });
  }
}
