import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Writes 200 files of 4 KiB a second into a directory until it is ended: `node load-writer.ts DIR`. */
const directory = process.argv[2] ?? '.';
mkdirSync(directory, { recursive: true });
let written = 0;
const startedAt = performance.now();
setInterval(() => {
  for (const due = ((performance.now() - startedAt) / 1000) * 200; written < due; written += 1) {
    writeFileSync(join(directory, `load-${written % 500}`), randomBytes(4096));
  }
}, 5);
process.stdout.write('writing\n');
