import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { settingsDefaults } from '../../../src/api/settings/settings-defaults.ts';
import { bindLibc } from '../../../src/process/system/libc.ts';
import { compareTrees } from '../../../testing/trees/compare-trees.ts';
import { lease, startFixture } from '../../receiver/testing/receiver-fixture.ts';
import { encodeFileList } from '../rsync/file-list.ts';
import type { Run, RunResult } from '../rsync/run.ts';
import { startReplica, waitFor } from '../testing/agent-fixture.ts';
import { startSmallRun } from './small-run.ts';
import { findSmallWay } from './small-way.ts';

const { preserve } = settingsDefaults.sync;

const begin = async (t: TestContext) => {
  const receiver = await startFixture();
  const source = mkdtempSync(join(tmpdir(), 'small-run-'));
  chmodSync(source, 0o755);
  t.after(async () => {
    await receiver.close();
    rmSync(source, { recursive: true });
  });
  const control = receiver.client();
  const { epoch } = await control.takeLease(lease('writer'));
  const way = findSmallWay({ control, takesSmallFiles: true, epoch }, { preserve }, source);
  assert.ok(way);
  const lists: string[] = [];
  /** A process of which only the list is of interest. */
  const startProcess = (): Run => {
    const finished = Promise.withResolvers<RunResult>();
    return {
      finished: finished.promise,
      ended: false,
      feed: (list) => {
        lists.push(list.toString('latin1'));
        finished.resolve({ outcome: 'ok', message: 'by rsync' } as RunResult);
        return finished.promise;
      },
      holdOutput: () => {},
      kill: () => {},
    };
  };
  const send = (...paths: string[]) => startSmallRun(way, startProcess).feed(encodeFileList(paths));
  return { receiver, source, data: join(receiver.directory, 'data'), control, epoch, lists, send };
};

test('what is small and plain needs no process, and is as at the source, with its directory', async (t) => {
  const { source, data, lists, send } = await begin(t);
  mkdirSync(join(source, 'a'));
  mkdirSync(join(data, 'a'));
  const name = Buffer.from(`${source}/a/#\xff`, 'latin1');
  writeFileSync(name, 'x'.repeat(65_536), { mode: 0o600 });
  writeFileSync(join(source, 'f'), '');
  chmodSync(join(source, 'f'), 0o4555);
  const { outcome, stats } = await send('a/#\xff', 'f');
  assert.equal(outcome, 'ok');
  assert.deepEqual([stats.transferred, stats.literalBytes], [2, 65_536]);
  assert.deepEqual(lists, []);
  assert.deepEqual(await compareTrees(source, data, { xattrs: true, hardLinks: true, root: true }), []);
});

test('one entry that is not, or that the target refuses, goes by rsync; the other way is the same work', async (t) => {
  const { source, data, lists, send } = await begin(t);
  const at = (name: string): string => join(source, name);
  writeFileSync(at('small'), 'x');
  writeFileSync(at('large'), 'x'.repeat(65_537));
  writeFileSync(at('linked'), 'x');
  linkSync(at('linked'), at('other-name'));
  symlinkSync('small', at('symlink'));
  execFileSync('mkfifo', [at('fifo')]);
  mkdirSync(at('directory'));
  writeFileSync(at('directory/f'), 'x');
  for (const name of ['large', 'linked', 'symlink', 'fifo', 'gone']) {
    assert.equal((await send('small', name)).message, 'by rsync');
    assert.deepEqual(lists.splice(0), [encodeFileList(['small', name]).toString('latin1')]);
  }
  assert.deepEqual(readdirSync(data), [], 'nothing was sent twice');
  assert.equal((await send('small', 'directory/f')).message, 'by rsync');
  assert.deepEqual(lists, ['directory/f\0'], 'its directory is not there yet');
  assert.equal(readFileSync(join(data, 'small'), 'utf8'), 'x');
});

test('of a directory that is there its mode and time go the same way, and one that is not is left to rsync', async (t) => {
  const { source, data, lists, send } = await begin(t);
  for (const root of [source, data]) mkdirSync(join(root, 'a/b'), { recursive: true });
  writeFileSync(join(source, 'a/b/f'), 'x');
  chmodSync(join(source, 'a/b'), 0o500);
  chmodSync(join(source, 'a'), 0o2511);
  utimesSync(join(source, 'a'), 1, 2);
  utimesSync(source, 3, 4);
  assert.equal((await send('a', '', 'a/b', 'a/b/f')).outcome, 'ok');
  assert.deepEqual(lists, []);
  assert.deepEqual(await compareTrees(source, data, { xattrs: true, hardLinks: true, root: true }), []);
  mkdirSync(join(source, 'new'));
  assert.equal((await send('new', 'a')).message, 'by rsync');
  assert.deepEqual(lists, ['./new\0']);
  for (const root of [source, data]) for (const name of ['a', 'a/b']) chmodSync(join(root, name), 0o755);
});

test('attributes that only rsync keeps make it rsync’s', async (t) => {
  const { source, lists, send } = await begin(t);
  writeFileSync(join(source, 'f'), 'x');
  const setxattr = bindLibc(
    'int setxattr(const char *path, const char *name, const char *value, size_t size, int flags)',
  );
  assert.equal(setxattr(join(source, 'f'), 'user.colour', 'red', 3, 0), 0);
  await send('f');
  assert.deepEqual(lists, ['./f\0']);
});

test('a refusal leaves it to rsync, which finds out why; without an answer the session ends', async (t) => {
  const { receiver, source, data, control, epoch, lists, send } = await begin(t);
  writeFileSync(join(source, 'f'), 'x');
  await control.takeLease({ ...lease('writer', epoch), fresh: true });
  assert.equal((await send('f')).message, 'by rsync');
  assert.deepEqual(lists, ['./f\0']);
  assert.deepEqual(readdirSync(data), []);
  await receiver.close();
  const { outcome, reason } = await send('f');
  assert.deepEqual([outcome, reason], ['again', 'TargetUnreachable']);
  assert.equal(lists.length, 1);
});

test('only where rsync is not needed for what is to be kept or held', () => {
  const link = { control: {} as never, takesSmallFiles: true, epoch: 1 };
  const is = (more: object, sync: object = {}): boolean =>
    findSmallWay({ ...link, ...more }, { preserve, ...sync }, '/') !== undefined;
  assert.equal(is({}), true);
  assert.equal(is({ takesSmallFiles: false }), false);
  assert.equal(is({ control: undefined }), false);
  assert.equal(is({}, { bandwidthLimit: 1e6 }), false);
  for (const [field, value] of Object.entries({ permissions: false, times: false, owners: true, acls: true }))
    assert.equal(is({}, { preserve: { ...preserve, [field]: value } }), false, field);
});

test('an agent sends a small change so by itself, and a write in place arrives like a file that was made', async (t) => {
  const replica = await startReplica({ prepare: (source) => mkdirSync(join(source, 'a')) });
  t.after(() => replica.close());
  await replica.settled();
  const sentBefore = replica.status().transferredFiles;
  for (let n = 0; n < 20; n++) {
    writeFileSync(join(replica.source, 'a/f'), `${n}`);
    await waitFor('the content', () => {
      try {
        return readFileSync(join(replica.data, 'a/f'), 'utf8') === `${n}`;
      } catch {
        return false;
      }
    });
  }
  await replica.assertEqual();
  assert.ok(replica.status().transferredFiles >= sentBefore + 20, 'each counts as a file that was sent');
});
