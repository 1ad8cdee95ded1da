import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { startReplica } from '../testing/agent-fixture.ts';

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
    const { heldDeletes, inSync } = replica.status();
    assert.deepEqual([heldDeletes, inSync], [null, true]);
  }
});
