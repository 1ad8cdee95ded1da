import type { ReplicaStatusRow, SyncReplica } from '../../api/schema/syncreplica.generated.ts';
import { formatBar, formatBytes, formatCount, formatSeconds, formatSparkline } from '../../terminal/format-figures.ts';
import type { Color, Paint } from '../../terminal/terminal.ts';
import { ageOf } from '../ages.ts';
import { keyOf } from '../fetch-replicas.ts';
import { remedyFor } from '../remedies.ts';
import { concernsOf, conditionStatus, isSeen, lagOf, type Standing, standingsOf } from '../summary.ts';

/** Lags that were seen while the view was open, by replica, the oldest first, in seconds. */
export type LagHistory = ReadonlyMap<string, readonly number[]>;

export const standingKey = ({ volume, row }: Standing): string => `${volume}/${row.target}`;

const barWidth = 24;
const stateColors: Readonly<Partial<Record<ReplicaStatusRow['state'], Color>>> = {
  Online: 'green',
  New: 'yellow',
  Idle: 'dim',
};

/** All that is known of a SyncReplica, for a person: the replicas, then what is wrong and what to do about it. */
export const renderReplica = (
  replica: SyncReplica,
  history: LagHistory,
  nowMs: number,
  paint: Paint,
): readonly string[] => {
  const { status = {} } = replica;
  const ready = conditionStatus(replica, 'Ready');
  const head = `${paint('bold', keyOf(replica))}  ${paint(ready === 'True' ? 'green' : 'red', ready === 'True' ? 'ready' : 'not ready')}  ${status.inSync ?? '0/0'} in sync  lag ${status.lag ?? '?'}  pending ${formatCount(status.pending ?? 0)}  source ${status.source ?? ''}`;
  if (!isSeen(replica))
    return [head, '', `  ${paint('red', '! no operator has looked at it')}`, '    do: kubectl syncreplica doctor'];
  const standings = standingsOf(replica);
  const width = standings.reduce((most, one) => Math.max(most, arrow(one).length), 0);
  return [
    head,
    ...standings.flatMap((one) => renderStanding(one, width, history.get(standingKey(one)) ?? [], nowMs, paint)),
    ...concernsOf(replica).flatMap(({ reason, message, since }) => {
      const remedy = remedyFor(reason);
      return [
        '',
        `  ${paint('yellow', `! ${reason} for ${ageOf(since, nowMs)}: ${message}`)}`,
        ...(remedy ? [`    do: ${remedy}`] : []),
      ];
    }),
  ];
};

const arrow = ({ volume, row }: Standing): string => `${volume} → ${row.target}`;

const renderStanding = (
  standing: Standing,
  width: number,
  lags: readonly number[],
  nowMs: number,
  paint: Paint,
): string[] => {
  const { row, writer } = standing;
  const { state, paused, inSync, pending = 0, lastSyncTime, lastFullPassTime, lastError } = row;
  const sync = inSync ? paint('green', 'in sync    ') : paint('yellow', 'not in sync');
  const lagSeconds = lagOf(row, nowMs);
  const lag = (lagSeconds === undefined ? '?' : formatSeconds(lagSeconds)).padEnd(7);
  const passed = lastFullPassTime ? `, compared ${ageOf(lastFullPassTime, nowMs)} ago` : '';
  const synced = lastSyncTime ? `last sync ${ageOf(lastSyncTime, nowMs)} ago` : 'never synced';
  const lines = [
    '',
    `  ${paint('bold', arrow(standing).padEnd(width))}  ${paused ? paint('yellow', 'Paused') : paint(stateColors[state] ?? 'red', state)}  ${sync}  lag ${lag} ${paint('cyan', formatSparkline(lags))}`.trimEnd(),
    `    ${paint('dim', `pending ${formatCount(pending)}, ${synced}${passed}${writer ? `, written by ${writer}` : ''}`)}`,
  ];
  if (row.progress) lines.push(`    ${renderProgress(row.progress, paint)}`);
  if (lastError?.reason) {
    lines.push(
      `    ${paint('red', `${lastError.reason}: ${lastError.message ?? ''} (${ageOf(lastError.time, nowMs)} ago)`)}`,
    );
  }
  return lines;
};

const phases = { InitialPass: 'first pass', FullPass: 'full pass', Restore: 'restore' } as const;

const renderProgress = (progress: NonNullable<ReplicaStatusRow['progress']>, paint: Paint): string => {
  const { phase = 'FullPass', filesDone = 0, filesTotal = 0, bytesDone = 0, bytesTotal = 0, etaSeconds } = progress;
  if (phase === 'Restore' && filesTotal === 0) return `${phases.Restore}  counting what there is to bring`;
  // While both sides are compared nobody can say how long, and the total grows: there is nothing yet to be a part of.
  if (phase !== 'Restore' && etaSeconds === undefined)
    return `${phases[phase]}  comparing, ${formatCount(filesDone)} of ${formatCount(filesTotal)} files that differ so far are sent, ${formatBytes(bytesDone)}`;
  const fraction = bytesTotal > 0 ? bytesDone / bytesTotal : filesTotal > 0 ? filesDone / filesTotal : 0;
  const left = etaSeconds === undefined ? '' : `, ${formatSeconds(etaSeconds)} left`;
  return `${phases[phase]}  ${paint('cyan', formatBar(fraction, barWidth))} ${String(Math.floor(fraction * 100)).padStart(3)} %  ${formatCount(filesDone)}/${formatCount(filesTotal)} files, ${formatBytes(bytesDone)} of ${formatBytes(bytesTotal)}${left}`;
};
