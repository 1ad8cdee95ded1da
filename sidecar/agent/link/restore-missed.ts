import type { ReplicationSettings } from '../../../src/api/settings/replication-settings.ts';
import { Failure } from '../../../src/process/failure.ts';
import { ControlFailure } from '../../protocol/connection/control-connection.ts';

/**
 * What a refusal means to a source that was to be filled from its target: it was not empty when that could have been done,
 * mostly because the application began before its agent. One that had written there before, and lost it, was not missed.
 */
export const nameRefusal = (error: unknown, { restore }: Pick<ReplicationSettings, 'restore'>): unknown => {
  if (restore !== 'IfEmpty' || !(error instanceof ControlFailure)) return error;
  const { code, replaced } = error.answer;
  if (code !== 'OtherSource' || replaced === true) return error;
  return restoreMissed(error.message, error);
};

export const restoreMissed = (why: string, cause?: unknown): Failure =>
  new Failure('RestoreMissed', `restore source: it was not empty when it could have been filled; ${why}`, {
    cause,
    hint: 'nothing is written to the target until you choose. What the target holds: empty the source and start its application again. What the source holds: say so once, by `--adopt` or the annotation syncreplica.io/adopt=any',
  });
