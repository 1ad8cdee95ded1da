import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { silentLogger } from '../../../src/process/log/logger.ts';
import { runAgent } from '../main.ts';
import { testSettings, waitFor } from '../testing/agent-fixture.ts';

test('what answers at a target’s address and is no rsync daemon is said, and not quoted', async (t) => {
  const base = mkdtempSync(join(tmpdir(), 'agent-no-daemon-'));
  const source = join(base, 'source');
  mkdirSync(source);
  const stranger = createServer((socket) => {
    socket.on('error', () => {});
    socket.end('SSH-2.0-of-an-inner-machine\r\n');
  });
  await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve));
  const { port } = stranger.address() as AddressInfo;
  const target = {
    kind: 'rsyncd',
    name: 'far',
    host: '127.0.0.1',
    port,
    module: 'x',
    username: 'u',
    password: 'p',
  } as const;
  const agent = await runAgent({
    settings: { ...testSettings, source, targets: [target] },
    stateDir: join(base, 'state'),
    logger: silentLogger,
  });
  t.after(async () => {
    await agent.stop(1_000);
    stranger.close();
    rmSync(base, { recursive: true });
  });
  writeFileSync(join(source, 'a'), 'x');
  await waitFor('an error', () => agent.status().replicas[0]?.lastError != null);
  const { reason, message } = agent.status().replicas[0]?.lastError ?? {};
  assert.equal(reason, 'ProtocolError', message ?? 'no error');
  assert.match(message ?? '', /what answers there is no rsync daemon/);
  assert.doesNotMatch(`${JSON.stringify(agent.status())}`, /inner-machine/);
});
