import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { runShortOfFiles, skipShortOfFiles as skip } from '../../../testing/programs/short-of-files.ts';

const moduleAt = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href);

const makeVolume = (t: TestContext): string => {
  const root = mkdtempSync(join(tmpdir(), 'short-'));
  t.after(() => rmSync(root, { recursive: true }));
  for (const name of ['data', 'trash', 'kept']) mkdirSync(join(root, name));
  return root;
};

const opened = (root: string): string => `
  import { openSync as openPlace } from 'node:fs';
  import { deletePaths } from ${moduleAt('./delete-paths.ts')};
  import { KeptMasses } from ${moduleAt('./kept-masses.ts')};
  import { massDirectoriesIn } from ${moduleAt('./mass-directory.ts')};
  import { systemClock as clock } from ${moduleAt('../../../src/process/clock.ts')};
  import { silentLogger as logger } from ${moduleAt('../../../src/process/log/logger.ts')};
  const root = ${JSON.stringify(root)};
  const fd = openPlace(root + '/trash');
  let count = 0;
  const trash = { takeDirectory: () => {}, place: () => ({ fd, name: String(++count) }) };
  const directories = massDirectoriesIn(root + '/kept', root + '/data', root + '/ballast');
  const kept = await KeptMasses.open({ directories, trash, clock, logger });
  const coded = (path) => Buffer.from(path).toString('base64url');
  const erase = (request) => deletePaths(root + '/data', { epoch: 1, ...request }, { trash, kept }, () => {});
  let giveBack = () => {};
`;

test('what could not be put back, as no file could be opened for a moment, is kept', { skip }, (t) => {
  const root = makeVolume(t);
  for (const name of ['a', 'b']) writeFileSync(join(root, 'data', name), name);
  const [short, then] = runShortOfFiles(`${opened(root)}
    await erase({ paths: [coded('a'), coded('b')], keep: { id: 'mass', reason: 'Mass' } });
    const moments = [() => void (giveBack = takeAll()), () => giveBack()];
    say(await kept.putBack('mass', () => moments.shift()()));
    say([await kept.putBack('mass', () => {}).catch(({ message }) => message), kept.list()]);
  `);
  assert.deepEqual(short, { restored: 1, failed: [{ path: 'Yg', reason: 'Errno24' }], failedCount: 1 });
  assert.deepEqual(then, [{ restored: 1, failed: [], failedCount: 0 }, []]);
  for (const name of ['a', 'b']) assert.equal(readFileSync(join(root, 'data', name), 'utf8'), name);
});

test('a directory that can’t be listed is not deleted: it may hold what is excluded', { skip }, (t) => {
  const root = makeVolume(t);
  mkdirSync(join(root, 'data/d'));
  for (const name of ['mine', 'theirs']) writeFileSync(join(root, 'data/d', name), name);
  const [short, then] = runShortOfFiles(`${opened(root)}
    const request = { paths: [coded('d')], filter: { exclude: ['mine'], include: [] } };
    await erase({ paths: [coded('nothing')] });
    giveBack = takeAll();
    const answer = erase(request);
    await Promise.resolve();
    giveBack();
    say((await answer).results);
    say((await erase(request)).results);
  `);
  assert.deepEqual([short, then], [[{ deleted: false, reason: 'Errno24' }], [{ deleted: true, spared: 1 }]]);
  assert.equal(existsSync(join(root, 'data/d/mine')), true);
  assert.equal(existsSync(join(root, 'data/d/theirs')), false);
});
