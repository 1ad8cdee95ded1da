import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { detectConfinement, mayChroot } from './confinement.ts';

const rows: [string, string, boolean][] = [
  ['all of them', '000001ffffffffff', true],
  ['the five of an elevated receiver', '000000000804000b', true],
  ['all but that one', '000001fffffbffff', false],
  ['none', '0000000000000000', false],
];
for (const [what, capabilities, expected] of rows) {
  test(`with ${what} a chroot is ${expected ? 'possible' : 'not possible'}`, () => {
    assert.equal(mayChroot(`Name:\tnode\nCapPrm:\tffff\nCapEff:\t${capabilities}\nCapBnd:\tffff\n`), expected);
  });
}

test('without Landlock there is no receiver, also where it may chroot', async (t) => {
  const programs = mkdtempSync(join(tmpdir(), 'confinement-'));
  const { PATH } = process.env;
  t.after(() => {
    process.env.PATH = PATH;
    rmSync(programs, { recursive: true });
  });
  writeFileSync(join(programs, 'rsync'), '', { mode: 0o755 });
  process.env.PATH = programs;
  // What the kernel answers where it has none, an old one, and one that will do.
  for (const abi of [-1, 1, 2]) {
    writeFileSync(join(programs, 'perl'), `#!/bin/sh\necho ${abi}\n`, { mode: 0o755 });
    const found = detectConfinement();
    if (abi < 2) await assert.rejects(found, { code: 'CannotConfine' });
    else assert.equal((await found).rsync, join(programs, 'rsync'));
  }
});
