import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Logger } from '../../../src/process/log/logger.ts';
import { FileFollower } from '../rsyncd/follow-file.ts';
import { parseTransfer } from '../rsyncd/transfer-line.ts';
import { eventually, lease, openTunnel, runRsync, startFixture } from '../testing/receiver-fixture.ts';

const at = '2026/11/27 10:07:21 [77]';
const lines: readonly [line: string, expected: object | undefined][] = [
  [`${at} recv 5 3 a b`, { operation: 'received', path: 'a b', size: 5, bytes: 3 }],
  [`${at} send 5 0 d/x`, { operation: 'sent', path: 'd/x', size: 5, bytes: 0 }],
  [`${at} del. 0 0 d/gone`, { operation: 'deleted', path: 'd/gone', size: 0, bytes: 0 }],
  [`${at} recv 4096 0 d/`, { operation: 'received', path: 'd', size: 4096, bytes: 0 }],
  [`${at} connect from UNKNOWN (127.0.0.1)`, undefined],
  ['', undefined],
];
test('a line of the daemon’s log', () => {
  for (const [line, expected] of lines) assert.deepEqual(parseTransfer(line), expected, line);
});

test('lines that are appended are read once, and take no room for longer', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'follow-'));
  const path = join(folder, 'log');
  const read: string[] = [];
  const follower = new FileFollower({ path, everyMs: 5, onLine: (line) => read.push(line) });
  const wanted = Array.from({ length: 20_000 }, (_, index) => `line ${index} ${'x'.repeat(40)}`);
  for (let index = 0; index < wanted.length; index += 100) {
    appendFileSync(path, `${wanted.slice(index, index + 100).join('\n')}\n`);
    await new Promise((resolve) => setImmediate(resolve));
  }
  appendFileSync(path, 'cut');
  await follower.end();
  assert.deepEqual(read, [...wanted, 'cut']);
  const { size, blocks } = statSync(path);
  assert.ok(size > 900_000 && blocks * 512 < 100_000, `${size} bytes take ${blocks * 512}`);
  rmSync(folder, { recursive: true });
});

test('with --transfer-log the log names what comes, is renamed and goes; without it nothing', async (t) => {
  for (const logTransfers of [true, false]) {
    const said: object[] = [];
    const logger = {
      info: (fields: object, message: string) => message === 'transfer' && said.push(fields),
      debug() {},
      warn() {},
      error() {},
      child: () => logger,
    } as unknown as Logger;
    const receiver = await startFixture({ logTransfers, logger });
    const source = mkdtempSync(join(tmpdir(), 'transfer-'));
    t.after(async () => {
      await receiver.close();
      rmSync(source, { recursive: true });
    });
    writeFileSync(join(source, 'café'), 'hello');
    const client = receiver.client();
    const { epoch, root } = await client.takeLease(lease('one'));
    const tunnel = await openTunnel({ port: receiver.port, tls: receiver.tls, epoch });
    const { code, output } = await runRsync(tunnel.port, ['-a', `${source}/`, `{daemon}uploads${root}/data/`]);
    assert.equal(code, 0, output);
    const encode = (name: string): string => Buffer.from(name).toString('base64url');
    await client.rename({ epoch, renames: [{ from: encode('café'), to: encode('b') }] });
    await client.delete({ epoch, paths: [encode('b')] });
    tunnel.close();
    const wanted = logTransfers ? 3 : 0;
    await eventually(() => named(said).length === wanted, `${wanted} lines`);
    if (!logTransfers) continue;
    // What the daemon wrote is read a moment later.
    const isReceived = (fields: object) => (fields as { operation: string }).operation === 'received';
    const first = named(said).find(isReceived);
    const others = named(said).filter((fields) => !isReceived(fields));
    assert.deepEqual({ ...first, bytes: 0 }, { operation: 'received', path: 'café', size: 5, bytes: 0 });
    assert.deepEqual(others, [
      { operation: 'renamed', from: 'café', path: 'b' },
      { operation: 'deleted', path: 'b' },
    ]);
  }
});

const named = (said: readonly object[]) => said.filter((fields) => (fields as { path: string }).path !== '.');
