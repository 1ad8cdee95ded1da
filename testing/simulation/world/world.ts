import type { ReplicationSettings } from '../../../src/api/settings/replication-settings.ts';
import { ModelAgent } from '../models/agent/model-agent.ts';
import { ModelState } from '../models/agent/model-state.ts';
import { type Inode, type Name, pathOf } from '../models/inode.ts';
import type { KernelEvent } from '../models/kernel-event.ts';
import { ModelTarget } from '../models/model-target.ts';
import { Volume } from '../models/volume.ts';
import type { Violation } from '../oracle/violation.ts';
import { NodeClock } from './node-clock.ts';
import { Scheduler } from './scheduler.ts';
import { settingsOf } from './settings-of.ts';
import type { Streams } from './streams.ts';
import type { WorldPlan } from './world-plan.ts';

const tickMs = 4;
/** What a former agent has under way is done or given up after so long, ms. */
const inFlightMs = 12_000;
/** What no event tells of is found by the look at the times of all files after the next, ms. */
const unseenWithinMs = 130_000;
/** An event is read, and the clock has ticked, within so long, ms. */
const toldWithinMs = 50;
/** What was asked while the way swallowed it is given up within so long, and asked anew, ms. */
const givenUpWithinMs = 13_000;
/** What is written by a name is sent by it within so long, ms. */
const goneWithinMs = 1_000;

/** A source with its agents, its targets, and the ways between: all on one scheduler and one seed. */
export class World {
  readonly plan: WorldPlan;
  readonly settings: ReplicationSettings;
  readonly scheduler = new Scheduler();
  readonly clock: NodeClock;
  readonly source: Volume;
  readonly targets: readonly ModelTarget[];
  readonly violations: Violation[] = [];
  agent: ModelAgent | undefined;
  /** Deletions may be held with reason: the root was another one for a while, or empty while nobody watched. */
  mayHold = false;
  /** When the source was changed last, and until when a change may be unknown to everybody, ms since the world's start. */
  changedAt = 0;
  unseenUntil = 0;
  readonly #streams: Streams;
  /** Until when an agent may wait for the answer to what was swallowed, ms since the world's start. */
  #unheardUntil = 0;
  readonly #healing = new Set<() => void>();
  /** What ends by its time alone. */
  #lasting = 0;
  #lives = 0;
  #successors = 0;
  #pieces = 0;
  #devices = 49;
  #deviations = 0;
  readonly #touched = new WeakMap<Inode, number>();
  readonly #written = new WeakMap<Inode, Name & { readonly at: number }>();
  #notes = new Map<string, string>();
  #state: ModelState | undefined;

  constructor(plan: WorldPlan, streams: Streams) {
    this.plan = plan;
    this.#streams = streams;
    this.settings = settingsOf(plan);
    this.mayHold = plan.keepsMasses === true;
    this.clock = new NodeClock(this.scheduler);
    this.source = new Volume({ now: () => this.clock.now(), tickMs });
    this.source.listen((event) => {
      this.#touched.set(event.inode, this.scheduler.now);
      if (this.#mayBeUnseen(event)) this.noteUnseen();
      else this.noteChange();
    });
    const { settings, scheduler } = this;
    this.targets = settings.targets.map((target) => new ModelTarget(target, settings, scheduler, streams, plan));
    this.#state = this.#makeState();
    this.startAgent();
  }

  #makeState(): ModelState | undefined {
    return this.plan.remembers ? new ModelState() : undefined;
  }

  /** The one that a step's number means. */
  target(number: number): ModelTarget {
    return this.targets[number % this.targets.length] as ModelTarget;
  }

  nextPiece(): number {
    this.#pieces += 1;
    return this.#pieces;
  }

  /** Of another file system: each is one of its own. */
  nextDevice(): number {
    this.#devices += 1;
    return this.#devices;
  }

  noteChange(): void {
    this.changedAt = this.scheduler.now;
    for (const target of this.targets) {
      target.guarded = undefined;
      target.receiver.kept.whole.releaseBack();
    }
    // Emptied while nobody watches, it is a reason to hold.
    if (this.source.directory('')?.children.size === 0) this.mayHold = true;
  }

