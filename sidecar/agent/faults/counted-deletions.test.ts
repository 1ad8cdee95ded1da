import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ProcessWorld, waitForReplica } from '../testing/process-world.ts';
import { freePort } from '../testing/rsync-daemon.ts';

test('what a comparison deletes at a receiver is counted as what was announced is', async () => {
  await using world = await ProcessWorld.start();
  for (const name of ['one', 'two', 'three']) writeFileSync(join(world.source, name), name);
  const first = await world.startAgent();
  await world.assertEqual(first);
  await first.end('SIGKILL');
  for (const name of ['one', 'two']) rmSync(join(world.source, name));
  const port = await freePort();
  const agent = await world.startAgent({ metrics: { host: '127.0.0.1', port } });
  await waitForReplica(agent, 'the pass', ({ initialPassDone, inSync }) => initialPassDone && inSync);
  await world.assertEqual(agent);
  const figures = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  assert.match(figures, /^syncreplica_transferred_files_total\{[^}]*operation="delete"[^}]*\} 2$/m);
});
