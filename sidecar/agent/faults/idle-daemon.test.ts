import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { silentLogger } from '../../../src/process/log/logger.ts';
import { runAgent } from '../main.ts';
import { testSettings, waitFor, waitUntilSettled } from '../testing/agent-fixture.ts';
import { RsyncDaemon } from '../testing/rsync-daemon.ts';

test('a plain daemon that ends while nothing changes is Offline before the next change, and Online again by itself', {
  timeout: 600_000,
}, async (t) => {
  const base = mkdtempSync(join(tmpdir(), 'agent-idle-daemon-'));
  const source = join(base, 'source');
  mkdirSync(source);
  const daemon = await RsyncDaemon.start(join(base, 'daemon'));
  const settings = { ...testSettings, source, targets: [daemon.target()] };
  const agent = await runAgent({ settings, stateDir: join(base, 'state'), logger: silentLogger });
  t.after(async () => {
    await agent.stop(1_000);
    await daemon.stop();
    rmSync(base, { recursive: true });
  });
  writeFileSync(join(source, 'a'), 'x');
  await waitUntilSettled(agent);
  const state = () => agent.status().replicas[0];
  assert.equal(state()?.link, 'Online');
  // The connections that it took before are served on: nothing tells the agent that no other one would be.
  await daemon.stop();
  await waitFor('it to be offline', () => state()?.link === 'Offline');
  assert.equal(state()?.lastError?.reason, 'TargetUnreachable');
  assert.equal(state()?.inSync, false);
  assert.equal(state()?.pending, 0, 'nothing was written meanwhile');
  await daemon.start();
  await waitFor('it to be online again', () => state()?.link === 'Online');
  await waitUntilSettled(agent);
});
