import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { testSettings } from '../../sidecar/agent/testing/agent-fixture.ts';
import { RsyncDaemon } from '../../sidecar/agent/testing/rsync-daemon.ts';
import type { ReplicationSettings } from '../api/replication-settings.ts';

const main = fileURLToPath(new URL('./main.ts', import.meta.url));
const root = mkdtempSync(join(tmpdir(), 'fill-'));
after(() => rmSync(root, { recursive: true, force: true }));

/** Runs it to its end, with what it reports. */
const fill = async (name: string, settings: ReplicationSettings, ...more: string[]) => {
  const [config, report] = [join(root, `${name}.json`), join(root, `${name}-report.json`)];
  writeFileSync(config, JSON.stringify(settings));
  const child = spawn(process.execPath, [main, 'fill', '--config', config, '--report', report, ...more]);
  let errors = '';
  child.stderr.on('data', (text) => {
    errors += text;
  });
  const code = await new Promise((resolve) => child.on('close', resolve));
  return { code, errors, report: code === 2 ? undefined : JSON.parse(readFileSync(report, 'utf8')) };
};

test('a directory is filled, at once or when it was cut off; what holds nothing is said; what fails is not done', async () => {
  const daemon = await RsyncDaemon.start(join(root, 'daemon'));
  const source = join(root, 'volume', 'below');
  const settings: ReplicationSettings = { ...testSettings, source, targets: [daemon.target()] };
  const [{ name = '' } = {}] = settings.targets;
  try {
    const nothing = await fill('nothing', settings);
    assert.deepEqual([nothing.code, nothing.report], [0, { outcome: 'empty' }]);
    mkdirSync(join(daemon.module, 'd'));
    for (const path of ['a', 'd/b']) writeFileSync(join(daemon.module, path), path);
    const filled = { outcome: 'filled', target: name, coveredAt: null, from: { [name]: 0 } };
    const first = await fill('first', settings, '--target', name);
    assert.deepEqual([first.code, first.report, readdirSync(source).sort()], [0, filled, ['a', 'd']], first.errors);
    // Of a pod that ended before anybody heard of it the next one says the same.
    rmSync(join(source, 'a'));
    const again = await fill('again', settings);
    assert.deepEqual([again.code, again.report, readdirSync(source).sort()], [0, filled, ['a', 'd']]);
    const other = await fill('other', settings, '--target', 'nobody');
    assert.deepEqual([other.code, /no such target/.test(other.errors)], [2, true]);
  } finally {
    await daemon.stop();
  }
  const away = await fill('away', { ...settings, source: join(root, 'other') });
  assert.equal(away.code, 1);
  assert.deepEqual([away.report.outcome, away.report.reason], ['failed', 'TargetUnreachable']);
  assert.match(away.errors, new RegExp(`^syncreplica: ${name}: `));
});
