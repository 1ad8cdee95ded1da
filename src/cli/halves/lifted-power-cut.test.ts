import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { testSettings } from '../../../sidecar/agent/testing/agent-fixture.ts';
import { cannotCutPower, PoweredDisk } from '../../../sidecar/agent/testing/powered-disk.ts';

const main = fileURLToPath(new URL('../main.ts', import.meta.url));

test('a volume that is reported as filled from a snapshot is filled after a power cut too', {
  skip: cannotCutPower,
}, async (t) => {
  const base = mkdtempSync(join(tmpdir(), 'lifted-power-'));
  const disk = new PoweredDisk();
  t.after(async () => {
    await disk.close();
    rmSync(base, { recursive: true });
  });
  const source = join(disk.at, 'volume');
  for (const directory of ['data/d', '.syncreplica/tmp']) mkdirSync(join(source, directory), { recursive: true });
  writeFileSync(join(source, 'data/d/a'), 'a');
  writeFileSync(join(source, '.syncreplica/lease.json'), '{}');
  // As what a snapshot is restored to.
  execFileSync('sync');
  const [config, report] = [join(base, 'settings.json'), join(base, 'report.json')];
  writeFileSync(config, JSON.stringify({ ...testSettings, source, targets: [] }));
  execFileSync(process.execPath, [main, 'fill', '--config', config, '--report', report, '--lift', source]);
  assert.equal(JSON.parse(readFileSync(report, 'utf8')).outcome, 'filled');
  await disk.cutPower();
  disk.powerOn();
  assert.deepEqual(readdirSync(source, { recursive: true }).sort(), ['d', 'd/a']);
});
