import assert from 'node:assert/strict';
import { linkSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { runShortOfFiles, skipShortOfFiles as skip } from '../../../testing/programs/short-of-files.ts';

const moduleAt = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href);

/** What is begun where no file can be opened, as it is said then, and once files can be opened. */
const script = (root: string): string => `
  import { setTimeout as sleep } from 'node:timers/promises';
  import { flushPages } from ${moduleAt('./flush-pages.ts')};
  import { HardLinks } from ${moduleAt('./links/hard-links.ts')};
  const root = ${JSON.stringify(root)};
  const links = new HardLinks(root);
  await links.any();
  const giveBack = takeAll();
  const ended = {};
  const note = (name) => (value) => { ended[name] = value ?? 'done'; };
  const stop = new AbortController();
  const path = Buffer.from(root + '/a/file');
  const all = [
    flushPages(path, new AbortController().signal).then(note('flushed')),
    flushPages(path, stop.signal).then(note('stopped')),
    links.any().then(note('any')),
    links.known.namesOf([links.lookAt('a/file').inode]).then((names) => note('names')([...names.values()].flat().sort())),
  ];
  await sleep(250);
  say({ ...ended });
  stop.abort();
  await all[1];
  say({ ...ended });
  giveBack();
  await Promise.all(all);
  say(ended);
`;

test('where no file can be opened nothing is taken for flushed, and no name for gone, until one can be again', {
  skip,
}, (t) => {
  const root = mkdtempSync(join(tmpdir(), 'short-'));
  t.after(() => rmSync(root, { recursive: true }));
  for (const name of ['a', 'b']) mkdirSync(join(root, name));
  writeFileSync(join(root, 'a/file'), 'x');
  linkSync(join(root, 'a/file'), join(root, 'b/file'));
  const [short, stopped, after] = runShortOfFiles(script(root));
  assert.deepEqual(short, {});
  assert.deepEqual(stopped, { stopped: 'done' });
  assert.deepEqual(after, { stopped: 'done', flushed: 'done', any: true, names: ['a/file', 'b/file'] });
});
