import { type FSWatcher, mkdtempSync, readFileSync, rmSync, watch, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describeMachine } from '../measure/machine.ts';
import { cpuSecondsOf, memoryBytesOf } from '../measure/process-usage.ts';
import { Readers } from './start-readers.ts';

export interface ReadersOptions {
  readonly readers: number;
  readonly fanOut: number;
  readonly files: number;
  readonly directory: string;
}

interface Figures {
  /** Until the last of all copies had the file, ms, sorted. */
  readonly latenciesMs: readonly number[];
  readonly agentMsPerFile: number;
  readonly agentMiB: number;
  /** Of all programs: latency on a machine of one's own is about this by its processors. */
  readonly allMsPerFile: number;
}

const bytes = 4_096;
const pauseMs = 300;
const patienceMs = 60_000;
const warmUpFiles = 10;

/** One file of 4 KiB after the other, until the last reader has it; and what it costs the source's agent, beside a single target. */
export const measureReaders = async (options: ReadersOptions): Promise<string> => {
  // Each of the programs is ended with this one.
  process.setMaxListeners(0);
  const machine = describeMachine(options.directory);
  const alone = await measure({ ...options, readers: 0 });
  console.log(`one target: ${describe(alone)}`);
  const many = await measure(options);
  console.log(`${options.readers} readers: ${describe(many)}`);
  const row = (name: string, figures: Figures): string =>
    `| ${name} | ${[0.5, 0.99, 1].map((share) => quantile(figures, share).toFixed(0)).join(' | ')} | ${figures.agentMsPerFile.toFixed(1)} | ${figures.agentMiB.toFixed(0)} | ${figures.allMsPerFile.toFixed(0)} |`;
  return [
    `${options.files} files of 4 KiB, one after the other, ${options.fanOut} fed by one at most; ms until the last copy has it:`,
    '',
    '| copies | p50 | p99 (bar: ≤ 250) | most | the source’s agent, ms of a processor for each file (bar: ≤ 3 ×) | its MiB | all programs, ms of a processor for each file |',
    '|---|---|---|---|---|---|---|',
    row('one target', alone),
    row(`one target and ${options.readers} readers`, many),
    '',
    ...machine.map((line) => `- ${line}`),
    `- load at the end: ${loadavg()[0]?.toFixed(2)}`,
  ].join('\n');
};

const measure = async ({ readers: replicas, fanOut, files, directory }: ReadersOptions): Promise<Figures> => {
  const home = mkdtempSync(join(directory, 'syncreplica-readers-'));
  const readers = new Readers(home);
  try {
    const { agent, copies } = await readers.start({ replicas, fanOut });
    const arrival = new Arrival(copies);
    try {
      const send = async (n: number): Promise<number> => {
        const content = `${n} `.padEnd(bytes, '.');
        const arrived = arrival.of('file', content);
        const startedAt = performance.now();
        writeFileSync(join(readers.source, 'file'), content);
        await arrived;
        return performance.now() - startedAt;
      };
      for (let n = 0; n < warmUpFiles; n += 1) await send(-n);
      const [before, allBefore] = [cpuSecondsOf([agent.pid]), cpuSecondsOf(readers.pids)];
      const latenciesMs: number[] = [];
      for (let n = 1; n <= files; n += 1) {
        await sleep(pauseMs);
        latenciesMs.push(await send(n));
      }
      return {
        latenciesMs: latenciesMs.sort((a, b) => a - b),
        agentMsPerFile: ((cpuSecondsOf([agent.pid]) - before) * 1_000) / files,
        allMsPerFile: ((cpuSecondsOf(readers.pids) - allBefore) * 1_000) / files,
        agentMiB: memoryBytesOf([agent.pid]) / 1_048_576,
      };
    } finally {
      arrival.close();
    }
  } finally {
    await readers.stop();
    rmSync(home, { recursive: true, force: true });
  }
};

/** Sees by events, without a look at fifty places all the time, when all copies have a content. */
class Arrival {
  readonly #watchers: FSWatcher[];
  readonly #copies: readonly string[];
  #missing = new Set<string>();
  #check: (copy: string) => void = () => {};

  constructor(copies: readonly string[]) {
    this.#copies = copies;
    this.#watchers = copies.map((copy) => watch(copy, () => this.#check(copy)));
  }

  of(name: string, content: string): Promise<void> {
    const all = Promise.withResolvers<void>();
    this.#missing = new Set(this.#copies);
    const late = setTimeout(
      () => all.reject(new Error(`wait for ${name}: ${this.#missing.size} copies lack it after ${patienceMs} ms`)),
      patienceMs,
    );
    this.#check = (copy) => {
      if (!this.#missing.has(copy) || read(join(copy, name)) !== content) return;
      this.#missing.delete(copy);
      if (this.#missing.size > 0) return;
      clearTimeout(late);
      all.resolve();
    };
    return all.promise;
  }

  close(): void {
    for (const watcher of this.#watchers) watcher.close();
  }
}

const read = (path: string): string => {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return ''; // not there yet
  }
};

const quantile = ({ latenciesMs }: Figures, share: number): number =>
  latenciesMs[Math.max(0, Math.ceil(latenciesMs.length * share) - 1)] ?? Number.NaN;

const describe = (figures: Figures): string =>
  JSON.stringify({
    p50: quantile(figures, 0.5),
    p99: quantile(figures, 0.99),
    most: quantile(figures, 1),
    agentMsPerFile: figures.agentMsPerFile,
    allMsPerFile: figures.allMsPerFile,
  });
