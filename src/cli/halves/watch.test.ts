import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';

const main = join(import.meta.dirname, '../main.ts');

/** The program on a directory of its own; `said` grows while it runs. */
const startWatch = async (t: TestContext, ...flags: string[]) => {
  const root = mkdtempSync(join(tmpdir(), 'watch-'));
  mkdirSync(join(root, 'd'));
  const child = spawn(process.execPath, [main, 'watch', root, ...flags], { stdio: ['ignore', 'pipe', 'pipe'] });
  t.after(() => {
    child.kill('SIGKILL');
    rmSync(root, { recursive: true });
  });
  let said = '';
  child.stdout.setEncoding('latin1').on('data', (text: string) => {
    said += text;
  });
  const [ready] = await once(child.stderr.setEncoding('utf8'), 'data');
  assert.match(String(ready), /watching .*: 2 directories/);
  const until = async (wanted: string | RegExp): Promise<string> => {
    while (typeof wanted === 'string' ? !said.includes(wanted) : !wanted.test(said)) await once(child.stdout, 'data');
    return said;
  };
  return {
    root,
    child,
    until,
    raw: (name: string) => Buffer.concat([Buffer.from(`${root}/`), Buffer.from(name, 'latin1')]),
  };
};

test('what changes is said with whole names, and a signal ends it in order', { timeout: 600_000 }, async (t) => {
  const { root, child, until, raw } = await startWatch(t);
  writeFileSync(raw('d/\xff\xfe two\nlines'), 'x');
  await until(`${root}/d/ CLOSE_WRITE,CLOSE \xff\xfe two\nlines\n`);
  renameSync(raw('d/\xff\xfe two\nlines'), raw('b'));
  await until(`${root}/d/ MOVED_FROM \xff\xfe two\nlines\n${root}/ MOVED_TO b\n`);
  mkdirSync(join(root, 'new/deep'), { recursive: true });
  writeFileSync(join(root, 'new/deep/f'), 'x');
  await until(`${root}/new/deep/ CLOSE_WRITE,CLOSE f\n`);
  child.kill('SIGTERM');
  assert.deepEqual(await once(child, 'exit'), [0, null]);
});

test('as JSON, without what is excluded, until the first', { timeout: 600_000 }, async (t) => {
  const { root, child, until } = await startWatch(t, '--json', '--exclude', '*.tmp', '-e', 'move', '--once');
  writeFileSync(join(root, 'a.tmp'), 'x');
  writeFileSync(join(root, 'a'), 'x');
  renameSync(join(root, 'a'), join(root, 'b'));
  const line = JSON.parse(await until(/\n/)) as Record<string, unknown>;
  assert.deepEqual([line.event, line.path, line.from], ['move', `${root}/b`, `${root}/a`]);
  assert.equal((await once(child, 'exit'))[0], 0);
});

test('paths for xargs -0', { timeout: 600_000 }, async (t) => {
  const { root, until } = await startWatch(t, '-0', '-e', 'close_write');
  writeFileSync(join(root, 'a b'), 'x');
  assert.equal(await until('\0'), `${root}/a b\0`);
});

test('what can’t be watched is refused with what to write', async () => {
  for (const [argv, words] of [
    [['watch', '/no/such'], /no directory/],
    [['watch', '/tmp', '-e', 'opened'], /opened is not known/],
  ] as const) {
    const child = spawn(process.execPath, [main, ...argv], { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.on('data', (text) => {
      said += text;
    });
    assert.deepEqual(await once(child, 'close'), [2, null]);
    assert.match(said, words);
  }
});
