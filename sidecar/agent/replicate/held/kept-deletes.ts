import type { Clock } from '../../../../src/process/clock.ts';
import { errorAdvice } from '../../../../src/process/failure.ts';
import type { Logger } from '../../../../src/process/log/logger.ts';
import type { HeldDeletes, ReplicaStatus } from '../../../protocol/agent-status.ts';
import type { KeptMass } from '../../../protocol/past/kept.ts';
import type { Link } from '../../link/link.ts';
import { escapeName } from '../../rsync/itemize.ts';
import { growByPutBack, lowerToPutBack } from './held-deletes.ts';

export interface KeptOptions {
  readonly target: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly held: () => HeldDeletes | null;
  /** What was put back is not at the source: it would be deleted anew. Null where nothing came back. */
  readonly setHeld: (held: HeldDeletes | null) => void;
  /** A mass is about to be put back: what is deleted from now on is none of it. */
  readonly onPutBack: () => void;
  /** It was, or as much of it as could be: what is missing at the source is to be counted anew. */
  readonly onBack: () => void;
}

/** A mass is told of soon, and all that belongs to it at once. */
const lookAfterMs = 500;
/** What could not be put back on a connection that lives on is tried again after so long. */
const againAfterMs = 10_000;
const mostTold = 5;

/** What a target keeps of the deletions that were made there, and how it is put back. */
export class KeptMassesOfTarget {
  readonly #options: KeptOptions;
  #known: readonly KeptMass[] = [];
  #asked: string | undefined;
  #wished: string | undefined;
  #link: Link | undefined;
  #isLookDue = false;
  #meant: HeldDeletes | null = null;

  constructor(options: KeptOptions) {
    this.#options = options;
  }

  /** What is held as long as a mass is being put back, whatever a comparison misses meanwhile; null while none is. */
  get meant(): HeldDeletes | null {
    return this.#meant;
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
  lookSoon(afterMs = lookAfterMs): void {
    if (this.#isLookDue) return;
    this.#isLookDue = true;
    this.#options.clock.after(afterMs, () => this.#look());
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
    void this.#lookAt(link).catch((error: unknown) => {
      logger.warn({ target, reason: errorAdvice(error) }, 'kept deletions can not be asked for, or put back, now');
      if (this.#wished !== undefined) this.lookSoon(againAfterMs);
    });
  }

  async #lookAt({ control, epoch }: Link): Promise<void> {
    if (control === undefined) return;
    this.#known = (await control.listKept()).kept;
    const mass = this.#known.find(({ id }) => id === this.#wished);
    if (mass === undefined || this.#meant !== null) return;
    const { target, clock, logger, held, setHeld, onPutBack, onBack } = this.#options;
    onPutBack();
    const before = held();
    // Before anything is there that a comparison could miss at the source, under an id that nobody has let go.
    const meant = { ...growByPutBack(before, mass.count, clock.now()), samples: mass.samples.map(printable) };
    this.#meant = meant;
    setHeld(meant);
    try {
      const { restored, failedCount } = await control.undelete({ epoch, id: mass.id });
      // Not before: without an answer it may be kept still, and goes for good when its time is over.
      if (this.#wished === mass.id) this.#wished = undefined;
      // What a comparison has held since stays: another one counts that.
      if (held() === meant) setHeld(lowerToPutBack(before, meant, restored));
      logger.info({ target, id: mass.id, restored, failed: failedCount }, 'deletions were put back');
    } finally {
      this.#meant = null;
      onBack();
    }
    this.#known = (await control.listKept()).kept;
    if (this.#wished !== undefined) this.lookSoon();
  }
}

const printable = (coded: string): string => escapeName(Buffer.from(coded, 'base64url').toString('latin1'));
