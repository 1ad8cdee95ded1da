import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mayChroot } from './confinement.ts';

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
