import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { silentLogger } from '../../../src/process/log/logger.ts';
import { runAgent } from '../main.ts';
import { startReplica, testSettings, waitFor, waitUntilSettled } from '../testing/agent-fixture.ts';
import { RsyncDaemon } from '../testing/rsync-daemon.ts';

test('an agent whose state directory can not be used replicates all the same', async (t) => {
  const told = mkdtempSync(join(tmpdir(), 'agent-no-state-'));
  const call = { kind: 'command', argv: ['touch', join(told, 'hook')] } as const;
  const each = { operations: ['Write'], targets: [], debounceMs: 0, batchSize: 1 } as const;
  const replica = await startReplica({
    settings: { hooks: [{ name: 'tell', paths: ['/after'], ...each, call }] },
    // Nothing can be made, read or removed in what is no directory.
    prepare: (source) => {
      writeFileSync(join(dirname(source), 'state'), '');
      writeFileSync(join(source, 'before'), 'x');
    },
  });
  t.after(async () => {
    await replica.close();
    rmSync(told, { recursive: true });
  });
  await replica.assertEqual();
  writeFileSync(join(replica.source, 'after'), 'x');
  await replica.assertEqual();
  await waitFor('what the hook was told', () => existsSync(join(told, 'hook')));
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
