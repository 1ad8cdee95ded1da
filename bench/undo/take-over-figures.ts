import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { compareTrees } from '../../testing/trees/compare-trees.ts';
import { awaitIdentity } from '../measure/await-identity.ts';
import { median, type Row } from './row.ts';
import { startPair } from './start-pair.ts';

const rounds = 3;
const perDirectory = 100;

/** 10,000 files rewritten and then rolled back in place, by the command for it, its start counted. */
export const measureRollBack = async (home: string, count: number): Promise<Row[]> => {
  const seconds: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const place = join(home, `${round}`);
    mkdirSync(place);
    const write = (source: string, text: string): void => fill(source, count, (n) => `${text} ${n}`);
    const pair = await startPair({
      home: place,
      fill: (source) => write(source, 'precious'),
      receiver: ['--history-keep', '24h', '--history-max-size', '50%'],
    });
    try {
      await untilCheckpoint(() => pair.run(['history', 'checkpoints', ...pair.receiverFlags]));
      const saved = join(place, 'saved');
      execFileSync('cp', ['-a', pair.target, saved]);
      const at = new Date().toISOString();
      await sleep(1_000);
      write(pair.source, 'encrypted, pay');
      await same(pair.source, pair.target);
      const from = performance.now();
      pair.run(['history', 'restore', '--at', at, '--any', '--in-place', ...pair.receiverFlags]);
      seconds.push((performance.now() - from) / 1_000);
      console.log(`${count} files rolled back in ${seconds.at(-1)?.toFixed(2)} s`);
      const differences = await compareTrees(saved, pair.target);
      if (differences.length > 0) throw new Error(`roll back: ${differences.length} entries are not what they were`);
    } finally {
      await pair.stop();
    }
  }
  const told = seconds.map((one) => one.toFixed(1)).join(', ');
  return [
    {
      figure: `roll-back of ${count} rewritten files`,
      bar: '≤ 5 s',
      value: `${median(seconds).toFixed(1)} s (${told})`,
    },
  ];
};

/** A target that its source keeps in sync: agent and receiver are ended and it is promoted, with nothing pending. */
export const measurePromotion = async (home: string, count: number): Promise<Row[]> => {
  const seconds: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const place = join(home, `${round}`);
    mkdirSync(place);
    const pair = await startPair({ home: place, fill: (source) => fill(source, count, (n) => `${n}`) });
    try {
      const from = performance.now();
      await pair.stop();
      pair.run(['promote', '--dir', join(place, 'replica'), '--yes']);
      seconds.push((performance.now() - from) / 1_000);
    } finally {
      await pair.stop();
    }
  }
  return [
    {
      figure: 'promote with nothing pending, on a plain machine, its agent and receiver ended first',
      bar: '≤ 5 s',
      value: `${median(seconds).toFixed(1)} s (${seconds.map((one) => one.toFixed(1)).join(', ')})`,
    },
  ];
};

/** An old source that is a target now, of whose many files some differ: what goes between the two, both ways, until they are alike. */
export const measureFailBack = async (home: string, count: number): Promise<Row[]> => {
  const bytes = 4_096;
  const differing = 100;
  const content = (n: number): string => `${n} `.padEnd(bytes, 'x');
  const pair = await startPair({
    home,
    countsBytes: true,
    fill: (source) => fill(source, count, content),
    meanwhile: (source) => {
      for (let n = 0; n < differing; n += 1)
        writeFileSync(pathOf(source, n * (count / differing)), `other ${n} `.padEnd(bytes, 'y'));
    },
  });
  try {
    await same(pair.source, pair.target);
    const share = (pair.crossedBytes() / (count * bytes)) * 100;
    return [
      {
        figure: `fail back of ${count.toLocaleString('en')} files of 4 KiB of which ${differing} differ: what crosses, both ways, of the files' bytes`,
        bar: '≤ 2 %',
        value: `${share.toFixed(2)} %: ${pair.crossedBytes().toLocaleString('en')} bytes`,
      },
    ];
  } finally {
    await pair.stop();
  }
};

const pathOf = (source: string, n: number): string => join(source, `d${Math.floor(n / perDirectory)}`, `file-${n}`);

const fill = (source: string, count: number, content: (n: number) => string): void => {
  for (let n = 0; n < count; n += 1) {
    if (n % perDirectory === 0) mkdirSync(join(source, `d${n / perDirectory}`), { recursive: true });
    writeFileSync(pathOf(source, n), content(n));
  }
};

const same = async (source: string, target: string): Promise<void> => {
  const { differences } = await awaitIdentity(source, target, { timeoutMs: 300_000 });
  if (differences.length > 0) throw new Error(`wait until the trees are alike: ${differences.length} entries differ`);
};

/** One of after the first copy. */
const untilCheckpoint = async (list: () => string): Promise<void> => {
  for (let tries = 0; tries < 60; tries += 1) {
    if (/^\d{4}-.*checkpoint/m.test(list())) return;
    await sleep(1_000);
  }
  throw new Error('wait for a checkpoint: there was none within a minute');
};
