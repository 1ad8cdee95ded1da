import { ControlFailure } from '../../../sidecar/protocol/connection/control-connection.ts';
import {
  type ControlError,
  type DemoteRequest,
  type LeaseAnswer,
  type LeaseRequest,
  leaseTtlMs,
  type PositionAnswer,
  type PositionReport,
  type PromoteRequest,
  type RenameAnswer,
  type RenameRequest,
} from '../../../sidecar/protocol/control.ts';
import type { CopyAnswer, CopyRequest } from '../../../sidecar/protocol/copy.ts';
import type { CheckpointAnswer, CheckpointRequest, PreserveRequest } from '../../../sidecar/protocol/past/preserve.ts';
import type { SmallFilesAnswer, SmallFilesRequest } from '../../../sidecar/protocol/small-files.ts';
import type { HashAnswer, HashRequest, ListAnswer, ListRequest } from '../../../sidecar/protocol/verify.ts';
import { decodeName as decode } from '../../../sidecar/protocol/verify.ts';
import { decideLease, judgeWriter, type LeaseState, noLease } from '../../../sidecar/receiver/lease/lease.ts';
import { demote, promote } from '../../../sidecar/receiver/lease/promotion.ts';
import type { Random } from '../../storm/random.ts';
import type { NodeClock } from '../world/node-clock.ts';
import { pause } from '../world/streams.ts';
import { copyFiles } from './copies.ts';
import { ModelHistory } from './history/model-history.ts';
import { ModelPast } from './history/model-past.ts';
import { ModelPlaces } from './history/model-places.ts';
import { ModelKept } from './kept/model-kept.ts';
import { hashIn, listIn } from './model-reader.ts';
import { unreachable } from './network.ts';
import { renameAll } from './renames.ts';
import { PartialStore } from './rsync/partial-store.ts';
import { writeSmallFiles } from './small-files.ts';
import { mixTrees, type Tree } from './tree-snapshot.ts';
import { Volume } from './volume.ts';

/** The half of a run that works at the receiver. */
export interface ServerRun {
  readonly epoch: number;
  kill(): void;
}

/** fdatasync. */
const syncMs = 3;

type Kept = Pick<LeaseAnswer, 'position' | 'note'>;

export interface ReceiverOptions {
  readonly keepsHistory?: boolean;
  /** Now and then it lets go what it kept for long enough, or has no room for. */
  readonly sweeps?: boolean;
  readonly maxHistoryBytes?: number;
}

/** A receiver with its machine: what it holds, who may write, and what of it outlives a power cut. */
export class ModelReceiver {
  readonly data: Volume;
  readonly partials = new PartialStore();
  readonly runs = new Set<ServerRun>();
  /** Of a receiver that keeps what is replaced. */
  readonly past: ModelPast | undefined;
  /** Deletions, and what is kept of them. */
  readonly kept: ModelKept;
  /** Of its history, that were durable. */
  lostCheckpoints = 0;
  readonly #clock: NodeClock;
  readonly #random: Random;
  readonly #places: ModelPlaces;
  #lease: LeaseState = noLease;
  #expiresAt = 0;
  #kept: Kept = { position: null, note: null };
  #durable: Tree;
  #isUp = true;
  #boots = 1;
  #starts = 1;
  #deathAfter: { calls: number; readonly die: () => void } | undefined;

