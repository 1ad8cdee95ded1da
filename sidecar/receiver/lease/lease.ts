import {
  type ControlError,
  type LeaseRequest,
  leaseTtlMs,
  type Promotion,
  type VolumeLineage,
} from '../../protocol/control.ts';
import { promotedError } from './promotion.ts';

/** What is kept durably about the writer of a volume. */
export interface LeaseState {
  /** The volume's name; null until the first writer gives it one. */
  readonly volume: string | null;
  readonly epoch: number;
  /** The first of the epochs that the holder has had one after another: each of its connections gets one of its own. */
  readonly firstEpoch: number;
  /** The machine's boot in which the epoch was granted; null where it is not known. */
  readonly bootId: string | null;
  readonly holder: string | null;
  readonly controllerEpoch: number;
  /** Whose data the volume holds; null as long as no writer said. */
  readonly lineage: VolumeLineage | null;
  /** While it is not null, nobody writes. */
  readonly promoted: Promotion | null;
}

export const noLease: LeaseState = {
  volume: null,
  epoch: 0,
  firstEpoch: 0,
  bootId: null,
  holder: null,
  controllerEpoch: 0,
  lineage: null,
  promoted: null,
};

/** What a decision depends on besides. */
export interface LeaseFacts {
  /** What is left of the holder's lease, 0 or less when it ran out. */
  readonly expiresInMs: number;
  readonly volume: string;
  /** See ReceiverLife. */
  readonly bootId: string;
  /** Whether the replica holds anything. */
  readonly holdsData: boolean;
  /** ms since the epoch. */
  readonly now: number;
}

export type LeaseDecision =
  | { readonly kind: 'renew' }
  /** `continues`: nobody else has written since the epoch that was shown. */
  | { readonly kind: 'grant'; readonly next: LeaseState; readonly continues: boolean }
  | { readonly kind: 'refuse'; readonly error: ControlError };

/**
 * Who may write: the holder renews its epoch, a new one gets a higher one once the old lease ran out, was released or is
 * taken over. A holder without an epoch has begun anew, and its former life may still have something under way: it gets
 * a higher one too, and so does one whose connection broke: what it carried may still be under way. No epoch outlives its
 * machine's boot. Whose data the volume holds stays whose it is, unless it holds nothing or a person decides.
 */
export const decideLease = (state: LeaseState, facts: LeaseFacts, request: LeaseRequest): LeaseDecision => {
  const { expiresInMs, volume } = facts;
  // 0 speaks for no operator, so it is neither older nor newer than what one said.
  const controllerEpoch = request.controllerEpoch === 0 ? state.controllerEpoch : request.controllerEpoch;
  if (controllerEpoch < state.controllerEpoch) {
    return refuse({
      code: 'StaleController',
      message: `take lease: settings of controller epoch ${controllerEpoch} are older than ${state.controllerEpoch}`,
      hint: 'the agent was configured by an operator that has been replaced; wait for the new one’s settings',
    });
  }
  // `adopt: true` may be an order that was given before the promotion.
  if (state.promoted !== null && request.adopt !== state.lineage?.since) return refuse(promotedError(state));
  const isHolder = state.holder !== null && request.holder === state.holder;
  if (isOtherSource(state, facts, request)) return refuse(otherSource(state, request));
  const isFresh = request.fresh === true;
  // Of one that can't tell a renewal from a new connection it may be either.
  const mayRenew = state.bootId === facts.bootId || request.fresh === false;
  if (isHolder && request.epoch === state.epoch && !isFresh && mayRenew) {
    if (state.bootId !== facts.bootId) return refuse(endedByBoot(request.epoch));
    if (controllerEpoch === state.controllerEpoch) return { kind: 'renew' };
    return { kind: 'grant', next: { ...state, controllerEpoch }, continues: true };
  }
  // An answer may be lost on its way: the holder then shows the epoch before.
  const continues = isHolder && isFresh && request.epoch >= state.firstEpoch && request.epoch <= state.epoch;
  if (!continues && request.epoch > 0 && request.epoch < state.epoch) {
    return refuse({
      code: 'StaleEpoch',
      message: `renew lease: epoch ${request.epoch} has ended, the volume is at ${state.epoch}`,
      hint: 'another agent writes this volume now; a lease with epoch 0 asks for a new one',
      epoch: state.epoch,
    });
  }
  if (state.holder !== null && !isHolder && expiresInMs > 0 && !request.takeOver) {
    return refuse({
      code: 'LeaseHeld',
      message: `take lease: ${state.holder} holds it for another ${Math.ceil(expiresInMs / 1000)} s`,
      hint: `wait up to ${leaseTtlMs / 1000} s, or take it over when the other writer is known to be gone`,
      holder: state.holder,
      expiresInMs: Math.ceil(expiresInMs),
    });
  }
  // A writer may come with a higher epoch when the volume was replaced by an empty one.
  const epoch = Math.max(state.epoch, request.epoch) + 1;
  return {
    kind: 'grant',
    continues,
    next: {
      volume,
      epoch,
      firstEpoch: continues ? state.firstEpoch : epoch,
      bootId: facts.bootId,
      holder: request.holder,
      controllerEpoch,
      lineage: nextLineage(state, facts, request),
      promoted: null,
    },
  };
};