  /** Something was changed that no event tells of. */
  noteUnseen(): void {
    this.noteChange();
    this.unseenUntil = this.scheduler.now + unseenWithinMs;
  }

  /** From when on agents can know all that was done, ms since the world's start. */
  get knownAfter(): number {
    return Math.max(this.unseenUntil, this.#unheardUntil);
  }

  /** The way to a target has swallowed what was asked: its agent hears late that it is not what it was. */
  noteSwallowed(): void {
    this.#unheardUntil = this.scheduler.now + givenUpWithinMs;
  }

  /** What is written to it through a mapping now may be taken for what its last event told of: see docs/proof.md. */
  wasTouchedLately(inode: Inode): boolean {
    return this.scheduler.now - (this.#touched.get(inode) ?? Number.NEGATIVE_INFINITY) < toldWithinMs;
  }

  /** Written by a name that is gone before anybody looked: which of the others are the same file is not told. */
  #mayBeUnseen({ kind, inode, name }: KernelEvent): boolean {
    if (this.#hasHiddenName(inode)) return true;
    if (name === undefined) return false;
    if (kind === 'modify') this.#written.set(inode, { ...name, at: this.scheduler.now });
    const last = this.#written.get(inode);
    const isSame = last?.directory === name.directory && last.name === name.name;
    return kind === 'delete' && isSame && inode.names.length > 0 && this.scheduler.now - last.at < goneWithinMs;
  }

  /** What is done to it by a name that is left out is told of by no event that counts. */
  #hasHiddenName(inode: Inode): boolean {
    if (inode.type === 'directory' || inode.names.length < 2) return false;
    return inode.names.some((name) => this.targets.some(({ filter }) => filter.excludes(pathOf(name), false)));
  }

  later(ms: number, run: () => void): void {
    this.scheduler.after(ms, run);
  }

  /** Has something end after its time, or when all that is broken is mended. */
  untilHealed(ms: number, mend: () => void, { changes } = { changes: true }): void {
    const once = (): void => {
      if (!this.#healing.delete(once)) return;
      // The source is what it was: what has to stay has to stay.
      if (changes) this.changedAt = this.scheduler.now;
      mend();
    };
    this.#healing.add(once);
    this.scheduler.after(ms, once);
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

  /** What the targets have must stay there but for what is `gone`: nobody told of its deletion. Until the source changes. */
  guard(goneOf: (target: ModelTarget) => ReadonlySet<string>): void {
    for (const target of this.targets) target.guard(goneOf(target));
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
    if (isCalm && this.source.directory('')?.children.size === 0) this.guard(() => new Set());
    this.#lives += 1;
    const random = this.#streams.of(`agent ${this.#lives}`);
    this.agent = new ModelAgent({
      scheduler: this.scheduler,
      clock: this.clock,
      random,
      source: this.source,
      targets: this.targets,
      holder: `pod-${this.#successors}`,
      takeOver: false,
      settings: this.settings,
      tickMs,
      maxQueuedEvents: 40,
      maxChanges: [16, 200, 32_768][random.below(3)] as number,
      notes: this.#notes,
      state: this.#state,
      onServerStep: (target, epoch) => this.#checkEpoch(target, epoch),
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
    this.#successors += 1;
    this.#notes = new Map();
    this.#state = this.#makeState();
    // Nothing keeps two writers of a plain daemon apart: there the first goes first.
    if (this.targets.some(({ isDaemon }) => isDaemon)) before.life.end();
    this.agent = undefined;
    this.startAgent();
    this.untilHealed(20_000, () => before.life.end());
  }

  #checkEpoch({ receiver, isDaemon, settings }: ModelTarget, epoch: number): void {
    if (isDaemon || epoch === receiver.epoch || this.#deviations++ > 0) return;
    this.violations.push({
      kind: 'stale writer',
      text: `a run of epoch ${epoch} works on ${settings.name}, which is at ${receiver.epoch}`,
    });
  }
}
