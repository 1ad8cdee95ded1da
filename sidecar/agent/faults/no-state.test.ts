import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { silentLogger } from '../../../src/process/log/logger.ts';
import { runAgent } from '../main.ts';
import { startReplica, testSettings, waitFor, waitUntilSettled } from '../testing/agent-fixture.ts';
import { RsyncDaemon } from '../testing/rsync-daemon.ts';

test('an agent whose state directory can not be used replicates all the same', async (t) => {
  const replica = await startReplica({
    // Nothing can be made, read or removed in what is no directory.
    prepare: (source) => {
      writeFileSync(join(dirname(source), 'state'), '');
      writeFileSync(join(source, 'before'), 'x');
    },
  });
  t.after(() => replica.close());
  await replica.assertEqual();
  writeFileSync(join(replica.source, 'after'), 'x');
  await replica.assertEqual();
});

test('at a plain daemon it says that its own note can not be kept, and sends once that can be', async (t) => {
  const base = mkdtempSync(join(tmpdir(), 'agent-no-state-'));
  const source = join(base, 'source');
  const stateDir = join(base, 'state');
  mkdirSync(source);
  writeFileSync(join(source, 'a'), 'x');
  writeFileSync(stateDir, '');
  const daemon = await RsyncDaemon.start(join(base, 'daemon'));
  const settings = { ...testSettings, source, targets: [daemon.target()] };
  const agent = await runAgent({ settings, stateDir, logger: silentLogger });
  t.after(async () => {
    await agent.stop(1_000);
    await daemon.stop();
    rmSync(base, { recursive: true });
  });
  const state = () => agent.status().replicas[0];
  await waitFor('what it says of it', () => typeof state()?.lastError?.message === 'string');
  assert.equal(state()?.lastError?.reason, 'Internal');
  assert.match(state()?.lastError?.message ?? '', /^write the note of a target in \S*state: ENOTDIR.*make room/);
  rmSync(stateDir);
  mkdirSync(stateDir);
  await waitUntilSettled(agent);
  assert.equal(state()?.inSync, true);
});
