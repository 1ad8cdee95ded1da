import {
  type DeleteAnswer,
  type DeleteRequest,
  type DemoteRequest,
  type LeaseAnswer,
  type LeaseRequest,
  leaseTtlMs,
  type Position,
  type PositionAnswer,
  type PositionReport,
  type PromoteRequest,
  type RenameAnswer,
  type RenameRequest,
} from '../../../sidecar/protocol/control.ts';
import { ControlFailure } from '../../../sidecar/protocol/control-connection.ts';
import type { CopyAnswer, CopyRequest } from '../../../sidecar/protocol/copy.ts';
import type { SmallFilesAnswer, SmallFilesRequest } from '../../../sidecar/protocol/small-files.ts';
import type { HashAnswer, HashRequest, ListAnswer, ListRequest } from '../../../sidecar/protocol/verify.ts';
import { decideLease, type LeaseState, noLease } from '../../../sidecar/receiver/lease/lease.ts';
import { demote, promote, promotedError } from '../../../sidecar/receiver/lease/promotion.ts';
import type { Random } from '../../storm/random.ts';
import type { NodeClock } from '../world/node-clock.ts';
import { copyFiles, makeParents } from './copies.ts';
import { hashIn, listIn } from './model-reader.ts';
import { fingerprintOf } from './model-source.ts';
import { unreachable } from './network.ts';
import { PartialStore } from './rsync/partial-store.ts';
import { removeDown } from './rsync/target-side.ts';
import { writeSmallFiles } from './small-files.ts';
import { copyTree, mixTrees, putBack, type Tree } from './tree-snapshot.ts';
import { Volume } from './volume.ts';

/** The half of a run that works at the receiver. */
export interface ServerRun {
  readonly epoch: number;
  kill(): void;
}

interface Kept {
  readonly position: Position | null;
  readonly note: string | null;
}

/** A receiver with its machine: what it holds, who may write, and what of it outlives a power cut. */
export class ModelReceiver {
  readonly data: Volume;
  readonly partials = new PartialStore();
  readonly runs = new Set<ServerRun>();
  readonly #clock: NodeClock;
  readonly #random: Random;
  #lease: LeaseState = noLease;
  #expiresAt = 0;
  #kept: Kept = { position: null, note: null };
  #durable: Tree;
  #isUp = true;
  #boots = 1;
  #starts = 1;

  constructor(clock: NodeClock, random: Random) {
    this.#clock = clock;
    this.#random = random;
    this.data = new Volume({ now: () => clock.now(), device: 100 });
    this.#durable = copyTree(this.data.root);
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
      holdsData: (this.data.directory('')?.children.size ?? 0) > 0,
      now: this.#clock.now(),
    };
    const decision = decideLease(this.#lease, facts, request);
    if (decision.kind === 'refuse') throw new ControlFailure(409, decision.error);
    if (decision.kind === 'grant') this.#change(decision.next);
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
    };
  }

  /** It is taken into use: no writer writes it any more. */
  promote(request: PromoteRequest): void {
    this.#change(promote(this.#lease, 'volume', request, this.#clock.now()));
  }

  /** A target again, of the source that it had. */
  demote(request: DemoteRequest): void {
    this.#change(demote(this.#lease, request, this.#clock.now()));
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

  rename({ epoch, renames }: RenameRequest): RenameAnswer {
    this.#requireEpoch(epoch);
    const results = renames.map(({ from, to, expect }) => {
      const [source, target] = [decode(from), decode(to)];
      if (this.data.get(source) !== undefined) makeParents(this.data, target);
      const done = this.data.rename(source, target);
      if (done !== 'ok') return { renamed: false, matches: false, reason: done };
      const found = expect === undefined ? undefined : fingerprintOf(this.data, target);
      return {
        renamed: true,
        matches: found?.type === expect?.type && found?.digest === expect?.digest && found != null,
      };
    });
    return { results };
  }

  delete({ epoch, paths }: DeleteRequest): DeleteAnswer {
    this.#requireEpoch(epoch);
    const results = paths.map((coded) => {
      const path = decode(coded);
      if (this.data.get(path) === undefined) return { deleted: true };
      const done = removeDown(this.data, path);
      return done === 'ok' ? { deleted: true } : { deleted: false, reason: done === 'EROFS' ? 'ReadOnly' : 'Denied' };
    });
    return { results };
  }

  /** In steps, between which an epoch may end. */
  writeSmallFiles(request: SmallFilesRequest): Generator<void, SmallFilesAnswer> {
    return writeSmallFiles(this.data, request, () => this.#requireEpoch(request.epoch));
  }

  /** In steps too. */
  copy(request: CopyRequest): Generator<void, CopyAnswer> {
    return copyFiles(this.data, request, () => this.#requireEpoch(request.epoch));
  }

  /** syncfs, then the position. */
  reportPosition({ position, note }: PositionReport): PositionAnswer {
    this.#requireEpoch(position.epoch);
    this.#durable = copyTree(this.data.root);
    this.#kept = { position, note: note ?? this.#kept.note };
    return { ...this.#life(), position };
  }

  /** The process goes; what was written stays in the kernel. */
  stop(): void {
    this.#isUp = false;
    for (const run of [...this.runs]) run.kill();
  }

  start(): void {
    this.#isUp = true;
    this.#starts += 1;
    this.#expiresAt = this.#clock.monotonic() + leaseTtlMs;
  }

  /** The machine goes: of what was not synced some is there afterwards and some is not. */
  cutPower(): void {
    this.stop();
    putBack(this.data.root, mixTrees(this.#durable, copyTree(this.data.root), this.#random));
    this.#durable = copyTree(this.data.root);
    this.partials.clear();
    this.#boots += 1;
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
    if (this.#lease.promoted !== null) throw new ControlFailure(409, promotedError(this.#lease));
    if (epoch === this.epoch) return;
    throw new ControlFailure(409, { code: 'StaleEpoch', message: `epoch ${epoch} has ended`, epoch: this.epoch });
  }
}

const decode = (path: string): string => Buffer.from(path, 'base64url').toString('latin1');
