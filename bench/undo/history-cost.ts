import { syncreplica, syncreplicaHistory } from '../contenders/syncreplica.ts';
import { startTargetNetwork } from '../network/target-network.ts';
import { runWorkload } from '../run-workload.ts';
import type { Figures, Workload } from '../workload.ts';
import { makeDailyWorkload } from '../workloads/daily/daily-work.ts';
import { manyFiles } from '../workloads/daily/daily-works.ts';
import { rmRf } from '../workloads/daily/removals.ts';
import { oneFile } from '../workloads/latency/one-file.ts';
import { median, type Row } from './row.ts';

const rounds = 5;
const wholeFiles = 10_000;

interface Cost {
  readonly workload: Workload;
  readonly figure: string;
  readonly bar: string;
  /** What of its figures is compared. */
  readonly key: string;
  /** What history costs, of the medians without and with it. */
  readonly tell: (without: number, withHistory: number) => string;
}

const costs: readonly Cost[] = [
  {
    workload: oneFile,
    figure: 'what history costs one file, at p50',
    bar: '≤ 0.5 ms',
    key: 'p50',
    tell: (without, withHistory) => `${(withHistory - without).toFixed(2)} ms`,
  },
  {
    workload: makeDailyWorkload(manyFiles),
    figure: 'what it costs a burst of 10,000 files, until both trees are identical',
    bar: '≤ 10 %',
    key: 'identical',
    tell: (without, withHistory) => `${((withHistory / without - 1) * 100).toFixed(1)} %`,
  },
  {
    workload: makeDailyWorkload(rmRf),
    figure: 'what it costs `rm -rf` of 5,000 of 10,000 files, beyond the writer',
    bar: 'nothing measurable',
    key: 'behind',
    tell: (without, withHistory) => `${(withHistory - without).toFixed(2)} s`,
  },
];

/** Each work without and with a history in turn, so that whatever else the machine does meets both. */
export const measureHistoryCost = async (directory: string, files: number): Promise<Row[]> => {
  const network = await startTargetNetwork();
  const surroundings = { directory, network, quick: files < wholeFiles };
  const rows: Row[] = [];
  for (const { workload, figure, bar, key, tell } of costs) {
    const measured: Readonly<Record<'without' | 'with', Figures[]>> = { without: [], with: [] };
    for (let round = 0; round < rounds; round += 1) {
      for (const [side, contender] of [
        ['without', syncreplica],
        ['with', syncreplicaHistory],
      ] as const) {
        const figures = await runWorkload(workload, contender, surroundings);
        if (typeof figures[key] !== 'number') throw new Error(`${workload.name}, ${contender.name}: ${figures[key]}`);
        measured[side].push(figures);
        console.log(`${workload.name}, ${contender.name}: ${JSON.stringify(figures)}`);
      }
    }
    const valuesOf = (side: 'without' | 'with'): number[] => measured[side].map((figures) => Number(figures[key]));
    const [without, withHistory] = [valuesOf('without'), valuesOf('with')];
    const toldOf = (values: readonly number[]): string => values.map((value) => value.toFixed(2)).join(', ');
    const sides = `${toldOf(without)} without, ${toldOf(withHistory)} with`;
    rows.push({ figure, bar, value: `${tell(median(without), median(withHistory))}, of the medians of: ${sides}` });
  }
  return rows;
};