/** Why who has `epoch` may not write; null where it may. */
export const judgeWriter = (state: LeaseState, bootId: string, epoch: number): ControlError | null => {
  if (state.promoted !== null) return promotedError(state);
  if (epoch !== state.epoch || epoch === 0) return staleEpoch(epoch, state.epoch);
  return state.bootId === bootId ? null : endedByBoot(epoch);
};

export const staleEpoch = (given: number, current: number): ControlError => ({
  code: 'StaleEpoch',
  message: `use epoch ${given}: the volume is at epoch ${current}`,
  hint: 'take the lease again; if it is held by another agent, that one writes this volume now',
  epoch: current,
});

/** No StaleEpoch: nobody else has written. A new connection is told of the other boot, and what that may have lost is sent again. */
const endedByBoot = (epoch: number): ControlError => ({
  code: 'NotReady',
  message: `use epoch ${epoch}: it was granted before the receiver's machine was started`,
  hint: 'nothing to do: the agent connects anew, and sends again what was not durable',
});

/** A writer that can't say whose data it brings is believed, as every one was before lineages. */
const isOtherSource = ({ lineage }: LeaseState, { holdsData }: LeaseFacts, request: LeaseRequest): boolean => {
  if (!holdsData || lineage === null || request.lineage === undefined || request.lineage.id === lineage.id)
    return false;
  return request.adopt !== true && request.adopt !== lineage.since;
};

const otherSource = ({ lineage }: LeaseState, { holder, lineage: theirs }: LeaseRequest): ControlError => ({
  code: 'OtherSource',
  message: `take lease: the volume holds the data of another source (since ${new Date(lineage?.since ?? 0).toISOString()}) than that of ${holder}`,
  hint: 'after a fail-over the new side counts: stop this agent, or make its source the target. If this source counts, say so once: `--adopt`, which replaces what the target holds',
  ...(lineage ? { lineage: lineage.id } : {}),
  ...(theirs && lineage?.adopted?.from === theirs.id ? { replaced: true } : {}),
});

const nextLineage = (
  { lineage, epoch }: LeaseState,
  { holdsData, now }: LeaseFacts,
  request: LeaseRequest,
): VolumeLineage | null => {
  if (request.lineage === undefined || request.lineage.id === lineage?.id) return lineage;
  const adopted = holdsData && lineage ? { adopted: { by: request.holder, from: lineage.id } } : {};
  return { id: request.lineage.id, since: now, epoch: Math.max(epoch, request.epoch) + 1, ...adopted };
};

const refuse = (error: ControlError): LeaseDecision => ({ kind: 'refuse', error });

/** Reads what was kept; anything else than a LeaseState is null. */
export const parseLeaseState = (value: unknown): LeaseState | null => {
  if (value === undefined) return noLease;
  if (typeof value !== 'object' || value === null) return null;
  const fields = value as Record<string, unknown>;
  const {
    volume,
    epoch,
    holder,
    controllerEpoch,
    lineage = null,
    promoted = null,
    firstEpoch = epoch,
    bootId = null,
  } = fields;
  const isName = (text: unknown): text is string | null => text === null || typeof text === 'string';
  const isCount = (count: unknown): count is number => Number.isSafeInteger(count) && (count as number) >= 0;
  return isName(volume) &&
    isName(holder) &&
    isName(bootId) &&
    isCount(epoch) &&
    isCount(firstEpoch) &&
    isCount(controllerEpoch) &&
    isLineage(lineage) &&
    isPromotion(promoted)
    ? { volume, epoch, firstEpoch, bootId, holder, controllerEpoch, lineage, promoted }
    : null;
};

const isLineage = (value: unknown): value is VolumeLineage | null =>
  value === null || (typeof value === 'object' && typeof (value as VolumeLineage).id === 'string');

const isPromotion = (value: unknown): value is Promotion | null =>
  value === null || (typeof value === 'object' && typeof (value as Promotion).at === 'number');