  constructor(
    clock: NodeClock,
    random: Random,
    { keepsHistory = false, sweeps = false, ...more }: ReceiverOptions = {},
  ) {
    this.#clock = clock;
    this.#random = random;
    this.data = new Volume({ now: () => clock.now(), device: 100 });
    const live = (): void => this.#requireLife();
    const places = new ModelPlaces(this.data, () => clock.now(), live);
    this.#places = places;
    if (keepsHistory) {
      const history = new ModelHistory(places, clock, live, () => this.#isUp, more.maxHistoryBytes);
      history.open(this.#life().bootId);
      this.past = new ModelPast(history, this.data);
    }
    this.kept = new ModelKept({
      ...{ places, clock, live, sweeps },
      history: () => this.past?.history,
      writeMs: () => pause(random, syncMs),
      lifeLine: () => this.lifeLine(),
      requireEpoch: (epoch) => this.#requireEpoch(epoch),
    });
    this.#durable = this.#copy();
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  /** Whether the process that runs now still does when it is asked. */
  lifeLine(): () => boolean {
    const starts = this.#starts;
    return () => this.#isUp && this.#starts === starts;
  }

  get epoch(): number {
    return this.#lease.epoch;
  }

  /** Why who has this epoch may not write; null where it may. */
  readonly refuses = (epoch: number): ControlError | null => judgeWriter(this.#lease, this.#life().bootId, epoch);

  get isPromoted(): boolean {
    return this.#lease.promoted !== null;
  }

  /** @throws Failure where nobody answers */
  requireUp(): void {
    if (!this.#isUp) throw unreachable();
  }

  takeLease(request: LeaseRequest): LeaseAnswer {
    this.requireUp();
    const facts = {
      expiresInMs: this.#lease.holder === null ? 0 : this.#expiresAt - this.#clock.monotonic(),
      volume: 'volume',
      bootId: this.#life().bootId,
      holdsData: (this.data.directory('')?.children.size ?? 0) > 0,
      now: this.#clock.now(),
    };
    const decision = decideLease(this.#lease, facts, request);
    if (decision.kind === 'refuse') throw new ControlFailure(409, decision.error);
    if (decision.kind === 'grant') {
      this.#change(decision.next);
      this.past?.history.places.showEqualLooks();
    }
    this.#expiresAt = this.#clock.monotonic() + leaseTtlMs;
    const { position, note } = this.#kept;
    const lineage = this.#lease.lineage?.id ?? null;
    return {
      ...this.#life(),
      epoch: this.epoch,
      continues: decision.kind === 'renew' || decision.continues,
      ttlMs: leaseTtlMs,
      position,
      lineage,
      timeGranularityNs: 1,
      note,
      root: '',
      ...(this.past === undefined ? {} : { hasHistory: true as const }),
    };
  }

  /** It is taken into use: no writer writes it any more. */
  promote(request: PromoteRequest): void {
    this.#change(promote(this.#lease, 'volume', request, this.#clock.now()));
  }

  /** A target again, of the source that it had. */
  demote(request: DemoteRequest): void {
    if (this.#isUp) this.past?.history.gap('promoted');
    this.#change(demote(this.#lease, request, this.#clock.now()));
  }

  /** What a run is about to send. */
  preserve(request: PreserveRequest, epoch: number): void {
    this.#requireEpoch(epoch);
    this.past?.history.keep(request);
  }

  checkpoint(request: CheckpointRequest): CheckpointAnswer {
    this.#requireEpoch(request.position.epoch);
    return this.past?.checkpoint(request) ?? { made: false };
  }

  /** What a comparison asks for. */
  list({ epoch, directories }: ListRequest): ListAnswer {
    this.#requireEpoch(epoch);
    return { directories: directories.map((wish) => listIn(this.data, decode(wish.path), wish)) };
  }

  hash({ epoch, pieces }: HashRequest): HashAnswer {
    this.#requireEpoch(epoch);
    return { pieces: pieces.map(({ path, from, length }) => hashIn(this.data, decode(path), from, length)) };
  }

  releaseLease(epoch: number): void {
    this.#requireEpoch(epoch);
    this.#lease = { ...this.#lease, holder: null };
  }

  rename(request: RenameRequest): RenameAnswer {
    this.#requireEpoch(request.epoch);
    return renameAll(this.data, request, this.past?.history);
  }

  /** In steps, between which an epoch may end. */
  *writeSmallFiles(request: SmallFilesRequest): Generator<void, SmallFilesAnswer> {
    const paths = [...request.files, ...request.directories].map(({ path }) => path);
    this.#requireEpoch(request.epoch);
    this.past?.history.keep({ paths, directories: [...paths.keys()] });
    return yield* writeSmallFiles(this.data, request, () => this.#requireEpoch(request.epoch));
  }

  /** In steps too. */
  copy(request: CopyRequest): Generator<void, CopyAnswer> {
    return copyFiles(this.data, request, () => this.#requireEpoch(request.epoch));
  }

  /** syncfs, then the position. */
  reportPosition({ position, note }: PositionReport): PositionAnswer {
    this.#requireEpoch(position.epoch);
    this.#durable = this.#copy();
    this.past?.sync();
    this.#kept = { position, note: note ?? this.#kept.note };
    const { operation } = this.past?.history ?? {};
    return { ...this.#life(), position, ...(operation === undefined ? {} : { operation }) };
  }

  /** The process goes; what was written stays in the kernel. */
  stop(): void {
    this.#isUp = false;
    for (const run of [...this.runs]) run.kill();
  }

  start(): void {
    this.#isUp = true;
    this.#starts += 1;
    this.#deathAfter = undefined;
    this.#expiresAt = this.#clock.monotonic() + leaseTtlMs;
    this.lostCheckpoints += this.past?.open(this.#life().bootId) ?? 0;
    this.kept.start();
  }

  /** It will be killed between two of the things that it does for its history. */
  dieAfter(calls: number, die: () => void): void {
    this.#deathAfter = { calls, die };
  }

  liveOn(): void {
    this.#deathAfter = undefined;
  }

  /** The machine goes: of what was not synced some is there afterwards and some is not. */
  cutPower(): void {
    this.stop();
    const left = mixTrees(this.#durable, this.#copy(), this.#random);
    this.past?.cutPower(left === this.#durable, this.#random);
    this.#places.putBack(left);
    this.kept.recover();
    this.#durable = this.#copy();
    this.partials.clear();
    this.#boots += 1;
  }

  #copy(): Tree {
    return this.#places.copy();
  }

  /** @throws Failure where it does not live any more */
  #requireLife(): void {
    this.requireUp();
    if (this.#deathAfter === undefined || this.#deathAfter.calls-- > 0) return;
    const { die } = this.#deathAfter;
    this.#deathAfter = undefined;
    die();
    throw unreachable();
  }

  #life(): { bootId: string; instance: string } {
    return { bootId: `boot-${this.#boots}`, instance: `${this.#boots}-${this.#starts}` };
  }

  /** Runs of an epoch that has ended are ended too. */
  #change(next: LeaseState): void {
    for (const run of [...this.runs]) if (run.epoch < next.epoch) run.kill();
    this.#lease = next;
  }

  #requireEpoch(epoch: number): void {
    this.requireUp();
    const refused = this.refuses(epoch);
    if (refused !== null) throw new ControlFailure(409, refused);
  }
}
