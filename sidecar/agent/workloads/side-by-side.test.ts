import assert from 'node:assert/strict';
import { randomFillSync } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { startReplica, waitFor } from '../testing/agent-fixture.ts';

const big = randomFillSync(Buffer.alloc(12 * 1024 * 1024));
/** All that is under way takes far longer than any of what goes beside it. */
const bandwidthLimit = 2 * 1024 * 1024;

test('big files on their way hold up neither small changes nor renames of others', async (t) => {
  const replica = await startReplica({
    sync: { bandwidthLimit },
    prepare: (source) => {
      mkdirSync(join(source, 'd'));
      writeFileSync(join(source, 'd/old'), 'x');
    },
  });
  t.after(() => replica.close());
  await replica.assertEqual();
  for (let n = 0; n < 4; n++) writeFileSync(join(replica.source, `big-${n}`), big);
  await waitFor('them to be pending', () => replica.status().pending >= 4);
  const areUnderWay = (): boolean => [0, 1, 2, 3].some((n) => !existsSync(join(replica.data, `big-${n}`)));

  writeFileSync(join(replica.source, 'small'), 'small');
  await waitFor('the small one', () => existsSync(join(replica.data, 'small')));
  assert.ok(areUnderWay(), 'it did not wait for the big ones');

  // A log is rotated while it is sent: that rename has to wait, others don't.
  renameSync(join(replica.source, 'big-0'), join(replica.source, 'big-0.1'));
  renameSync(join(replica.source, 'd/old'), join(replica.source, 'd/new'));
  await waitFor('another rename', () => existsSync(join(replica.data, 'd/new')));
  assert.ok(areUnderWay(), 'it did not wait for the rotated one');
  await replica.assertEqual();
});

test('a hot big file is read the more rarely the longer that takes', async (t) => {
  const replica = await startReplica({ sync: { bandwidthLimit } });
  t.after(() => replica.close());
  writeFileSync(join(replica.source, 'hot'), big);
  await replica.assertEqual();
  const before = replica.status().transferredFiles;
  const began = performance.now();
  for (let n = 0; performance.now() - began < 6_000; n++) {
    big.writeUInt32LE(n, 0);
    writeFileSync(join(replica.source, 'hot'), big);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await replica.settled();
  const runs = replica.status().transferredFiles - before;
  assert.ok(runs >= 1 && runs < 30, `${runs} runs for more than a hundred changes`);
  assert.equal(statSync(join(replica.data, 'hot')).size, big.length);
  await replica.assertEqual();
});
