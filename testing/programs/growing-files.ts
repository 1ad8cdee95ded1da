import * as fs from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Program } from './program.ts';

/** As ffmpeg writes: a file grows for as long as it takes, then its header at the begin is written once more. */
export const recordingProgram: Program = {
  name: 'recording',
  expects: 'A recording follows while it grows, and is whole when it is done.',
  async run({ directory, random, rounds, signal }) {
    for (let round = 0; round < rounds && signal?.aborted !== true; round += 1) {
      const file = fs.openSync(join(directory, `recording-${random.below(8)}.mp4`), 'w');
      fs.writeSync(file, Buffer.alloc(1_024));
      for (let frame = 0; frame < 40; frame += 1) {
        fs.writeSync(file, random.bytes(16 * 1024));
        await sleep(5);
      }
      fs.writeSync(file, random.bytes(1_024), 0, 1_024, 0);
      fs.closeSync(file);
    }
  },
};

/** A file of its final size from the first moment, whose pieces come in any order. */
export const torrentProgram: Program = {
  name: 'torrent',
  expects: 'Each piece arrives, though neither the size nor the order of writing tells what is there already.',
  async run({ directory, random, rounds, signal }) {
    const pieceBytes = 32 * 1024;
    for (let round = 0; round < rounds && signal?.aborted !== true; round += 1) {
      const path = join(directory, `download-${random.below(4)}.iso`);
      const pieces = Array.from({ length: 48 }, (_, n) => n);
      const file = fs.openSync(path, 'w+');
      fs.ftruncateSync(file, pieces.length * pieceBytes);
      while (pieces.length > 0) {
        const [piece = 0] = pieces.splice(random.below(pieces.length), 1);
        fs.writeSync(file, random.bytes(pieceBytes), 0, pieceBytes, piece * pieceBytes);
        await sleep(2);
      }
      fs.closeSync(file);
      if (random.below(2) === 0) fs.renameSync(path, `${path}.done`);
    }
  },
};
