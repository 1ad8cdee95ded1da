import assert from 'node:assert/strict';
import { mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { startReplica, waitFor } from '../testing/agent-fixture.ts';

/** More than the change log holds in memory. */
const changes = 36_000;

test('a rewrite that keeps size and time is found when the change log had no room for it', {
  timeout: 600_000,
}, async (t) => {
  const rewrite = (source: string, name: string, text: string): void => {
    writeFileSync(join(source, name), text);
    utimesSync(join(source, name), 1_000_000_000, 1_000_000_000);
  };
  const victims = Array.from({ length: 300 }, (_, n) => `victims/${n}`);
  const replica = await startReplica({
    prepare: (source) => {
      for (const name of ['victims', 'busy']) mkdirSync(join(source, name));
      for (const name of victims) rewrite(source, name, 'before');
    },
  });
  t.after(() => replica.close());
  await replica.assertEqual();
  const { agent, settings, source, base, status } = replica;
  await agent.update({ ...settings, generation: 2, paused: true });
  await waitFor('the pause', () => status().link === 'Paused');
  // No room on the disk either: what memory has no room for gives way to subtrees.
  rmSync(join(base, 'state/change-log'), { recursive: true });
  for (const name of victims) rewrite(source, name, 'after.');
  for (let n = 0; status().pending < changes; n++) {
    for (let file = 0; file < 200; file++) writeFileSync(join(source, `busy/${file}`), `${n}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await agent.update({ ...settings, generation: 3 });
  await replica.assertEqual();
  assert.equal(status().lastError, null);
});
