import { ControlFailure } from '../../../../sidecar/protocol/connection/control-connection.ts';
import type { DeleteAnswer, DeleteRequest } from '../../../../sidecar/protocol/control.ts';
import type { KeptMass, UndeleteAnswer } from '../../../../sidecar/protocol/past/kept.ts';
import { decodeName } from '../../../../sidecar/protocol/verify.ts';
import { KeptMasses } from '../../../../sidecar/receiver/deletions/kept-masses.ts';
import { Refusal, refusalStatus } from '../../../../sidecar/receiver/refusal.ts';
import { silentLogger } from '../../../../src/process/log/logger.ts';
import type { NodeClock } from '../../world/node-clock.ts';
import type { ModelHistory } from '../history/model-history.ts';
import type { ModelPlaces } from '../history/model-places.ts';
import { removeDown } from '../rsync/target-side.ts';
import { KeptWhole } from './kept-whole.ts';
import { ModelMasses, placeOf } from './model-masses.ts';

export interface KeptWorld {
  readonly places: ModelPlaces;
  readonly history: () => ModelHistory | undefined;
  readonly clock: NodeClock;
  readonly sweeps: boolean;
  /** How long a write takes that is durable then, ms. */
  readonly writeMs: () => number;
  /** Whether the process that runs now still does when it is asked. */
  readonly lifeLine: () => () => boolean;
  /** @throws where the process is no more */
  readonly live: () => void;
  /** @throws where the epoch has ended */
  readonly requireEpoch: (epoch: number) => void;
}

const sweepMs = 5_000;

/** The deletions of a model receiver, and what it keeps of them: the product's masses on a model of a volume. */
export class ModelKept {
  readonly whole: KeptWhole;
  readonly #world: KeptWorld;
  readonly #masses: ModelMasses;
  #kept: Promise<KeptMasses>;

  constructor(world: KeptWorld) {
    this.#world = world;
    this.whole = new KeptWhole(world.places);
    this.#masses = new ModelMasses(world.places);
    this.#kept = this.#open();
  }

  /** As a new process does. */
  start(): void {
    this.#kept = this.#open();
  }

  /** The machine went, and its disk is what it is. */
  recover(): void {
    this.#masses.recover((id) => this.whole.isLetGo(id));
    this.whole.lookAnew();
  }

  delete({ epoch, paths: coded, keep }: DeleteRequest): DeleteAnswer | Promise<DeleteAnswer> {
    const { places, history, live, requireEpoch } = this.#world;
    requireEpoch(epoch);
    const paths = coded.map(decodeName);
    if (keep !== undefined)
      return this.#kept.then((kept) =>
        kept.take(keep, paths, (found) => {
          live();
          requireEpoch(epoch);
          this.whole.taken(keep.id);
          const results = paths.map((path, index) => {
            const place = placeOf(keep.id, found[index]?.name ?? '');
            const result = this.#moveOut(path, place);
            if (result.deleted) this.whole.note(keep.id, place, path);
            return result;
          });
          return { results };
        }),
      );
    const named = history()?.placesFor(paths);
    const results = paths.map((path, index) => {
      const place = named?.[index]?.name;
      if (place !== undefined || places.data.get(path) === undefined) return this.#moveOut(path, place ?? '');
      return resultOf(removeDown(places.data, path));
    });
    return { results };
  }

  async list(): Promise<{ kept: KeptMass[] }> {
    const kept = (await this.#kept).list();
    this.whole.checkOffered(kept.map(({ id }) => id));
    return { kept };
  }

  async undelete(epoch: number, id: string): Promise<UndeleteAnswer> {
    this.#world.requireEpoch(epoch);
    const kept = await this.#kept;
    const answer = await kept
      .putBack(id, () => this.#world.requireEpoch(epoch))
      .catch((error: unknown) => {
        throw error instanceof Refusal ? new ControlFailure(refusalStatus[error.answer.code], error.answer) : error;
      });
    this.whole.checkPutBack(id, answer);
    return answer;
  }

  /** Lets go what was kept for long enough; where room is short the oldest too. */
  async expire(isRoomShort: boolean): Promise<void> {
    const kept = await this.#kept;
    this.whole.mayGo = new Set(
      kept
        .list()
        .flatMap(({ id, until }, index) =>
          until <= this.#world.clock.now() || (isRoomShort && index === 0) ? [id] : [],
        ),
    );
    await kept.expire(isRoomShort);
    this.whole.mayGo = new Set();
  }

  /** As `sweep` of a volume does, for as long as the process lives. */
  #sweepSoon(isAlive: () => boolean): void {
    const { clock, places, history } = this.#world;
    clock.after(sweepMs, () => {
      if (!isAlive()) return;
      const isRoomShort = places.data.capacity === 0;
      // What can't be let go now is let go another time.
      void this.expire(isRoomShort)
        .then(() => history()?.expire(isRoomShort))
        .catch(() => {});
      this.#sweepSoon(isAlive);
    });
  }

  #moveOut(path: string, place: string): DeleteAnswer['results'][number] {
    const { places } = this.#world;
    return places.data.get(path) === undefined ? { deleted: true } : resultOf(places.moveOut(path, place));
  }

  #open(): Promise<KeptMasses> {
    const { places, history, clock, writeMs, lifeLine } = this.#world;
    const isAlive = lifeLine();
    const write = async (): Promise<void> => {
      await clock.sleep(writeMs());
      if (!isAlive()) throw new Error('the process is no more');
    };
    const letGo = (path: string, take: () => boolean): boolean => {
      const id = path.slice('kept/'.length);
      this.whole.checkLetGo(id);
      const isTaken = take();
      if (isTaken) this.whole.letGo(id);
      return isTaken;
    };
    const keeper = history();
    if (this.#world.sweeps) this.#sweepSoon(isAlive);
    return KeptMasses.open({
      directories: this.#masses.directories({ write }),
      trash: {
        takeDirectory: (path) =>
          void letGo(path, () => {
            places.remove(path);
            return true;
          }),
      },
      history: keeper && {
        moving: (moves) => keeper.moving(moves),
        moveIn: (from, to, move) => keeper.moveIn(from, to, move),
        adopt: (path, place) => letGo(path, () => keeper.adopt(path, place)),
      },
      clock,
      logger: silentLogger,
    });
  }
}

const resultOf = (done: string): DeleteAnswer['results'][number] =>
  done === 'ok' || done === 'ENOENT'
    ? { deleted: true }
    : { deleted: false, reason: done === 'EROFS' ? 'ReadOnly' : 'Denied' };
