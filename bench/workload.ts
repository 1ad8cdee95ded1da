import type { Contender, Running, Setup } from './contender.ts';
import type { Latencies } from './measure/file-latency.ts';
import type { TargetNetwork } from './network/target-network.ts';

export type Unit = 'ms' | 's' | 'MiB' | '%' | 'count';

export interface Figure {
  readonly key: string;
  readonly title: string;
  readonly unit: Unit;
  /** What we want to reach ourselves. */
  readonly bar?: string;
}

/** One contender's figures by key; a text where there is no number, and why. */
export type Figures = Readonly<Record<string, number | string | undefined>>;

export interface Bench {
  readonly contender: Contender;
  /** Smaller and shorter, to see that everything works. */
  readonly quick: boolean;
  /** An empty directory on the disk that is measured. */
  readonly directory: string;
  readonly source: string;
  readonly network: TargetNetwork;
  /** Starts the contender; it is stopped when the workload is over. */
  start(setup?: Pick<Setup, 'prefill' | 'roundTripMs' | 'targets'>): Promise<Running>;
}

export interface Workload {
  readonly name: string;
  readonly title: string;
  readonly figures: readonly Figure[];
  run(bench: Bench): Promise<Figures>;
}

/** The value below which a part of the samples lies; undefined without samples. */
export function percentile(samples: readonly number[], part: number): number | undefined {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
}

/** What there is to say when trees did not become equal. */
export const differencesText = (count: number): string => `${count >= 1_000 ? '≥ 1,000' : count} differences left`;

export const latencyFiguresOf = ({ samples, missed }: Latencies): Figures => ({
  p50: percentile(samples, 0.5),
  p99: missed > 0 ? `${missed} never came` : percentile(samples, 0.99),
});
