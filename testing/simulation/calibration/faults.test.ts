import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { faults } from './faults.ts';

const project = new URL('../../../', import.meta.url);

for (const { fault, patches } of faults) {
  test(`can be put back: ${fault}`, () => {
    for (const { file, find } of patches)
      assert.equal(readFileSync(new URL(file, project), 'utf8').split(find).length, 2, `${file} holds once: ${find}`);
  });
}
