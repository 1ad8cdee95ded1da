import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeClientTls } from '../../receiver/testing/receiver-fixture.ts';
import { startReplica, waitFor } from '../testing/agent-fixture.ts';

test('a source that is alive while its target is promoted is refused from that moment, says why, and does not storm', async (t) => {
  const replica = await startReplica({ settings: { lineage: 'source' } });
  t.after(() => replica.close());
  const client = replica.receiver.client(await makeClientTls(['uploads'], { namespace: 'shop', name: 'uploads' }));
  writeFileSync(join(replica.source, 'before'), 'x');
  await replica.assertEqual();
  let written = 0;
  const writing = setInterval(() => writeFileSync(join(replica.source, `file-${written++}`), 'y'), 5);
  t.after(() => clearInterval(writing));
  await waitFor('changes to flow', () => readdirSync(replica.data).length > 20);

  const { epoch } = await client.promote({ lineage: { id: 'the-claim' }, by: 'me' });
  const taken = readdirSync(replica.data).sort();
  // What an application does that was started on the replica.
  mkdirSync(join(replica.data, 'of-the-application'));
  await waitFor('the refusal', () => replica.status().lastError?.reason === 'Promoted');
  const { link, inSync, notInSync } = replica.status();
  assert.deepEqual([link, inSync, notInSync?.reason], ['Offline', false, 'Promoted']);
  const { refused } = await countRefused(replica.receiver.metricsPort);
  await sleep(3_000);
  assert.ok((await countRefused(replica.receiver.metricsPort)).refused - refused <= 1, 'it asks at most every 30 s');
  assert.deepEqual(readdirSync(replica.data).sort(), [...taken, 'of-the-application'].sort());
  assert.equal((await client.status()).epoch, epoch);
  clearInterval(writing);
});

const countRefused = async (port: number): Promise<{ refused: number }> => {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return { refused: Number(/refused_total\{reason="lease"\} (\d+)/.exec(text)?.[1] ?? 0) };
};
