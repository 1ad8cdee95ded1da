import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { createProgramTrimmer } from './trim-memory.ts';

/** KiB of file pages that are resident. */
const residentFiles = (): number =>
  Number(/^RssFile:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]);

test('gives back what is resident of the program, again and again, and runs on', {
  skip: process.platform !== 'linux',
}, () => {
  const trim = createProgramTrimmer();
  for (let round = 0; round < 2; round += 1) {
    // Compiling touches the program's pages anew.
    assert.equal(new Function('a', `return a + ${round}`)(1), 1 + round);
    const before = residentFiles();
    trim();
    const after = residentFiles();
    assert.ok(after < before, `${after} KiB after, ${before} KiB before`);
  }
});
