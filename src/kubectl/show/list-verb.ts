import type { SyncReplica } from '../../api/schema/syncreplica.generated.ts';
import { type Cell, renderTable } from '../../terminal/table.ts';
import { type Paint, stdoutPaint } from '../../terminal/terminal.ts';
import { ageOf } from '../ages.ts';
import { formOf, printReplicas } from '../answer.ts';
import { fetchReplicas } from '../fetch-replicas.ts';
import { withCluster } from '../open-cluster.ts';
import { concernsOf, conditionStatus, isSeen } from '../summary.ts';
import type { RunVerb } from '../verb.ts';

/** `kubectl get srep` with what is wrong, and since when, beside each. */
export const renderList = (
  replicas: readonly SyncReplica[],
  withNamespace: boolean,
  nowMs: number,
  paint: Paint,
): readonly string[] => {
  const headings = ['NAME', 'SOURCE', 'TARGETS', 'READY', 'IN-SYNC', 'LAG', 'PENDING', 'AGE', 'WHAT IS WRONG'];
  const rows = replicas.map((replica): Cell[] => {
    const { metadata, status = {} } = replica;
    const cells: Cell[] = [
      metadata.name,
      status.source ?? '',
      status.targets ?? '',
      readyCell(conditionStatus(replica, 'Ready')),
      inSyncCell(status.inSync ?? ''),
      status.lag ?? '',
      status.pending === undefined ? '' : String(status.pending),
      ageOf(metadata.creationTimestamp, nowMs),
      wrongCell(replica, nowMs),
    ];
    return withNamespace ? [metadata.namespace, ...cells] : cells;
  });
  return renderTable(withNamespace ? ['NAMESPACE', ...headings] : headings, rows, paint);
};

const readyCell = (status: string): Cell => ({
  text: status,
  color: status === 'True' ? 'green' : status === 'False' ? 'red' : 'yellow',
});

const inSyncCell = (text: string): Cell => {
  const [have, want] = text.split('/');
  return text === '' ? '' : { text, color: have === want ? 'green' : 'red' };
};

const wrongCell = (replica: SyncReplica, nowMs: number): Cell => {
  if (!isSeen(replica)) return { text: 'no operator has looked at it', color: 'red' };
  const [worst, ...others] = concernsOf(replica);
  if (!worst) return '';
  const more = others.length > 0 ? ` (+${others.length})` : '';
  return { text: `${worst.reason} for ${ageOf(worst.since, nowMs)}${more}`, color: 'yellow' };
};

export const runList: RunVerb = ({ options }) =>
  withCluster(options, async (cluster) => {
    const form = formOf(options.output, ['table', 'json', 'yaml', 'name']);
    const replicas = await fetchReplicas(cluster);
    if (form !== 'table') return printReplicas(form, replicas, false);
    if (replicas.length === 0) {
      console.error(`there is no SyncReplica in ${cluster.namespace ?? 'the cluster'}`);
      return;
    }
    const lines = renderList(replicas, cluster.namespace === undefined, Date.now(), stdoutPaint());
    console.log(lines.join('\n'));
  });
