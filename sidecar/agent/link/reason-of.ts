import { Failure } from '../../../src/process/failure.ts';
import type { FailureReason } from '../../protocol/agent-status.ts';
import { ControlFailure } from '../../protocol/connection/control-connection.ts';

const reasons: Readonly<Record<string, FailureReason>> = {
  TargetUnreachable: 'TargetUnreachable',
  CertificateInvalid: 'CertificateInvalid',
  Refused: 'AuthenticationFailed',
  LeaseHeld: 'LeaseHeld',
  OtherSource: 'OtherSource',
  RestoreMissed: 'RestoreMissed',
  Promoted: 'Promoted',
  AuthenticationFailed: 'AuthenticationFailed',
  StaleEpoch: 'StaleEpoch',
  StaleController: 'StaleEpoch',
  UnknownVolume: 'UnknownModule',
  Forbidden: 'AuthenticationFailed',
  NotReady: 'TargetUnreachable',
};

/** The reason that stands for an error of a link in status and metrics. */
export function reasonOf(error: unknown): FailureReason {
  if (error instanceof ControlFailure && error.answer.reason !== undefined) return error.answer.reason;
  const code = error instanceof Failure ? error.code : '';
  return reasons[code] ?? 'Internal';
}
