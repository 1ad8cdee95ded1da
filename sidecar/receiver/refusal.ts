import type { ControlError } from '../protocol/control.ts';

/** A request that is answered with a ControlError. */
export class Refusal extends Error {
  readonly answer: ControlError;

  constructor(answer: ControlError) {
    super(answer.message);
    this.name = 'Refusal';
    this.answer = answer;
  }
}

/** The HTTP status of each refusal. */
export const refusalStatus: Readonly<Record<ControlError['code'], number>> = {
  BadRequest: 400,
  Forbidden: 403,
  AuthenticationFailed: 401,
  UnknownVolume: 404,
  NotKept: 404,
  HistoryTooShort: 404,
  CheckpointTooOld: 409,
  NotThere: 404,
  NameTaken: 409,
  StaleEpoch: 409,
  StaleController: 409,
  LeaseHeld: 409,
  OtherSource: 409,
  Promoted: 409,
  Held: 409,
  Internal: 500,
  NotReady: 503,
};
