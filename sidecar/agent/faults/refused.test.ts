import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { startReplica, waitFor } from '../testing/agent-fixture.ts';

const isRoot = process.getuid?.() === 0;

/** Whether this file system keeps its promise of an immutable file. */
const canFreeze = (path: string): boolean => {
  try {
    execFileSync('chattr', ['+i', path], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};

test('what the target refuses is owed until it is taken, and meanwhile the replica is not in sync', {
  skip: isRoot ? false : 'only root makes a file immutable',
}, async (t) => {
  const replica = await startReplica({
    prepare: (source) => {
      mkdirSync(join(source, 'd'));
      for (const name of ['kept', 'gone']) writeFileSync(join(source, 'd', name), 'before');
    },
  });
  t.after(() => replica.close());
  await replica.assertEqual();
  const frozen = ['kept', 'gone'].map((name) => join(replica.data, 'd', name));
  t.after(() => {
    for (const path of frozen) execFileSync('chattr', ['-i', path], { stdio: 'ignore' });
  });
  if (!frozen.every(canFreeze)) return t.diagnostic('this file system has no immutable files');

  writeFileSync(join(replica.source, 'd/kept'), 'after, and longer');
  rmSync(join(replica.source, 'd/gone'));
  writeFileSync(join(replica.source, 'd/other'), 'goes on');
  await waitFor('both to be refused', () => replica.status().skipped.count === 2);
  await waitFor('the other', () => existsSync(join(replica.data, 'd/other')));
  assert.equal(readFileSync(join(replica.data, 'd/other'), 'utf8'), 'goes on');
  const refused = replica.status();
  assert.deepEqual([refused.link, refused.inSync, refused.notInSync?.reason], ['Online', false, 'Refused']);
  // Longer than it was once tried before it was given up.
  await waitFor('several tries', () => Date.now() - (refused.lastSyncAt ?? 0) > 3_000);
  assert.equal(replica.status().inSync, false);

  for (const path of frozen) execFileSync('chattr', ['-i', path]);
  await waitFor('both to be taken', () => replica.status().inSync);
  await replica.assertEqual();
  frozen.length = 0;
});

test('what is in a directory that the target refuses to make is sent once that is made', {
  skip: isRoot ? false : 'only root makes a directory immutable',
}, async (t) => {
  const replica = await startReplica({ prepare: (source) => mkdirSync(join(source, 'frozen')) });
  const frozen = join(replica.data, 'frozen');
  t.after(async () => {
    spawnSync('chattr', ['-i', frozen]);
    await replica.close();
  });
  await replica.assertEqual();
  if (!canFreeze(frozen)) return t.diagnostic('this file system has no immutable directories');
  mkdirSync(join(replica.source, 'frozen/new/deep'), { recursive: true });
  for (const name of ['file', 'deep/file']) writeFileSync(join(replica.source, 'frozen/new', name), 'x');
  // rsync says nothing of what it skips; their own times are refused to the directories above.
  await waitFor('all to be refused', () => replica.status().skipped.count >= 4);
  execFileSync('chattr', ['-i', frozen]);
  await waitFor('it to be taken', () => replica.status().inSync);
  await replica.assertEqual();
});
