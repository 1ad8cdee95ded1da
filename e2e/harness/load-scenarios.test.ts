import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { chooseScenarios, loadScenarios } from './load-scenarios.ts';

test('scenarios are found by file, the cluster first; what is named wrongly is said', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'syncreplica-scenarios-'));
  const write = (file: string, name: string) =>
    writeFileSync(
      join(folder, file),
      `export const scenario = { name: ${JSON.stringify(name)}, run: async () => {} };`,
    );
  try {
    for (const name of ['zebra', 'cluster', 'ant']) write(`${name}.ts`, name);
    writeFileSync(join(folder, 'ant.test.ts'), 'throw new Error("a test is no scenario")');
    const all = await loadScenarios(folder);
    assert.deepEqual(
      all.map(({ name }) => name),
      ['cluster', 'ant', 'zebra'],
    );
    assert.deepEqual(
      chooseScenarios(all, ['zebra', 'ant']).map(({ name }) => name),
      ['ant', 'zebra'],
    );
    assert.throws(() => chooseScenarios(all, ['lion']), {
      code: 'no-scenario',
      hint: 'There are: cluster, ant, zebra',
    });
    write('wrong.ts', 'other');
    await assert.rejects(loadScenarios(folder), { code: 'bad-scenario' });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
