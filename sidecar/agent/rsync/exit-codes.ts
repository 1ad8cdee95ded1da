import type { FailureReason } from '../../protocol/agent-status.ts';

/**
 * What an rsync exit code means for what is done next.
 * - `ok`: all that was listed is on the target (24: but for what vanished meanwhile, which is looked at again).
 * - `partial`: some of it is; stderr says which is not.
 * - `again`: nothing wrong with the work, the way there is broken: back off and repeat.
 * - `configuration`: a person has to change something: slow retry.
 * - `stopped`: we ended it ourselves.
 */
export type Outcome = 'ok' | 'partial' | 'again' | 'configuration' | 'stopped';

export interface ExitMeaning {
  readonly outcome: Outcome;
  readonly reason?: FailureReason;
}

/** rsync(1) "EXIT VALUES", version 3.5. */
const meanings: Readonly<Record<number, ExitMeaning>> = {
  0: { outcome: 'ok' },
  1: { outcome: 'configuration', reason: 'Unsupported' },
  2: { outcome: 'configuration', reason: 'ProtocolError' },
  3: { outcome: 'again', reason: 'SourceUnreadable' },
  4: { outcome: 'configuration', reason: 'Unsupported' },
  5: { outcome: 'configuration', reason: 'AuthenticationFailed' },
  6: { outcome: 'again', reason: 'Internal' },
  10: { outcome: 'again', reason: 'TargetUnreachable' },
  11: { outcome: 'partial', reason: 'PartialTransfer' },
  12: { outcome: 'again', reason: 'TargetUnreachable' },
  13: { outcome: 'again', reason: 'Internal' },
  14: { outcome: 'again', reason: 'TargetUnreachable' },
  19: { outcome: 'stopped' },
  20: { outcome: 'stopped' },
  21: { outcome: 'again', reason: 'Internal' },
  22: { outcome: 'again', reason: 'Internal' },
  23: { outcome: 'partial', reason: 'PartialTransfer' },
  24: { outcome: 'ok' },
  25: { outcome: 'partial', reason: 'DeletesHeld' },
  30: { outcome: 'again', reason: 'TimedOut' },
  35: { outcome: 'again', reason: 'TimedOut' },
  // Of a remote shell: there is no rsync there, or it could not be reached.
  126: { outcome: 'configuration', reason: 'Unsupported' },
  127: { outcome: 'configuration', reason: 'Unsupported' },
  255: { outcome: 'again', reason: 'TargetUnreachable' },
};

/** Before it was served: the daemon went away, and refused nothing. */
const notGreeted = /didn't get server startup line|did not see server greeting/;

const noDaemon = 'what answers there is no rsync daemon';

/**
 * What rsync said, without what a stranger did: it quotes the first line of whatever answers, and status and log are read by people
 * who may not reach that.
 */
export const withoutBanner = (said: string): string => said.replace(/server sent ".*" rather than greeting/s, noDaemon);

/** `code` null means that a signal ended it. `said`: what it wrote to stderr. */
export function explainExit(code: number | null, said = ''): ExitMeaning {
  if (code === null) return { outcome: 'stopped' };
  if (code === 5 && said.includes(noDaemon)) return { outcome: 'configuration', reason: 'ProtocolError' };
  if (code === 5 && notGreeted.test(said) && !said.includes('@ERROR'))
    return { outcome: 'again', reason: 'TargetUnreachable' };
  return meanings[code] ?? { outcome: 'again', reason: 'Internal' };
}
