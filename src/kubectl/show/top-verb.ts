import { formatCount, formatSeconds } from '../../terminal/format-figures.ts';
import { type Cell, renderTable } from '../../terminal/table.ts';
import { makeLiveBlock, type Paint } from '../../terminal/terminal.ts';
import { ageOf } from '../ages.ts';
import { formOf, printNames, printValue } from '../answer.ts';
import { fetchReplicas } from '../fetch-replicas.ts';
import { withCluster } from '../open-cluster.ts';
import { lagOf, type Standing, sortByLag, standingsOf } from '../summary.ts';
import type { RunVerb } from '../verb.ts';
import { everySecond } from './every-second.ts';

const stateColors: Readonly<Record<string, 'green' | 'yellow' | 'dim'>> = {
  Online: 'green',
  New: 'yellow',
  Idle: 'dim',
};

/** Every replica, the furthest behind first. */
export const renderTop = (standings: readonly Standing[], nowMs: number, paint: Paint): readonly string[] =>
  renderTable(
    ['NAMESPACE', 'NAME', 'VOLUME', 'TARGET', 'STATE', 'IN-SYNC', 'LAG', 'PENDING', 'LAST SYNC', 'WHY'],
    standings.map(({ namespace, replica, volume, row }): Cell[] => [
      namespace,
      replica,
      volume,
      row.target,
      { text: row.state, color: stateColors[row.state] ?? 'red' },
      row.inSync ? { text: 'yes', color: 'green' } : { text: 'no', color: 'red' },
      lagOf(row, nowMs) === undefined ? '?' : formatSeconds(lagOf(row, nowMs) ?? 0),
      row.pending === undefined ? '?' : formatCount(row.pending),
      row.lastSyncTime === undefined ? 'never' : `${ageOf(row.lastSyncTime, nowMs)} ago`,
      row.lastError?.reason ?? row.progress?.phase ?? '',
    ]),
    paint,
  );

export const runTop: RunVerb = ({ options }) =>
  withCluster(options, async (cluster) => {
    const form = formOf(options.output, ['table', 'json', 'yaml', 'name']);
    const ask = async () => sortByLag((await fetchReplicas(cluster)).flatMap(standingsOf), Date.now());
    if (form === 'name') return printNames(new Set((await ask()).map(({ replica }) => replica)));
    if (form !== 'table') return printValue(form, await ask());
    const block = makeLiveBlock(process.stdout, process.env.NO_COLOR !== undefined);
    const draw = async (): Promise<void> => block.draw(renderTop(await ask(), Date.now(), block.paint));
    await (options.watch ? everySecond(draw, block) : draw());
  });
