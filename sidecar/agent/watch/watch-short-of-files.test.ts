import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { runShortOfFiles, skipShortOfFiles as skip } from '../../../testing/programs/short-of-files.ts';

const moduleAt = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href);

/** What a watch is made of. */
const parts = `
  import { setTimeout as sleep } from 'node:timers/promises';
  import { silentLogger } from ${moduleAt('../../../src/process/log/logger.ts')};
  import { compileFilter } from ${moduleAt('../../filter/filter.ts')};
  import { SourceRoot } from ${moduleAt('../source/source-root.ts')};
  import { SourceWatch } from ${moduleAt('./source-watch.ts')};
`;

const script = (path: string): string => `
  import { mkdirSync } from 'node:fs';
  ${parts}
  const root = new SourceRoot(${JSON.stringify(path)});
  const told = [];
  const failed = [];
  const watch = new SourceWatch({
    subject: () => ({ root, filter: compileFilter({ exclude: [], include: [] }), events: ['Create'] }),
    onChanges: (batch) => told.push(...batch.map(({ path }) => path)),
    onReplaced: () => {},
    onOpen: () => {},
    logger: { ...silentLogger, error: (_, text) => failed.push(text) },
    retryLimitMs: 100,
  });
  watch.start();
  await watch.opened;
  const giveBack = keepAll();
  watch.reopen();
  // What looks now and then has not been loaded yet.
  while (!failed.includes('watch could not be made')) await sleep(20);
  say(watch.stats().notWatched);
  giveBack();
  while (!watch.isOpen || watch.kind !== 'inotify') await sleep(20);
  mkdirSync(${JSON.stringify(join(path, 'later'))});
  while (!told.includes('later')) await sleep(20);
  say(watch.stats().notWatched);
  await watch.stop();
`;

test('a watch that can not be made for want of open files is made once there are enough', {
  skip: skip || (process.platform !== 'linux' && 'needs inotify'),
}, (t) => {
  const path = mkdtempSync(join(tmpdir(), 'source-watch-'));
  t.after(() => rmSync(path, { recursive: true }));
  const [short, after] = runShortOfFiles(script(path));
  assert.deepEqual(short, [{ reason: 'NoInstance', count: 1, samples: [''] }]);
  assert.deepEqual(after, []);
});

/** Without an inotify instance it is looked at now and then; when that begins another directory takes the source's place. */
const replacedScript = (base: string): string => `
  import { symlinkSync, unlinkSync } from 'node:fs';
  ${parts}
  const path = ${JSON.stringify(join(base, 'root'))};
  const root = new SourceRoot(path);
  let isFirst = true;
  const onChosen = ({ choice }) => {
    if (choice !== 'polling' || !isFirst) return;
    isFirst = false;
    unlinkSync(path);
    symlinkSync('other', path);
  };
  const opened = [];
  const watch = new SourceWatch({
    subject: () => ({ root, filter: compileFilter({ exclude: [], include: [] }), events: ['Create'] }),
    onChanges: () => {},
    onReplaced: () => {},
    onOpen: ({ replaced }) => opened.push(replaced),
    logger: { ...silentLogger, info: (fields, text) => text === 'change source chosen' && onChosen(fields) },
    retryLimitMs: 3_600_000,
  });
  watch.start();
  await watch.opened;
  const giveBack = keepAll();
  watch.reopen();
  while (watch.stats().notWatched[0]?.reason !== 'NoInstance') await sleep(20);
  giveBack();
  while (opened.length < 2) await sleep(20);
  say([watch.kind, root.check(), ...opened]);
  await watch.stop();
`;

test('a directory that takes the place of a source that is looked at now and then, just when that begins, is found to be another', {
  skip: skip || (process.platform !== 'linux' && 'needs inotify'),
}, (t) => {
  const base = mkdtempSync(join(tmpdir(), 'source-watch-'));
  t.after(() => rmSync(base, { recursive: true }));
  for (const name of ['one', 'other']) mkdirSync(join(base, name));
  symlinkSync('one', join(base, 'root'));
  assert.deepEqual(runShortOfFiles(replacedScript(base)), [['polling', 'same', false, true]]);
});

const untoldScript = (path: string): string => `
  import { writeFileSync } from 'node:fs';
  ${parts}
  const root = new SourceRoot(${JSON.stringify(path)});
  writeFileSync(${JSON.stringify(join(path, 'file'))}, 'x');
  const told = [];
  const watch = new SourceWatch({
    subject: () => ({ root, filter: compileFilter({ exclude: [], include: [] }), events: ['Write'] }),
    onChanges: (batch) => told.push(...batch.map(({ path }) => path)),
    onReplaced: () => {},
    onOpen: () => {},
    logger: silentLogger,
  });
  watch.start();
  await watch.opened;
  const giveBack = keepAll();
  const telling = watch.tellUnseen(['file']);
  const since = performance.now();
  await sleep(250);
  const waited = performance.now() - since;
  say([told.length, watch.stats().unseenMs >= waited]);
  giveBack();
  await telling;
  say([told.length, watch.stats().unseenMs]);
  await watch.stop();
`;

test('what is found to have changed without an event counts as untold while it can not be written to disk', {
  skip: skip || (process.platform !== 'linux' && 'needs inotify'),
}, (t) => {
  const path = mkdtempSync(join(tmpdir(), 'source-watch-'));
  t.after(() => rmSync(path, { recursive: true }));
  assert.deepEqual(runShortOfFiles(untoldScript(path)), [
    [0, true],
    [1, 0],
  ]);
});
