import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  constants,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  unlinkSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { silentLogger } from '../../../src/process/log/logger.ts';
import { compileFilter } from '../../filter/filter.ts';
import { SourceRoot } from '../source/source-root.ts';
import { waitFor } from '../testing/agent-fixture.ts';
import { SourceWatch } from './source-watch.ts';
import { canRun } from './testing/watching-process.ts';

/** Keeps every thread of the pool waiting until its answer is called. */
function fillThreadPool(directory: string): () => Promise<void> {
  const pipes = Array.from({ length: 16 }, (_, n) => join(directory, `pipe-${n}`));
  execFileSync('mkfifo', pipes);
  const opened = pipes.map((pipe) => open(pipe, 'r'));
  return async () => {
    const ends = pipes.map((pipe) => openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK));
    for (const file of await Promise.all(opened)) await file.close();
    for (const end of ends) closeSync(end);
  };
}

test('a root that is another directory without an event is not watched from that moment, and soon watched anew', async (t) => {
  const base = mkdtempSync(join(tmpdir(), 'source-watch-'));
  t.after(() => rmSync(base, { recursive: true }));
  for (const name of ['one', 'other']) mkdirSync(join(base, name));
  const path = join(base, 'root');
  symlinkSync('one', path);
  const root = new SourceRoot(path);
  const opened: object[] = [];
  const closed: string[] = [];
  const checked: string[] = [];
  const watch = new SourceWatch({
    subject: () => ({ root, filter: compileFilter({ exclude: [], include: [] }), events: ['Create'] }),
    onChanges: () => {},
    onReplaced: () => checked.push(root.check()),
    onOpen: (how) => opened.push(how),
    onClosed: () => closed.push('closed'),
    logger: silentLogger,
  });
  t.after(() => watch.stop());
  watch.start();
  await watch.opened;
  assert.deepEqual(watch.stats().notWatched, []);
  const free = fillThreadPool(base);
  unlinkSync(path);
  symlinkSync('other', path);
  try {
    assert.deepEqual(watch.stats().notWatched, [{ reason: 'NotOpen', count: 1, samples: [''] }]);
    // Far less than until all that is watched is looked at, which would find it too.
    await waitFor('the end of the watch, which no thread is free for', () => !watch.isOpen, 30_000);
  } finally {
    await free();
  }
  await waitFor('another watch', () => watch.isOpen);
  assert.deepEqual(checked, ['replaced'], 'what was known of the former one is told apart before this one counts');
  assert.deepEqual(opened, [
    { again: false, replaced: false },
    { again: true, replaced: true },
  ]);
  assert.deepEqual(watch.stats().notWatched, []);
  assert.equal(closed.length, 1);
  await watch.stop();
  assert.equal(closed.length, 1, 'an agent that ends has told and sent what there was');
});

const canMount = canRun('unshare', '-m', 'sh', '-c', 'mount -t tmpfs none /mnt');

/** Names that a watch tells of, once another file system is mounted below its root, and once something is written there. */
const mountingScript = (root: string, disk: string): string => `
  import { execFileSync } from 'node:child_process';
  import { writeFileSync } from 'node:fs';
  import { setTimeout as sleep } from 'node:timers/promises';
  import { compileFilter } from ${JSON.stringify(new URL('../../filter/filter.ts', import.meta.url).href)};
  import { SourceRoot } from ${JSON.stringify(new URL('../source/source-root.ts', import.meta.url).href)};
  import { SourceWatch } from ${JSON.stringify(new URL('./source-watch.ts', import.meta.url).href)};
  import { silentLogger } from ${JSON.stringify(new URL('../../../src/process/log/logger.ts', import.meta.url).href)};
  const root = new SourceRoot(${JSON.stringify(root)});
  const told = [];
  const watch = new SourceWatch({
    subject: () => ({ root, filter: compileFilter({ exclude: [], include: [] }), events: ['Create', 'Write', 'Delete'] }),
    onChanges: (batch) => told.push(...batch.map(({ path }) => path)),
    onReplaced: () => {},
    onOpen: () => {},
    logger: silentLogger,
    sweepMs: 3_600_000,
  });
  watch.start();
  await watch.opened;
  const until = async (path) => { while (!told.includes(path)) await sleep(20); };
  execFileSync('mount', ['--bind', ${JSON.stringify(disk)}, ${JSON.stringify(join(root, 'm'))}]);
  await until('m');
  writeFileSync(${JSON.stringify(join(root, 'm', 'later'))}, 'x');
  await until('m/later');
  await watch.stop();
`;

test('a file system that is mounted below the root is told of, and watched', {
  skip: !canMount && 'needs to mount',
}, (t) => {
  const base = mkdtempSync(join(tmpdir(), 'source-watch-'));
  t.after(() => rmSync(base, { recursive: true }));
  const [root, disk] = [join(base, 'root'), join(base, 'disk')];
  for (const path of [root, disk, join(root, 'm')]) mkdirSync(path);
  const script = mountingScript(root, disk);
  execFileSync('unshare', ['-m', process.execPath, '--input-type=module', '-e', script], { timeout: 180_000 });
});

test('overflows are counted over all watches', async (t) => {
  const path = mkdtempSync(join(tmpdir(), 'source-watch-'));
  const root = new SourceRoot(path);
  let opened = 0;
  const watch = new SourceWatch({
    subject: () => ({ root, filter: compileFilter({ exclude: [], include: [] }), events: ['Create'] }),
    onChanges: () => {},
    onReplaced: () => assert.fail('it stays'),
    onOpen: () => opened++,
    logger: silentLogger,
  });
  t.after(async () => {
    await watch.stop();
    rmSync(path, { recursive: true });
  });
  watch.start();
  await watch.opened;
  // Nothing is read meanwhile.
  const limit = Number(readFileSync('/proc/sys/fs/inotify/max_queued_events', 'utf8'));
  for (let n = 0; n < limit / 2 + 100; n++) rmdirSync(mkdirSync(join(path, `${n}`), { recursive: true }) as string);
  await waitFor('the overflow', () => watch.stats().overflows === 1);
  watch.reopen();
  await waitFor('another watch', () => watch.isOpen && opened === 2);
  assert.equal(watch.stats().overflows, 1);
});
