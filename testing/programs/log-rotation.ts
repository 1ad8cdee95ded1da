import * as fs from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { Random } from '../storm/random.ts';
import type { Program } from './program.ts';

/** How a log is taken from under its writer. `log` is open for appending; @returns what the writer goes on with */
type Rotation = (path: string, log: number) => number;

const reopen = (path: string, log: number): number => {
  fs.closeSync(log);
  return fs.openSync(path, 'a');
};

const rotations: Readonly<Record<string, Rotation>> = {
  create(path, log) {
    fs.renameSync(path, `${path}.1`);
    fs.writeFileSync(path, '');
    return reopen(path, log);
  },
  copytruncate(path, log) {
    fs.copyFileSync(path, `${path}.1`);
    fs.truncateSync(path);
    return log;
  },
  'hard link'(path, log) {
    fs.linkSync(path, `${path}.1`);
    fs.unlinkSync(path);
    // The writer hasn't noticed yet.
    fs.writeSync(log, 'still to the old one\n');
    return reopen(path, log);
  },
};

async function rotateOnce(path: string, rotate: Rotation, log: number, random: Random): Promise<number> {
  for (let line = 0; line < 20; line += 1) {
    fs.writeSync(log, `${line} ${random.bytes(40).toString('hex')}\n`);
    if (line % 5 === 0) await sleep(1);
  }
  fs.rmSync(`${path}.3.gz`, { force: true });
  if (fs.existsSync(`${path}.2.gz`)) fs.renameSync(`${path}.2.gz`, `${path}.3.gz`);
  if (fs.existsSync(`${path}.1`)) {
    fs.writeFileSync(`${path}.2.gz`, gzipSync(fs.readFileSync(`${path}.1`)));
    fs.rmSync(`${path}.1`);
  }
  return rotate(path, log);
}

/** logrotate in its ways: a new file, a copy that is cut, and by hand with a hard link; with older ones packed. */
export const logRotationProgram: Program = {
  name: 'log-rotation',
  expects: 'Each log holds every line that was written to it, whichever name it has by now.',
  async run({ directory, random, rounds, signal }) {
    const logs = new Map<string, number>();
    for (const way of Object.keys(rotations))
      logs.set(way, fs.openSync(join(directory, `${way.replace(' ', '-')}.log`), 'a'));
    try {
      for (let round = 0; round < rounds && signal?.aborted !== true; round += 1)
        for (const [way, rotate] of Object.entries(rotations)) {
          const path = join(directory, `${way.replace(' ', '-')}.log`);
          logs.set(way, await rotateOnce(path, rotate, logs.get(way) ?? -1, random));
        }
    } finally {
      for (const log of logs.values()) fs.closeSync(log);
    }
  },
};
