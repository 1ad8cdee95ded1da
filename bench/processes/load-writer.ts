import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Writes so many files of 4 KiB a second into a directory until it is ended: `node load-writer.ts DIR PER-SECOND`. */
const [directory = '.', perSecond = '200'] = process.argv.slice(2);
mkdirSync(directory, { recursive: true });
let written = 0;
const startedAt = performance.now();
setInterval(() => {
  for (const due = ((performance.now() - startedAt) / 1000) * Number(perSecond); written < due; written += 1) {
    writeFileSync(join(directory, `load-${written % 500}`), randomBytes(4096));
  }
}, 5);
process.stdout.write('writing\n');
