import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { runCommand, tryCommand } from '../cluster/command.ts';
import { buildGoProgram } from '../cluster/go-module.ts';
import { chartFolder } from './render.ts';

const module = 'github.com/norwoodj/helm-docs@v1.14.2';
const folder = mkdtempSync(join(tmpdir(), 'helm-docs-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const skip = (await tryCommand('which', ['go'])).code === 0 ? false : 'Go builds helm-docs';

test('helm-docs itself makes the same README of the chart', { skip }, async () => {
  const [program, chart] = [join(folder, 'helm-docs'), join(folder, 'chart')];
  await buildGoProgram(module, './cmd/helm-docs', program);
  cpSync(chartFolder, chart, { recursive: true });
  await runCommand(program, ['--chart-search-root', chart, '--sort-values-order', 'file']);
  assert.equal(readFileSync(join(chart, 'README.md'), 'utf8'), readFileSync(join(chartFolder, 'README.md'), 'utf8'));
});
