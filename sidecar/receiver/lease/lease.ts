import { type ControlError, type LeaseRequest, leaseTtlMs } from '../../protocol/control.ts';

/** What is kept durably about the writer of a volume. */
export interface LeaseState {
  /** The volume's name; null until the first writer gives it one. */
  readonly volume: string | null;
  readonly epoch: number;
  readonly holder: string | null;
  readonly controllerEpoch: number;
}

export const noLease: LeaseState = { volume: null, epoch: 0, holder: null, controllerEpoch: 0 };

export type LeaseDecision =
  | { readonly kind: 'renew' }
  | { readonly kind: 'grant'; readonly next: LeaseState }
  | { readonly kind: 'refuse'; readonly error: ControlError };

/**
 * Who may write: the holder renews, a new one gets a higher epoch once the old lease ran out, was released or is taken
 * over. `expiresInMs` is what is left of the holder's lease, 0 or less when it ran out.
 */
export const decideLease = (
  state: LeaseState,
  expiresInMs: number,
  volume: string,
  request: LeaseRequest,
): LeaseDecision => {
  // 0 speaks for no operator, so it is neither older nor newer than what one said.
  const controllerEpoch = request.controllerEpoch === 0 ? state.controllerEpoch : request.controllerEpoch;
  if (controllerEpoch < state.controllerEpoch) {
    return refuse({
      code: 'StaleController',
      message: `take lease: settings of controller epoch ${controllerEpoch} are older than ${state.controllerEpoch}`,
      hint: 'the agent was configured by an operator that has been replaced; wait for the new one’s settings',
    });
  }
  const isHolder = state.holder !== null && request.holder === state.holder;
  if (isHolder && (request.epoch === state.epoch || request.epoch === 0)) {
    if (controllerEpoch === state.controllerEpoch) return { kind: 'renew' };
    return { kind: 'grant', next: { ...state, controllerEpoch } };
  }
  if (request.epoch > 0 && request.epoch < state.epoch) {
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
  return {
    kind: 'grant',
    next: {
      volume,
      // A writer may come with a higher epoch when the volume was replaced by an empty one.
      epoch: Math.max(state.epoch, request.epoch) + 1,
      holder: request.holder,
      controllerEpoch,
    },
  };
};

const refuse = (error: ControlError): LeaseDecision => ({ kind: 'refuse', error });

/** Reads what was kept; anything else than a LeaseState is null. */
export const parseLeaseState = (value: unknown): LeaseState | null => {
  if (value === undefined) return noLease;
  if (typeof value !== 'object' || value === null) return null;
  const { volume, epoch, holder, controllerEpoch } = value as Record<string, unknown>;
  const isName = (text: unknown): text is string | null => text === null || typeof text === 'string';
  const isCount = (count: unknown): count is number => Number.isSafeInteger(count) && (count as number) >= 0;
  return isName(volume) && isName(holder) && isCount(epoch) && isCount(controllerEpoch)
    ? { volume, epoch, holder, controllerEpoch }
    : null;
};
