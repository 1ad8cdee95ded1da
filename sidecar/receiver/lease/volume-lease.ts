import { join } from 'node:path';
import type { Clock } from '../../../src/process/clock.ts';
import { Failure } from '../../../src/process/failure.ts';
import {
  type DemoteRequest,
  type LeaseAnswer,
  type LeaseRequest,
  leaseTtlMs,
  type PromoteRequest,
  type Promotion,
  type VolumeLineage,
} from '../../protocol/control.ts';
import type { RolledBackTo } from '../../protocol/past/past.ts';
import { Refusal } from '../refusal.ts';
import { ballastIn, ensureBallast, readDurable, writeDurableWithBallast } from '../volume/durable-file.ts';
import { isEmptyReplica, type VolumeDirectory } from '../volume/volume-directory.ts';
import { decideLease, judgeWriter, type LeaseState, parseLeaseState, staleEpoch } from './lease.ts';
import { demote, promote } from './promotion.ts';

export interface VolumeLeaseOptions {
  readonly directory: VolumeDirectory;
  readonly clock: Clock;
  /** See ReceiverLife. */
  readonly bootId: string;
  /** The only name the volume may have; without it the first writer gives one, for good. */
  readonly volume?: string | undefined;
  /** Ends every run of an epoch older than the given one and waits until none can write any more. */
  readonly endOlderThan: (epoch: number) => Promise<void>;
  /** It is a target again: whatever was written to it in place of its source was written unseen. */
  readonly onDemoted?: () => void;
}

/**
 * The lease of one volume, kept in `lease.json`. When the lease runs out is not kept: a receiver that starts gives the
 * last holder a full TTL, so that a renewal costs no write.
 */
export class VolumeLease {
  readonly #options: VolumeLeaseOptions;
  readonly #file: string;
  readonly #ballast: string;
  #state: LeaseState;
  #expiresAt: number;
  /** True while one epoch has ended and the next is not yet durable: nobody may write. */
  #changing = false;
  #isTaken = false;
  #queue: Promise<unknown> = Promise.resolve();

  private constructor(options: VolumeLeaseOptions, state: LeaseState) {
    this.#options = options;
    this.#file = join(options.directory.state, 'lease.json');
    this.#ballast = ballastIn(options.directory);
    this.#state = state;
    this.#expiresAt = options.clock.monotonic() + leaseTtlMs;
  }

