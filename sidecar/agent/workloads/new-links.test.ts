import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, rmSync, statSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { compareTrees } from '../../../testing/trees/compare-trees.ts';
import { type Replica, startReplica, waitFor } from '../testing/agent-fixture.ts';

const names = Array.from({ length: 50 }, (_, n) => `file-${n}`);

async function start(close: (replica: Replica) => void): Promise<Replica> {
  const replica = await startReplica({
    prepare: (source) => {
      mkdirSync(join(source, 'tree'));
      for (const name of names) writeFileSync(join(source, 'tree', name), 'the same');
    },
  });
  close(replica);
  await replica.assertEqual();
  return replica;
}

function untilEqual({ source, data }: Replica): Promise<void> {
  const isEqual = async () => (await compareTrees(source, data, { hardLinks: true })).length === 0;
  return waitFor('the replica to be equal', isEqual, 60_000);
}

test('files that get other names are linked at the target and not written anew', { timeout: 600_000 }, async (t) => {
  const replica = await start((made) => t.after(() => made.close()));
  const inodeOf = (name: string): number => statSync(join(replica.data, 'tree', name)).ino;
  const before = names.map(inodeOf);
  execFileSync('cp', ['-al', join(replica.source, 'tree'), join(replica.source, 'hourly.0')]);
  await untilEqual(replica);
  assert.deepEqual(names.map(inodeOf), before);
});

test('link farms that are made one after the other are linked as they are', { timeout: 600_000 }, async (t) => {
  const replica = await start((made) => t.after(() => made.close()));
  const at = (name: string): string => join(replica.source, name);
  for (let hour = 0; hour < 4; hour += 1) execFileSync('cp', ['-al', at('tree'), at(`hourly.${hour}`)]);
  await untilEqual(replica);
  // What is under way would bring some of it again.
  await replica.settled();
  // The target lacks what new names are to be linked to: all names of the file are sent then.
  for (const name of ['tree', 'hourly.0', 'hourly.1', 'hourly.2', 'hourly.3'])
    rmSync(join(replica.data, name), { recursive: true });
  for (let hour = 4; hour < 7; hour += 1) execFileSync('cp', ['-al', at('tree'), at(`hourly.${hour}`)]);
  await untilEqual(replica);
});

test('a name that is taken by another file of the same content is parted from its former one', {
  timeout: 600_000,
}, async (t) => {
  const replica = await start((made) => t.after(() => made.close()));
  const at = (name: string): string => join(replica.source, 'tree', name);
  linkSync(at('file-0'), at('old'));
  await untilEqual(replica);
  // As programs that find duplicates do: the content is the same, the file is another.
  unlinkSync(at('file-0'));
  linkSync(at('file-1'), at('file-0'));
  await untilEqual(replica);
});

test('what is written through a new name, with size and time kept, is sent', { timeout: 600_000 }, async (t) => {
  const replica = await start((made) => t.after(() => made.close()));
  const at = (name: string): string => join(replica.source, 'tree', name);
  const { atime, mtime } = statSync(at('file-0'));
  linkSync(at('file-0'), at('again'));
  writeFileSync(at('again'), 'not same');
  utimesSync(at('again'), atime, mtime);
  await untilEqual(replica);
});
