import * as fs from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Program } from './program.ts';

const users = { nginx: 33, php: 1_000 };
const isRoot = process.getuid?.() === 0;

/** Two users write into one directory: a web server takes uploads in pieces, an application moves them and makes thumbnails. */
export const uploadsProgram: Program = {
  name: 'uploads',
  expects:
    'Each upload arrives whole under its final name, with its mode, whoever wrote it; nothing of the pieces stays.',
  async run({ directory, random, rounds, signal }) {
    const place = (name: string, uid: number): string => {
      const path = join(directory, name);
      if (!fs.existsSync(path)) fs.mkdirSync(path, { mode: 0o2775 });
      if (isRoot) fs.chownSync(path, uid, users.php);
      return path;
    };
    const [incoming, final] = [place('incoming', users.nginx), place('media', users.php)];
    for (let round = 0; round < rounds && signal?.aborted !== true; round += 1) {
      for (let n = 0; n < 6; n += 1) {
        const part = join(incoming, `${String(random.below(2 ** 30)).padStart(10, '0')}`);
        const upload = fs.openSync(part, 'w', 0o600);
        for (let piece = 0; piece < 4; piece += 1) {
          fs.writeSync(upload, random.bytes(16 * 1024));
          await sleep(2);
        }
        if (isRoot) fs.fchownSync(upload, users.nginx, users.nginx);
        fs.closeSync(upload);
        const month = join(final, `2026-${1 + random.below(12)}`);
        fs.mkdirSync(month, { recursive: true });
        const kept = join(month, `photo-${random.below(2 ** 30)}.jpg`);
        fs.renameSync(part, kept);
        fs.chmodSync(kept, 0o640);
        if (isRoot) fs.chownSync(kept, users.php, users.php);
        for (const size of ['150', '300'])
          fs.writeFileSync(`${kept}-${size}.jpg`, random.bytes(2_000), { mode: 0o644 });
      }
    }
  },
};
