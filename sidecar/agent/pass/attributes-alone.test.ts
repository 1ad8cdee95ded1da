import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { startReplica, waitFor } from '../testing/agent-fixture.ts';

const names = Array.from({ length: 200 }, (_, n) => `file-${n}`);
const inodesOf = (directory: string): string[] =>
  readdirSync(directory)
    .toSorted()
    .map((name) => `${name} ${statSync(join(directory, name)).ino}`);
const isMode = (directory: string, mode: number): boolean =>
  names.every((name) => (statSync(join(directory, name)).mode & 0o777) === mode);

test('of small files that differ in attributes alone the content stays where it is', {
  timeout: 600_000,
}, async (t) => {
  const replica = await startReplica({
    prepare: (source) => {
      mkdirSync(join(source, 'd'));
      for (const name of names) writeFileSync(join(source, 'd', name), name, { mode: 0o640 });
    },
  });
  t.after(() => replica.close());
  await replica.assertEqual();
  const target = join(replica.data, 'd');
  const before = inodesOf(target);
  for (const name of names) chmodSync(join(target, name), 0o600);
  await replica.agent.update({ ...replica.settings, generation: 2, requests: { sync: 'now' } });
  await waitFor('a pass to mend the modes', () => isMode(target, 0o640));
  await replica.assertEqual();
  // The first that are found go before the rest are.
  const anew = inodesOf(target).filter((inode, index) => inode !== before[index]);
  assert.ok(anew.length < names.length / 4, `${anew.length} were sent anew`);
});
