import { readdirSync } from 'node:fs';
import {
  Counter,
  type CounterConfiguration,
  Gauge,
  type GaugeConfiguration,
  Histogram,
  type HistogramConfiguration,
  Registry,
} from 'prom-client';
import { readResidentBytes } from '../memory/resident-bytes.ts';
import { makeSparse, type SparseCounter } from './sparse-counter.ts';

export type { Counter, Gauge, Histogram } from 'prom-client';

/** Makes metrics of one process and renders them. Names and labels are those of prom-client. */
export interface MetricsRegistry {
  counter<T extends string = string>(config: Omit<CounterConfiguration<T>, 'registers'>): Counter<T>;
  /** For labels with many values of which few are ever met. */
  sparseCounter<T extends string>(config: Omit<CounterConfiguration<T>, 'registers'>): SparseCounter<T>;
  /** `collect` in the configuration is called at every scrape with the gauge as `this`. */
  gauge<T extends string = string>(config: Omit<GaugeConfiguration<T>, 'registers'>): Gauge<T>;
  histogram<T extends string = string>(config: Omit<HistogramConfiguration<T>, 'registers'>): Histogram<T>;
  /** Called and waited for before every scrape, to bring figures up to date that are kept elsewhere. */
  onScrape(update: () => void | Promise<void>): void;
  /** Text of the exposition format besides, put together at every scrape. It has no labels but its own. */
  write(text: () => string): void;
  /** Labels of every series from now on. */
  relabel(labels: Readonly<Record<string, string>>): void;
  /** The exposition text. */
  render(): Promise<string>;
  readonly contentType: string;
}

/**
 * A registry with the process's own figures (memory, processor time, start, open files), read at scrape only:
 * prom-client's default metrics keep a timer and a histogram of the event loop running, which an idle agent can't afford.
 */
export const createMetricsRegistry = (labels: Readonly<Record<string, string>> = {}): MetricsRegistry => {
  const registry = new Registry();
  registry.setDefaultLabels(labels);
  const registers = [registry];
  const updates: (() => void | Promise<void>)[] = [];
  const sparse: SparseCounter<never>[] = [];
  const written: (() => string)[] = [];
  const gauge = (name: string, help: string, read: () => number): void => {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  };
  const startedAt = Date.now() / 1000 - process.uptime();
  gauge('process_resident_memory_bytes', 'Resident memory in bytes.', readResidentBytes);
  gauge('process_start_time_seconds', 'Start of the process since 1970 in seconds.', () => startedAt);
  gauge('process_open_fds', 'Open file descriptors, 0 where the system does not say.', countOpenFiles);
  const cpu = new Counter({
    name: 'process_cpu_seconds_total',
    help: 'User and system processor time in seconds.',
    registers,
    collect() {
      const { user, system } = process.cpuUsage();
      cpu.reset();
      cpu.inc((user + system) / 1e6);
    },
  });
  return {
    counter: (config) => new Counter({ ...config, registers }),
    sparseCounter(config) {
      const counter = makeSparse(new Counter({ ...config, registers }));
      sparse.push(counter);
      return counter;
    },
    gauge: (config) => new Gauge({ ...config, registers }),
    histogram: (config) => new Histogram({ ...config, registers }),
    onScrape: (update) => updates.push(update),
    write: (text) => written.push(text),
    relabel: (next) => registry.setDefaultLabels(next),
    async render() {
      await Promise.all(updates.map((update) => update()));
      const text = await registry.metrics();
      for (const counter of sparse) counter.scraped();
      return [...written.map((write) => write()), text].join('\n');
    },
    contentType: registry.contentType,
  };
};

const countOpenFiles = (): number => {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return 0;
  }
};
