import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { startReplica, waitFor } from '../testing/agent-fixture.ts';

const fill = (directory: string, word: string): void => {
  for (let n = 0; n < 3_000; n++) {
    const below = join(directory, `d${n % 30}`);
    if (n < 30) mkdirSync(below, { recursive: true });
    writeFileSync(join(below, `${word}-${n}`), word.repeat(500));
  }
};

test('a directory that is removed and filled again with other names, again and again, is followed and never held', async (t) => {
  const replica = await startReplica({ prepare: (source) => fill(join(source, 'node_modules'), 'before') });
  t.after(() => replica.close());
  await replica.assertEqual();
  for (const word of ['first', 'second', 'third']) {
    rmSync(join(replica.source, 'node_modules'), { recursive: true });
    fill(join(replica.source, 'node_modules'), word);
    await replica.assertEqual();
    assert.equal(replica.status().heldDeletes, null);
    // What waits to be looked for beside names that went makes a lag, on a busy machine a longer one.
    const since = performance.now();
    await waitFor('in sync', () => {
      const { notInSync } = replica.status();
      if (notInSync != null) t.diagnostic(`${Math.round(performance.now() - since)} ms: ${notInSync.message}`);
      return notInSync == null;
    });
  }
});
