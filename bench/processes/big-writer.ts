import { copyFileSync, openSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Keeps eight big files under way until it is ended: `node big-writer.ts TEMPLATE DIR`; each is rewritten in turn. */
const [template = '', directory = '.'] = process.argv.slice(2);
const { size } = statSync(template);
for (let n = 0; n < 8; n += 1) copyFileSync(template, join(directory, `big-${n}`));
process.stdout.write('all there\n');
const files = Array.from({ length: 8 }, (_, n) => openSync(join(directory, `big-${n}`), 'r+'));
for (let n = 0; ; n += 1) {
  await sleep(500);
  const [file = 0] = files.slice(n % 8);
  // Every MiB of it changes, so that all of it is read again.
  for (let at = 0; at < size; at += 1024 * 1024) writeSync(file, `${n}`, at);
}
