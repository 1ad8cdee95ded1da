import assert from 'node:assert/strict';
import { linkSync, mkdirSync, mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { PathLocks } from '../locks/path-locks.ts';
import { Semaphore } from '../replicate/semaphore.ts';
import { type Flavor, rsyncFlags } from '../rsync/flags.ts';
import { RsyncRun } from '../rsync/run.ts';
import { StandbyPool } from '../rsync/standby.ts';
import { Tunnel } from '../rsync/tunnel.ts';
import { SourceRoot } from '../source/source-root.ts';
import { testSettings } from '../testing/agent-fixture.ts';
import { Executor } from './executor.ts';
import { bigFileBytes } from './plan-runs.ts';
import { SkippedEntries } from './skipped-entries.ts';

test('a run that was planned before a file got a second name does not part the two at the target', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'executor-'));
  const [source, target] = [join(directory, 'source'), join(directory, 'target')];
  for (const path of [source, target]) mkdirSync(path);
  const tunnel = new Tunnel();
  await tunnel.listen();
  const { sync } = testSettings;
  const startRun = (flavor: Flavor): RsyncRun =>
    new RsyncRun({
      rsync: 'rsync',
      flags: rsyncFlags(flavor, { sync, filterArgs: [], targetArgs: [] }),
      source: `${source}/`,
      destination: `${target}/`,
      password: undefined,
      tunnel,
      dial: () => Promise.reject(new Error('the target is a directory of this machine')),
      roots: { source, target },
      stallMs: 30_000,
    });
  const standby = new StandbyPool({ size: 1, maxAgeMs: 60_000, start: () => startRun('content'), onBroken: () => {} });
  t.after(async () => {
    standby.close();
    await tunnel.close();
    rmSync(directory, { recursive: true });
  });
  const slots = new Semaphore(2);
  const executor = new Executor({
    sync,
    source: new SourceRoot(source),
    locks: new PathLocks(),
    standby,
    startRun,
    slots,
    skipped: new SkippedEntries(),
    excludes: () => false,
    onRun: () => {},
    onDoubtful: () => {},
  });
  const content = (...paths: string[]) => executor.execute({ content: paths, attributes: [], deletes: [] });

  writeFileSync(join(source, 'a'), 'x');
  truncateSync(join(source, 'a'), bigFileBytes);
  // Big files leave a place for others: this run waits with what it knows, the next overtakes it.
  const leave = await slots.acquire(true);
  const early = content('a');
  linkSync(join(source, 'a'), join(source, 'b'));
  const linked = await content('b');
  assert.equal(linked.failed, undefined);
  const inode = (name: string): number => statSync(join(target, name)).ino;
  assert.equal(inode('a'), inode('b'));
  leave();
  const outdated = await early;
  assert.equal(inode('a'), inode('b'));
  assert.deepEqual(outdated.vanished, ['a'], 'to be planned anew at once');
  assert.deepEqual((await content('a')).vanished, []);
  assert.equal(inode('a'), inode('b'));
});
