import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { testSettings } from '../../../sidecar/agent/testing/agent-fixture.ts';
import { RsyncDaemon } from '../../../sidecar/agent/testing/rsync-daemon.ts';
import type { ReplicationSettings } from '../../api/settings/replication-settings.ts';

const main = fileURLToPath(new URL('../main.ts', import.meta.url));
const root = mkdtempSync(join(tmpdir(), 'fill-'));
after(() => rmSync(root, { recursive: true, force: true }));

const runFill = async (words: readonly string[]): Promise<{ code: unknown; errors: string }> => {
  const child = spawn(process.execPath, [main, 'fill', ...words]);
  let errors = '';
  child.stderr.on('data', (text) => {
    errors += text;
  });
  return { code: await new Promise((resolve) => child.on('close', resolve)), errors };
};

/** Runs it to its end, with what it reports. */
const fill = async (name: string, settings: ReplicationSettings, ...more: string[]) => {
  const [config, report] = [join(root, `${name}.json`), join(root, `${name}-report.json`)];
  writeFileSync(config, JSON.stringify(settings));
  const { code, errors } = await runFill(['--config', config, '--report', report, ...more]);
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

test('by flags or a file: an empty directory is filled, one that holds something is left as it is', async () => {
  const daemon = await RsyncDaemon.start(join(root, 'daemon-of-flags'));
  const { port, module, username, password = '' } = daemon.target();
  const run = (...words: string[]) => runFill(words);
  try {
    writeFileSync(join(daemon.module, 'a'), 'a');
    const passwordFile = join(root, 'password');
    writeFileSync(passwordFile, password, { mode: 0o600 });
    const source = join(root, 'by-flags');
    const url = `rsync://${username}@127.0.0.1:${port}/${module}`;
    const words = ['--source', source, '--target', url, '--password-file', passwordFile];
    const first = await run(...words);
    assert.deepEqual([first.code, readdirSync(source)], [0, ['a']], first.errors);
    writeFileSync(join(source, 'a'), 'mine');
    const again = await run(...words);
    assert.deepEqual([again.code, readFileSync(join(source, 'a'), 'utf8')], [1, 'mine']);
    assert.match(again.errors, /by-flags: it is not empty\n {2}name an empty directory/);

    mkdirSync(join(root, 'by-file'));
    const external = { address: '127.0.0.1', port, module, username, passwordFile, tls: 'None', allowPlaintext: true };
    const targets = [
      { name: 'away', external: { ...external, port: 1 } },
      { name: 'a', external },
    ];
    const file = join(root, 'replica.yaml');
    writeFileSync(file, JSON.stringify({ source: { directory: 'by-file' }, targets }));
    assert.equal((await run('--file', file)).code, 1, 'the first of those that can’t say how new they are');
    assert.match((await run('--file', file, '--target', 'b')).errors, /the settings have no such target/);
    const chosen = await run('--file', file, '--target', 'a');
    assert.deepEqual([chosen.code, readFileSync(join(root, 'by-file/a'), 'utf8')], [0, 'a'], chosen.errors);
    for (const wrong of [[], ['--config', file, '--source', 'x'], ['--lift', 'x', '--source', 'x']])
      assert.equal((await run(...wrong)).code, 2, wrong.join(' '));
  } finally {
    await daemon.stop();
  }
});
