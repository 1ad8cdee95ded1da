import type { Clock } from '../../../../src/process/clock.ts';
import { Failure } from '../../../../src/process/failure.ts';
import { type LeaseRequest, leaseRenewMs } from '../../../protocol/control.ts';
import type { Link } from '../link.ts';
import { doubtAfterMs, isForgotten } from './is-forgotten.ts';

export interface LeaseKeeperOptions {
  readonly link: Link;
  readonly holder: string;
  readonly controllerEpoch: number;
  readonly clock: Clock;
  /** What the target is told with each renewal. */
  readonly covered: () => Pick<LeaseRequest, 'coveredMs'>;
  readonly onRenewed: () => void;
  /** The way to the target is of no use any more. Told once. */
  readonly onLost: (error: unknown) => void;
}

/** Renews a session's lease, and finds out when the way to the target is lost although nobody says so. */
export class LeaseKeeper {
  readonly #options: LeaseKeeperOptions;
  #isOver = false;
  #cancelRenewal: () => void;

  constructor(options: LeaseKeeperOptions) {
    this.#options = options;
    this.#cancelRenewal = this.#renewLater();
  }

  stop(): void {
    this.#isOver = true;
    this.#cancelRenewal();
  }

  /** Work at the target that should be done soon: where it is not, the way is asked. */
  watch(work: Promise<unknown>): void {
    const { link, clock } = this.#options;
    if (link.askAnew === undefined) return;
    const cancel = clock.after(doubtAfterMs, () => {
      if (!this.#isOver && link.pulse !== undefined) this.#doubt(link.pulse.status());
    });
    void work.finally(cancel);
  }

  /** Ends all if what was `asked` stays without an answer that a new connection gets. */
  #doubt(asked: Promise<unknown>): void {
    const { link, clock } = this.#options;
    if (link.askAnew === undefined) return;
    void isForgotten(asked, link.askAnew, clock).then((forgotten) => {
      if (forgotten) this.#lose(forgottenFailure());
    });
  }

  #renewLater(): () => void {
    return this.#options.clock.after(leaseRenewMs, () => void this.#renew());
  }

  async #renew(): Promise<void> {
    const { link, holder, controllerEpoch, covered, onRenewed } = this.#options;
    try {
      const asked = (link.pulse ?? link.control)?.takeLease({
        holder,
        epoch: link.epoch,
        controllerEpoch,
        takeOver: false,
        fresh: false,
        ...covered(),
      });
      if (asked !== undefined) this.#doubt(asked);
      await asked;
      await link.look?.();
      onRenewed();
      if (!this.#isOver) this.#cancelRenewal = this.#renewLater();
    } catch (error) {
      this.#lose(error);
    }
  }

  #lose(error: unknown): void {
    if (this.#isOver) return;
    this.stop();
    this.#options.onLost(error);
  }
}

const forgottenFailure = (): Failure =>
  new Failure(
    'TargetUnreachable',
    'ask receiver: it answers on a new connection, and not on those that were open: what lies between has forgotten them',
    { hint: 'nothing to do: new ones are made; a NAT box or firewall that does this often needs a longer time-out' },
  );
