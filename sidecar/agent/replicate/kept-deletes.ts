import type { Clock } from '../../../src/process/clock.ts';
import { errorAdvice } from '../../../src/process/failure.ts';
import type { Logger } from '../../../src/process/logger.ts';
import type { HeldDeletes, ReplicaStatus } from '../../protocol/agent-status.ts';
import type { KeptMass } from '../../protocol/kept.ts';
import type { Link } from '../link/link.ts';
import { escapeName } from '../rsync/itemize.ts';
import { growHeld } from './held-deletes.ts';

export interface KeptOptions {
  readonly target: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly held: () => HeldDeletes | null;
  /** What was put back is not at the source: it would be deleted anew. Null where nothing came back. */
  readonly setHeld: (held: HeldDeletes | null) => void;
  /** A mass is about to be put back: what is deleted from now on is none of it. */
  readonly onPutBack: () => void;
}

/** A mass is told of soon, and all that belongs to it at once. */
const lookAfterMs = 500;
const mostTold = 5;

/** What a target keeps of the deletions that were made there, and how it is put back. */
export class KeptMassesOfTarget {
  readonly #options: KeptOptions;
  #known: readonly KeptMass[] = [];
  #asked: string | undefined;
  #wished: string | undefined;
  #link: Link | undefined;
  #isLookDue = false;

  constructor(options: KeptOptions) {
    this.#options = options;
  }

  /** A session begins. */
  open(link: Link): void {
    this.#link = link;
    this.#look();
  }

  close(): void {
    this.#link = undefined;
  }

  /** Something was kept, or may be put back. */
  lookSoon(): void {
    if (this.#isLookDue) return;
    this.#isLookDue = true;
    this.#options.clock.after(lookAfterMs, () => this.#look());
  }

  /** Puts a mass back as soon as the target can be asked, if it is one of this target's; the same id asks once. */
  wish(id: string | undefined): void {
    if (id === this.#asked) return;
    this.#asked = id;
    this.#wished = id;
    if (id !== undefined) this.lookSoon();
  }

  /** Nothing where nothing is kept. */
  status(): Pick<ReplicaStatus, 'keptDeletes'> {
    const now = this.#options.clock.now();
    const keptDeletes = this.#known
      .filter(({ reason, until }) => reason === 'Mass' && until > now)
      .slice(-mostTold)
      .map(({ id, count, since, until, samples }) => ({ id, count, since, until, samples: samples.map(printable) }));
    return keptDeletes.length === 0 ? {} : { keptDeletes };
  }

  #look(): void {
    this.#isLookDue = false;
    const link = this.#link;
    if (link?.control === undefined) return;
    const { target, logger } = this.#options;
    // Neither is worth a session: who comes next asks again.
    void this.#lookAt(link).catch((error: unknown) =>
      logger.warn({ target, reason: errorAdvice(error) }, 'kept deletions can not be asked for, or put back, now'),
    );
  }

  async #lookAt({ control, epoch }: Link): Promise<void> {
    if (control === undefined) return;
    this.#known = (await control.listKept()).kept;
    const mass = this.#known.find(({ id }) => id === this.#wished);
    if (mass === undefined) return;
    this.#wished = undefined;
    const { target, clock, logger, held, setHeld, onPutBack } = this.#options;
    onPutBack();
    const others = held()?.count ?? 0;
    const hold = (own: number, released?: string): void => {
      const count = others + own;
      const grown = growHeld(held(), { reason: 'Undeleted', count, paths: [] }, released, clock.now());
      setHeld(count === 0 ? null : { ...grown, samples: mass.samples.map(printable) });
    };
    // Before anything is there that a comparison could miss at the source, under an id that nobody has let go; and after one
    // that has found nothing yet.
    hold(mass.count, held()?.id);
    const { restored, failedCount } = await control.undelete({ epoch, id: mass.id });
    hold(restored);
    logger.info({ target, id: mass.id, restored, failed: failedCount }, 'deletions were put back');
    this.#known = (await control.listKept()).kept;
  }
}

const printable = (coded: string): string => escapeName(Buffer.from(coded, 'base64url').toString('latin1'));
