import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ReplicaStatus } from '../../sidecar/protocol/agent-status.ts';
import { median, type Row } from './row.ts';
import { type Pair, startPair } from './start-pair.ts';

const rounds = 5;
const mebi = 1_048_576;
const sampleMs = 5_000;
const unthrottled = ['--verify-metadata', 'Never', '--verify-read-limit', '1Ti'];

interface Files {
  readonly count: number;
  readonly bytes: number;
}

/** A checksum pass, and one reader of the source by itself, in turn: whatever else the machine does meets both. */
export const measureChecksums = async (home: string, files: Files): Promise<Row[]> => {
  const pair = await startPair({ home, fill: (source) => fill(source, files), agent: unthrottled });
  try {
    const shares: number[] = [];
    const told: string[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const reader = await timeReader(pair.source);
      const before = pair.usage();
      const pass = await timeVerification(pair);
      const after = pair.usage();
      shares.push(reader / pass);
      const used = (['agent', 'receiver'] as const).map(
        (side) => after[side].processorSeconds - before[side].processorSeconds,
      );
      told.push(
        `${pass.toFixed(2)} s beside ${reader.toFixed(2)} s (${used.map((s) => s.toFixed(1)).join(', ')} s of processor)`,
      );
      console.log(told.at(-1));
    }
    const share = Math.round(median(shares) * 100);
    return [
      {
        figure: `contents of ${files.count.toLocaleString('en')} files of ${sizeOf(files.bytes)}, of what \`sha256sum\` gets, the median of ${rounds}`,
        bar: '≥ 60 %',
        value: `${share} %: ${told.join('; ')}`,
      },
    ];
  } finally {
    await pair.stop();
  }
};

const sizeOf = (bytes: number): string => (bytes < mebi ? `${bytes} bytes` : `${bytes / mebi} MiB`);

/** In a hundred to a directory. */
const fill = (source: string, { count, bytes }: Files): void => {
  for (let n = 0; n < count; n += 1) {
    const directory = join(source, `d${Math.floor(n / 100)}`);
    if (n % 100 === 0) mkdirSync(directory);
    writeFileSync(join(directory, `file-${n}`), randomBytes(bytes));
  }
};

const timeReader = async (source: string): Promise<number> => {
  const from = performance.now();
  execFileSync('sh', ['-c', 'find "$1" -type f -print0 | xargs -0 sha256sum > /dev/null', 'sh', source]);
  return (performance.now() - from) / 1_000;
};

/** By what the agent says itself, seconds. */
const timeVerification = async (pair: Pair): Promise<number> => {
  const last = (await pair.replica()).verification?.verifiedAt ?? null;
  pair.run(['ctl', 'verify', '--source', pair.source]);
  let startedAt = 0;
  const { verification } = await pair.until(({ verification: said }) => {
    startedAt = said?.running?.startedAt ?? startedAt;
    return said !== undefined && said.verifiedAt !== last && said.running === null;
  });
  if (startedAt === 0) throw new Error('time a verification: it was over before it was seen');
  if (verification?.differences !== 0) throw new Error('time a verification: the trees differ');
  return ((verification.verifiedAt ?? 0) - startedAt) / 1_000;
};

/** The first slow circle, ten minutes after the start: what it takes, and how much more memory than before. */
export const measureCircle = async (home: string, count: number): Promise<Row[]> => {
  const pair = await startPair({ home, fill: (source) => fill(source, { count, bytes: 0 }) });
  try {
    const before = await sample(pair, ({ verification }) => verification !== undefined);
    const from = { at: performance.now(), usage: pair.usage() };
    const during = await sample(pair, ({ verification }) => verification?.verifiedAt !== null);
    const seconds = (performance.now() - from.at) / 1_000;
    const usage = pair.usage();
    const entries = (await pair.replica()).verification?.entries ?? 0;
    const rows: Row[] = [
      {
        figure: `a circle over ${entries.toLocaleString('en')} names and attributes`,
        bar: '≤ 1 h for a million',
        value: `${seconds.toFixed(0)} s`,
      },
    ];
    for (const side of ['agent', 'receiver'] as const) {
      const share = (usage[side].processorSeconds - from.usage[side].processorSeconds) / seconds;
      rows.push({ figure: `its ${side}, of a core`, bar: '≤ 2 %', value: `${(share * 100).toFixed(1)} %` });
      const more = (['ownBytes', 'residentBytes'] as const).map((what) => {
        // Of ten minutes' rest the last two.
        const idle = median(before.slice(-120_000 / sampleMs).map((usage) => usage[side][what]));
        return (median(during.map((usage) => usage[side][what])) - idle) / mebi;
      });
      rows.push({
        figure: `its ${side}, memory more than before: its own; resident, with the program's pages that are used again`,
        bar: '≤ 10 MiB',
        value: more.map((bytes) => `${bytes.toFixed(1)} MiB`).join('; '),
      });
    }
    return rows;
  } finally {
    await pair.stop();
  }
};

/** What both take, every few seconds (each look costs the agent something) until the replica's status is so. */
const sample = async (
  pair: Pair,
  isOver: (replica: ReplicaStatus) => boolean,
): Promise<ReturnType<Pair['usage']>[]> => {
  const usages: ReturnType<Pair['usage']>[] = [];
  while (!isOver(await pair.replica())) {
    usages.push(pair.usage());
    await sleep(sampleMs);
  }
  return usages;
};