  /** @throws Failure `StateCorrupt`, `VolumeNameChanged` */
  static async open(options: VolumeLeaseOptions): Promise<VolumeLease> {
    const path = join(options.directory.state, 'lease.json');
    const state = parseLeaseState(await readDurable(path));
    if (!state) {
      throw new Failure('StateCorrupt', `read ${path}: it is no lease`, {
        hint: 'it was written by another program or version; remove it only while no agent writes to the volume',
      });
    }
    if (options.volume !== undefined && state.volume !== null && options.volume !== state.volume) {
      throw new Failure(
        'VolumeNameChanged',
        `open volume ${options.directory.root}: it holds the replica of ${state.volume}, not of ${options.volume}`,
        { hint: 'use another directory, or start the receiver with the volume’s own name' },
      );
    }
    const lease = new VolumeLease(options, state);
    await ensureBallast(lease.#ballast).catch(() => {});
    return lease;
  }

  /** The volume's name, if it has one yet. */
  get volume(): string | null {
    return this.#state.volume ?? this.#options.volume ?? null;
  }

  get epoch(): number {
    return this.#state.epoch;
  }

  get lineage(): VolumeLineage | null {
    return this.#state.lineage;
  }

  get promoted(): Promotion | null {
    return this.#state.promoted;
  }

  get holder(): string | null {
    return this.#state.holder;
  }

  get expiresInMs(): number {
    return this.#state.holder === null ? 0 : Math.max(0, this.#expiresAt - this.#options.clock.monotonic());
  }

  /** @throws Refusal UnknownVolume when the volume has another name */
  requireVolume(volume: string): void {
    const known = this.volume;
    if (known === null || known === volume) return;
    throw new Refusal({
      code: 'UnknownVolume',
      message: `use volume ${volume}: this receiver keeps the replica of ${known}`,
      hint: 'one receiver directory keeps one volume; use the volume’s name or another receiver',
    });
  }

  /** @throws Refusal StaleEpoch, Promoted, NotReady unless `epoch` is the one that may write now */
  requireEpoch(epoch: number): void {
    const error = judgeWriter(this.#state, this.#options.bootId, epoch);
    if (error) throw new Refusal(error);
    if (this.#changing) throw new Refusal(staleEpoch(epoch, this.#state.epoch));
  }

  /**
   * Takes or renews the lease; resolves once the epoch is durable and no older one can write any more. `continues`: as in a
   * LeaseAnswer.
   * @throws Refusal
   */
  take(volume: string, request: LeaseRequest): Promise<Required<Pick<LeaseAnswer, 'epoch' | 'continues'>>> {
    return this.#inOrder(async () => {
      this.requireVolume(volume);
      const { clock, bootId } = this.#options;
      const holdsData = !(await isEmptyReplica(this.#options.directory));
      const facts = { expiresInMs: this.expiresInMs, volume, bootId, holdsData, now: clock.now() };
      const decision = decideLease(this.#state, facts, request);
      if (decision.kind === 'refuse') throw new Refusal(decision.error);
      this.#requireFree();
      if (decision.kind === 'grant') await this.#change(decision.next);
      this.#expiresAt = clock.monotonic() + leaseTtlMs;
      return { epoch: this.#state.epoch, continues: decision.kind === 'renew' || decision.continues };
    });
  }

  /** Resolves once no writer there was can write any more, whatever happens. Done twice it changes nothing. */
  promote(volume: string, request: PromoteRequest): Promise<void> {
    return this.#inOrder(async () => {
      this.requireVolume(volume);
      await this.#change(promote(this.#state, volume, request, this.#options.clock.now()));
    });
  }

  /** Notes how far the roll-back of a promoted volume is. @throws Refusal BadRequest where it is a target again */
  noteRollBack(rolledBack: RolledBackTo): Promise<void> {
    return this.#inOrder(async () => {
      const { promoted } = this.#state;
      if (promoted === null)
        throw new Refusal({ code: 'BadRequest', message: 'roll back: the volume became a target again meanwhile' });
      await this.#keep({ ...this.#state, promoted: { ...promoted, rolledBack } });
    });
  }

  /** A target again, which the source that is named may write. Done twice it changes nothing. */
  demote(volume: string, request: DemoteRequest): Promise<void> {
    return this.#inOrder(async () => {
      this.requireVolume(volume);
      this.#requireFree();
      await this.#change(demote(this.#state, request, this.#options.clock.now()));
    });
  }

  /** Lets another writer in at once. @throws Refusal StaleEpoch */
  release(epoch: number): Promise<void> {
    return this.#inOrder(async () => {
      this.requireEpoch(epoch);
      await this.#keep({ ...this.#state, holder: null });
    });
  }

  /** Does something to a promoted volume, which nobody may come to write meanwhile. */
  async withoutWriters<T>(work: () => Promise<T>): Promise<T> {
    this.#isTaken = true;
    try {
      return await work();
    } finally {
      this.#isTaken = false;
    }
  }

  #requireFree(): void {
    if (!this.#isTaken) return;
    throw new Refusal({
      code: 'NotReady',
      message: 'write volume: it is being rolled back',
      hint: 'wait until it is done',
    });
  }

  /** Runs of an older epoch are ended before the next one is there. */
  async #change(next: LeaseState): Promise<void> {
    if (next === this.#state) return;
    try {
      this.#changing = next.epoch !== this.#state.epoch;
      if (this.#changing) await this.#options.endOlderThan(next.epoch);
      await this.#keep(next);
    } finally {
      this.#changing = false;
    }
  }

  async #keep(next: LeaseState): Promise<void> {
    await writeDurableWithBallast(this.#file, `${JSON.stringify(next)}\n`, this.#ballast);
    const isDemoted = this.#state.promoted !== null && next.promoted === null;
    this.#state = next;
    if (isDemoted) this.#options.onDemoted?.();
  }

  #inOrder<T>(run: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(run);
    this.#queue = result.catch(() => {});
    return result;
  }
}
