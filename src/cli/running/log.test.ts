import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { startReplica } from '../../../sidecar/agent/testing/agent-fixture.ts';
import { silentLogger } from '../../process/log/logger.ts';
import { steerAgent } from '../halves/running-settings.ts';
import { startControlSocket } from './control-socket.ts';
import { formatEntry, formatEntryBy, formatJsonEntry } from './log-command.ts';

const main = join(import.meta.dirname, '../main.ts');

test('an entry as a line', () => {
  const entry = {
    number: 1,
    operation: 'Move',
    path: '\xff\n',
    from: 'a',
    target: 'dr',
    at: 0,
    arrivedAt: 12,
  } as const;
  assert.equal(
    formatEntry(entry).toString('latin1'),
    '1970-01-01T00:00:00.000Z  Move        dr  +12 ms  a \xe2\x86\x92 \xff\n\n',
  );
  assert.deepEqual(JSON.parse(formatJsonEntry(entry).toString()), {
    time: '1970-01-01T00:00:00.000Z',
    operation: 'Move',
    path: '\ufffd\n',
    pathBase64: Buffer.from('\xff\n', 'latin1').toString('base64'),
    from: 'a',
    target: 'dr',
    tookMs: 12,
  });
});

test('an entry in inotifywait’s words, with whom it was sent to and how long it took', () => {
  const sent = { number: 7, target: 'dr', at: 0, arrivedAt: 12 } as const;
  const rows = [
    [{ ...sent, operation: 'Write', path: 'd/\xff b' }, '%w%f %e', '/data/d/\xff b CLOSE_WRITE,CLOSE\n'],
    [{ ...sent, operation: 'Delete', path: 'a' }, '%T|%t|%d|%:e%0', '1970-01-01T00:00:00.000Z|dr|12|DELETE\0'],
    [
      { ...sent, operation: 'Move', path: 'b', from: 'd/\xe9', isDirectory: true },
      '%c %e %w %f → %t',
      '7 MOVED_FROM,ISDIR /data/d/ \xe9 \xe2\x86\x92 dr\n7 MOVED_TO,ISDIR /data/ b \xe2\x86\x92 dr\n',
    ],
  ] as const;
  for (const [entry, format, said] of rows)
    assert.equal(formatEntryBy(format, '/data/')(entry).toString('latin1'), said);
});

/** An agent that takes orders by a socket, as `syncreplica agent` does. */
const startSteered = async (t: TestContext): Promise<{ source: string; environment: Record<string, string> }> => {
  const folder = mkdtempSync(join(tmpdir(), 'log-'));
  const replica = await startReplica();
  await replica.settled();
  const { agent, settings, source } = replica;
  const controlled = steerAgent({
    agent,
    first: settings,
    reread: async () => settings,
    logger: silentLogger,
    now: Date.now,
  });
  const socket = await startControlSocket(controlled, { XDG_RUNTIME_DIR: folder });
  t.after(async () => {
    socket?.close();
    await replica.close();
    rmSync(folder, { recursive: true });
  });
  return { source, environment: { ...(process.env as Record<string, string>), XDG_RUNTIME_DIR: folder } };
};

test('the journal of a running agent is switched on, followed, and refused while it is off', {
  timeout: 600_000,
}, async (t) => {
  const { source, environment } = await startSteered(t);
  const run = async (...argv: string[]) => {
    const child = spawn(process.execPath, [main, ...argv], { stdio: ['ignore', 'pipe', 'pipe'], env: environment });
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (text) => {
        said += text;
      });
    const [code] = await once(child, 'close');
    return { code, said };
  };
  const off = await run('log', '--source', source);
  assert.equal(off.code, 1);
  assert.match(off.said, /it is off[\s\S]*ctl journal on/);
  assert.match((await run('ctl', 'journal', 'on', '--source', source)).said, /the journal is on/);
  const child = spawn(process.execPath, [main, 'log', '--follow', '--json', '--source', source], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: environment,
  });
  t.after(() => child.kill('SIGKILL'));
  writeFileSync(join(source, 'a b'), 'x');
  const [line] = await once(child.stdout.setEncoding('utf8'), 'data');
  const { operation, path, target, tookMs } = JSON.parse(String(line).split('\n')[0] ?? '') as Record<string, unknown>;
  assert.deepEqual([operation, path, target, typeof tookMs], ['Create', 'a b', 'dr', 'number']);
  const shown = await run('log', '--source', source);
  assert.match(shown.said, /Create {6}dr {2}\+\d+ ms {2}a b/);
  const formatted = await run('log', '--source', source, '--format', '%e %w%f to %t in %d');
  assert.match(formatted.said, new RegExp(`^CREATE ${source}/a b to dr in \\d+$`, 'm'));
  assert.match((await run('log', '--source', source, '--json', '--format', '%f')).said, /give one of them/);
});
