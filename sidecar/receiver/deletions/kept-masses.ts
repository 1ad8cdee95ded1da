import type { Clock } from '../../../src/process/clock.ts';
import type { Logger } from '../../../src/process/log/logger.ts';
import type { KeepRequest } from '../../protocol/control.ts';
import type { KeptMass, UndeleteAnswer } from '../../protocol/past/kept.ts';
import type { History } from '../history/history.ts';
import { Refusal } from '../refusal.ts';
import { KeptMassStore } from './kept-mass.ts';
import type { MassDirectories } from './mass-directory.ts';
import type { Place } from './move-away.ts';
import type { Trash } from './trash.ts';

export interface KeptMassesOptions {
  readonly directories: MassDirectories;
  readonly trash: Pick<Trash, 'takeDirectory'>;
  readonly history?: Pick<History, 'moving' | 'moveIn' | 'adopt'> | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Masses of deletions that can be put back for a while. */
export class KeptMasses {
  readonly #options: KeptMassesOptions;
  readonly #masses = new Map<string, KeptMassStore>();
  #queue: Promise<unknown> = Promise.resolve();

  private constructor(options: KeptMassesOptions) {
    this.#options = options;
  }

  static async open(options: KeptMassesOptions): Promise<KeptMasses> {
    const masses = new KeptMasses(options);
    const { directories, trash } = options;
    for (const id of await directories.ids()) {
      const found = await directories.load(id);
      if (found) masses.#masses.set(id, await KeptMassStore.load(found.directory, found.note));
      else trash.takeDirectory(directories.pathOf(id));
    }
    return masses;
  }

  list(): KeptMass[] {
    return [...this.#masses.values()].map((mass) => mass.described).sort((a, b) => a.since - b.since);
  }

  /** Moves away by places whose paths are durable by then; no mass goes meanwhile. */
  take<T>(keep: KeepRequest, paths: readonly string[], move: (places: readonly Place[]) => T): Promise<T> {
    return this.#inOrder(async () => {
      const { directories, clock, logger, history } = this.#options;
      let mass = this.#masses.get(keep.id);
      if (!mass) {
        const directory = await directories.make(keep.id);
        try {
          mass = await KeptMassStore.make(directory, keep, clock.now());
        } catch (error) {
          directory.close();
          throw error;
        }
        this.#masses.set(keep.id, mass);
        logger.info({ id: keep.id, reason: keep.reason }, 'deletions are kept');
      }
      const places = await mass.reserve(paths, keep.forMs, clock.now());
      history?.moving(paths.map((from, index) => ({ from, to: placeOf(keep.id, places[index]?.name ?? '') })));
      return move(places);
    });
  }

  /** @throws Refusal NotKept */
  putBack(id: string, requireEpoch: () => void): Promise<UndeleteAnswer> {
    return this.#inOrder(async () => {
      const mass = this.#masses.get(id);
      if (!mass) {
        throw new Refusal({
          code: 'NotKept',
          message: `put back ${id}: no deletions are kept under this id`,
          hint: 'it has been put back, or its time was over, or the volume needed the room',
        });
      }
      const { history } = this.#options;
      const answer = await mass.putBack(requireEpoch, (path, name, move) =>
        history ? history.moveIn(placeOf(id, name), path, move) : move(),
      );
      if (answer.failedCount === 0) this.#drop(mass, id);
      this.#options.logger.info(
        { id, restored: answer.restored, failed: answer.failedCount },
        'deletions were put back',
      );
      return answer;
    });
  }

  /** Lets go what has been kept long enough, and where room is short the oldest at once. */
  expire(isRoomShort: boolean): Promise<void> {
    return this.#inOrder(async () => {
      const now = this.#options.clock.now();
      for (const [index, { id, until }] of this.list().entries()) {
        const mass = this.#masses.get(id);
        if (mass && (until <= now || (isRoomShort && index === 0))) {
          this.#drop(mass, id);
          this.#options.logger.info({ id, isRoomShort }, 'kept deletions were let go');
        }
      }
    });
  }

  close(): void {
    for (const mass of this.#masses.values()) mass.close();
  }

  #drop(mass: KeptMassStore, id: string): void {
    mass.close();
    this.#masses.delete(id);
    const { history, trash } = this.#options;
    if (!history?.adopt(mass.path, `kept/${id}`)) trash.takeDirectory(mass.path);
  }

  #inOrder<T>(run: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(run);
    this.#queue = result.catch(() => {});
    return result;
  }
}

/** What history calls it. */
const placeOf = (id: string, name: string): string => `kept/${id}/entries/${name}`;
