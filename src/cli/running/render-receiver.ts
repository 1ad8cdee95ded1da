import type { ReceiverStatus } from '../../../sidecar/receiver/told/receiver-status.ts';
import { formatCount, formatSeconds } from '../../terminal/format-figures.ts';
import type { Paint } from '../../terminal/terminal.ts';

const dayMs = 86_400_000;
/** A writer says how old the copy is every five seconds. */
const freshMs = 60_000;

/** Whether it can be written, and was known to be its source a moment ago. */
export const isFresh = ({ coveredAt, trouble }: ReceiverStatus, nowMs: number): boolean =>
  trouble === null && coveredAt !== null && nowMs - coveredAt < freshMs;

/** A receiver's status as lines for a person. `nowMs` is the wall clock of its machine. */
export const renderReceiver = (status: ReceiverStatus, nowMs: number, paint: Paint): string[] => {
  const { volume, epoch, position, heartbeatAt, coveredAt, trouble, connections, certificateNotAfter } = status;
  const ago = (at: number): string => `${formatSeconds(Math.max(0, nowMs - at) / 1000)} ago`;
  const covered = coveredAt === null ? 'not known to be its source' : `known to be its source ${ago(coveredAt)}`;
  const writer = epoch === 0 ? 'nobody has written' : `epoch ${formatCount(epoch)}`;
  const heard = heartbeatAt === null ? '' : `, its writer heard ${ago(heartbeatAt)}`;
  const at = position === null ? '' : `, position ${position.epoch}:${position.sequence}`;
  const days = Math.floor((certificateNotAfter - nowMs) / dayMs);
  return [
    `${paint('bold', volume ?? 'no volume yet')}  receiver  ${paint(isFresh(status, nowMs) ? 'green' : 'yellow', covered)}`,
    `  ${writer}${at}${heard}`,
    `  ${connections.rsync} connections of rsync and ${connections.control} of control, certificate good for ${formatCount(days)} days`,
    ...(trouble === null ? [] : [`  ${paint('red', `${trouble.reason}: ${trouble.message}; ${trouble.hint}`)}`]),
  ];
};
