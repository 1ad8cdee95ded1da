import type { AgentStatus, LinkState, PassProgress, ReplicaStatus } from '../../../sidecar/protocol/agent-status.ts';
import { formatBar, formatBytes, formatCount, formatSeconds } from '../../terminal/format-figures.ts';
import type { Color, Paint } from '../../terminal/terminal.ts';
import { padToWidth, widthOf } from '../../terminal/width.ts';

const linkColors: Readonly<Record<LinkState, Color>> = {
  Online: 'green',
  Connecting: 'yellow',
  Offline: 'red',
  Paused: 'yellow',
};

const barWidth = 24;
/** Columns, besides a target's name, that a replica needs to be one line. */
const wideColumns = 128;

const ago = (nowMs: number, at: number | null): string =>
  at === null ? 'never' : `${formatSeconds((nowMs - at) / 1000)} ago`;

const renderProgress = (progress: PassProgress, nowMs: number, paint: Paint): string => {
  const { filesDone, filesTotal, bytesDone, bytesTotal, etaSeconds, step, phase } = progress;
  const fraction = bytesTotal > 0 ? bytesDone / bytesTotal : filesTotal > 0 ? filesDone / filesTotal : 0;
  const seconds = Math.max(0.001, (nowMs - progress.startedAt) / 1000);
  const left = etaSeconds === null ? '' : `, ${formatSeconds(etaSeconds)} left`;
  const name = { InitialPass: 'first pass', FullPass: 'full pass', Restore: 'restore' }[phase];
  if (step === 'Comparing' && phase === 'Restore')
    return `${name}  counting what there is to bring ${paint('dim', `(${formatSeconds(seconds)})`)}`;
  // While both sides are compared the total grows with what is found: there is nothing yet to be a part of.
  if (step === 'Comparing')
    return `${name}  comparing, ${formatCount(filesDone)} of ${formatCount(filesTotal)} files that differ so far are sent, ${formatBytes(bytesDone)} ${paint('dim', `(${formatSeconds(seconds)})`)}`;
  return `${name}  ${paint('cyan', formatBar(fraction, barWidth))} ${String(Math.floor(fraction * 100)).padStart(3)} %  ${formatCount(filesDone)}/${formatCount(filesTotal)} files, ${formatBytes(bytesDone)} of ${formatBytes(bytesTotal)}, ${formatBytes(bytesDone / seconds)}/s${left} ${paint('dim', `(${step.toLowerCase()})`)}`;
};

const renderReplica = (
  replica: ReplicaStatus,
  nowMs: number,
  paint: Paint,
  nameWidth: number,
  columns: number,
): string[] => {
  const state = paint(linkColors[replica.link], replica.link.padEnd(10));
  const sync = replica.inSync ? paint('green', 'in sync    ') : paint('yellow', 'not in sync');
  const head = `  ${paint('bold', padToWidth(replica.target, nameWidth))}  ${state}  ${sync}  lag ${formatSeconds(replica.lagSeconds).padEnd(7)}  pending ${formatCount(replica.pending).padEnd(6)}`;
  const sent = `sent ${formatCount(replica.transferredFiles)} files, ${formatBytes(replica.transferredBytes)}, ${formatCount(replica.renames)} renames  last sync ${ago(nowMs, replica.lastSyncAt)}`;
  const wide = columns >= wideColumns + nameWidth;
  const lines = wide ? [`${head}  ${sent}`] : [head.trimEnd()];
  const below = (text: string): void => void lines.push(`  ${' '.repeat(nameWidth)}  ${text}`);
  if (!wide) below(paint('dim', sent));
  if (replica.progress) below(renderProgress(replica.progress, nowMs, paint));
  if (replica.lastError)
    below(
      paint('red', `${replica.lastError.reason}: ${replica.lastError.message} (${ago(nowMs, replica.lastError.at)})`),
    );
  if (replica.heldDeletes) {
    const { count, reason, id } = replica.heldDeletes;
    below(paint('yellow', `${formatCount(count)} deletions are held (${reason}); if that is meant, release ${id}`));
  }
  const kept = replica.keptDeletes?.at(-1);
  if (kept !== undefined && !replica.heldDeletes) {
    const until = new Date(kept.until).toISOString();
    below(paint('dim', `what a mass of deletions took away can be put back until ${until}: undelete ${kept.id}`));
  }
  const { running, differences, samples } = replica.verification ?? { running: null, differences: 0, samples: [] };
  if (running) {
    const total = running.entriesTotal > 0 ? ` of ${formatCount(running.entriesTotal)}` : '';
    below(`verifying  ${formatCount(running.entriesDone)}${total} entries, ${formatBytes(running.bytesDone)}`);
  }
  if (differences > 0)
    below(paint('red', `${formatCount(differences)} entries differ from the source, for example ${samples[0] ?? ''}`));
  if (replica.skipped.count > 0)
    below(
      paint(
        'yellow',
        `${formatCount(replica.skipped.count)} entries can't be copied, for example ${replica.skipped.samples[0] ?? ''}`,
      ),
    );
  return lines;
};

/** An agent's status as lines for a person. `nowMs` is the wall clock of the agent's machine; narrower than `columns` wraps. */
export const renderStatus = (status: AgentStatus, nowMs: number, paint: Paint, columns: number): string[] => {
  const nameWidth = Math.max(6, ...status.replicas.map((replica) => widthOf(replica.target)));
  const { watch } = status;
  const limit = watch.watchLimit === null ? '' : ` of ${formatCount(watch.watchLimit)}`;
  return [
    `${paint('bold', status.source)}  ${paint(status.phase === 'Watching' ? 'green' : 'yellow', status.phase)}${status.paused ? paint('yellow', ' (paused)') : ''}  ${formatCount(watch.watchedDirectories)}${limit} directories watched${watch.kind ? ` by ${watch.kind}` : ''}, up ${formatSeconds((nowMs - status.startedAt) / 1000)}`,
    ...status.degraded.map(({ message }) => `  ${paint('yellow', `! ${message}`)}`),
    ...status.replicas.flatMap((replica) => renderReplica(replica, nowMs, paint, nameWidth, columns)),
  ];
};

/** Whether every replica is in sync. */
export const allInSync = (status: AgentStatus): boolean =>
  status.replicas.length > 0 && status.replicas.every((replica) => replica.inSync);
