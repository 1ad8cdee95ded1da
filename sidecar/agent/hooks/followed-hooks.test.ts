import assert from 'node:assert/strict';
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HookSettings, ReplicationSettings } from '../../../src/api/settings/replication-settings.ts';
import { silentLogger } from '../../../src/process/log/logger.ts';
import { createMetricsRegistry } from '../../../src/process/metrics/metrics-registry.ts';
import { Hooks } from './hooks.ts';

test('what changes while one hook ends slowly is told by the other that was changed too', async (t) => {
  const stateDir = mkdtempSync(join(tmpdir(), 'hooks-'));
  t.after(() => rmSync(stateDir, { recursive: true }));
  const link = { epoch: 1, control: { appendHookLines: () => sleep(500) } } as never;
  const hooks = new Hooks({ stateDir, linkOf: () => link, registry: createMetricsRegistry(), logger: silentLogger });
  const settingsOf = (debounceMs: number): ReplicationSettings => {
    const common = { operations: ['Write'], targets: [], debounceMs, batchSize: 1 } as const;
    const quick: HookSettings = { name: 'quick', paths: ['/a'], ...common, call: { kind: 'command', argv: ['true'] } };
    const slow: HookSettings = {
      name: 'slow',
      paths: ['/b'],
      ...common,
      call: { kind: 'file', maxBytes: 99, keep: 1 },
    };
    return { source: '/source', targets: [{ name: 'dr' }], hooks: [quick, slow] } as never;
  };
  const note = (path: string, sequence: number) => hooks.note([{ operation: 'Write', path, at: 0, sequence }], 'dr');
  await hooks.follow(settingsOf(0));
  note('b', 1);
  hooks.onAsk('dr', () => 'arrived')();
  const following = hooks.follow(settingsOf(1));
  await sleep(50);
  const other = join(stateDir, 'other');
  openSync(other, 'w');
  note('a', 2);
  await following;
  assert.equal(readFileSync(other, 'latin1'), '', 'another file of the agent is left alone');
  assert.match(readFileSync(join(stateDir, 'hooks/quick.dr.jsonl'), 'latin1'), /"path":"a"/);
  await hooks.stop();
});
