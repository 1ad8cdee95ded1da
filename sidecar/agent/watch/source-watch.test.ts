import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdirSync, mkdtempSync, openSync, rmSync, symlinkSync, unlinkSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { silentLogger } from '../../../src/process/logger.ts';
import { compileFilter } from '../../filter/filter.ts';
import { SourceRoot } from '../source/source-root.ts';
import { waitFor } from '../testing/agent-fixture.ts';
import { SourceWatch } from './source-watch.ts';

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
  const checked: string[] = [];
  const watch = new SourceWatch({
    subject: () => ({ root, filter: compileFilter({ exclude: [], include: [] }), events: ['Create'] }),
    onChanges: () => {},
    onReplaced: () => checked.push(root.check()),
    onOpen: (how) => opened.push(how),
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
    await waitFor('the end of the watch, which no thread is free for', () => !watch.isOpen);
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
});
