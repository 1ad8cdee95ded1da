import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Storm } from '../storm/storm.ts';
import { compareTrees } from './compare-trees.ts';

function makeTrees(t: TestContext): { source: string; target: string; copy: () => void } {
  const directory = fs.mkdtempSync(join(tmpdir(), 'compare-'));
  t.after(() => fs.rmSync(directory, { recursive: true }));
  const [source, target] = [join(directory, 'source'), join(directory, 'target')];
  fs.mkdirSync(source);
  fs.mkdirSync(target);
  const copy = (): void => {
    execFileSync('rsync', [
      '-aHXI',
      '--modify-window=-1',
      '--delete',
      '--exclude=/lost+found',
      `${source}/`,
      `${target}/`,
    ]);
  };
  return { source, target, copy };
}

const say = (differences: Awaited<ReturnType<typeof compareTrees>>): string[] =>
  differences.map(({ path, what }) => `${what}: ${path}`).sort();

test('a storm and its copy by rsync are equal, in every byte', async (t) => {
  const { source, target, copy } = makeTrees(t);
  const storm = new Storm(source);
  t.diagnostic(`seed ${storm.seed}`);
  await storm.run({ steps: 1_500 });
  assert.ok(storm.counts.size >= 20, 'nearly every kind of step was taken');
  assert.notDeepEqual(await compareTrees(source, target), []);
  copy();
  assert.deepEqual(await compareTrees(source, target), []);
});

test('the same seed makes the same tree', async (t) => {
  const { source, target } = makeTrees(t);
  await new Storm(source, { seed: 4711 }).run({ steps: 600 });
  await new Storm(target, { seed: 4711 }).run({ steps: 600 });
  const differences = await compareTrees(source, target);
  assert.deepEqual(
    differences.filter(({ what }) => what !== 'mtime'),
    [],
  );
});

const ruins: readonly { readonly what: string; readonly ruin: (target: string) => void; readonly seen: string[] }[] = [
  {
    what: 'a byte',
    ruin: (target) => keepingTimes(join(target, 'f'), (f) => fs.writeFileSync(f, 'sAme size')),
    seen: ['content: f'],
  },
  {
    what: 'a size',
    ruin: (target) => keepingTimes(join(target, 'f'), (f) => fs.writeFileSync(f, 'shorter')),
    seen: ['size: f'],
  },
  {
    what: 'a millionth of a second',
    ruin: (target) => execFileSync('touch', ['-d', '2020-01-01T00:00:00.123457', join(target, 'f')]),
    seen: ['mtime: f'],
  },
  { what: 'a mode', ruin: (target) => fs.chmodSync(join(target, 'f'), 0o4755), seen: ['mode: f'] },
  {
    what: 'a missing name',
    ruin: (target) => keepingTimes(target, () => fs.rmSync(join(target, 'f'))),
    seen: ['missing: f'],
  },
  {
    what: 'a name too many',
    ruin: (target) =>
      keepingTimes(target, () => fs.writeFileSync(Buffer.concat([Buffer.from(`${target}/`), Buffer.of(0xff)]), '')),
    seen: ['extra: \xff'],
  },
  {
    what: 'a type',
    ruin: (target) =>
      keepingTimes(target, () => {
        fs.rmdirSync(join(target, 'd'));
        fs.writeFileSync(join(target, 'd'), '');
      }),
    seen: ['type: d'],
  },
  {
    what: 'where a link leads',
    ruin: (target) =>
      keepingTimes(target, () => {
        fs.unlinkSync(join(target, 'l'));
        execFileSync('sh', ['-c', `ln -s elsewhere l && touch -h -d 2020-01-01 l`], { cwd: target });
      }),
    seen: ['link: l'],
  },
  {
    what: 'a hard link that is a copy',
    ruin: (target) => keepingTimes(target, () => execFileSync('sh', ['-c', 'cp -p h2 x && mv x h2'], { cwd: target })),
    seen: ['hard links: h2'],
  },
  { what: 'the root’s mode', ruin: (target) => fs.chmodSync(target, 0o700), seen: ['mode: '] },
];

function keepingTimes(path: string, act: (path: string) => void): void {
  act(path);
  execFileSync('touch', ['-d', '2020-01-01T00:00:00', path]);
}

for (const { what, ruin, seen } of ruins) {
  test(`sees a difference in ${what}`, async (t) => {
    const { source, target, copy } = makeTrees(t);
    fs.writeFileSync(join(source, 'f'), 'same size');
    fs.mkdirSync(join(source, 'd'));
    fs.symlinkSync('nowhere', join(source, 'l'));
    fs.writeFileSync(join(source, 'h1'), 'linked');
    fs.linkSync(join(source, 'h1'), join(source, 'h2'));
    fs.mkdirSync(join(target, 'lost+found'));
    execFileSync('touch', [
      '-h',
      '-d',
      '2020-01-01T00:00:00',
      ...['f', 'd', 'l', 'h1', '.'].map((name) => join(source, name)),
    ]);
    copy();
    assert.deepEqual(await compareTrees(source, target), []);
    ruin(target);
    const differences = await compareTrees(source, target);
    assert.deepEqual(say(differences), seen);
  });
}

test('sees extended attributes, where the file system has them', async (t) => {
  const { source, target, copy } = makeTrees(t);
  fs.writeFileSync(join(source, 'f'), '');
  copy();
  try {
    execFileSync(
      'python3',
      ['-c', 'import os,sys; os.setxattr(sys.argv[1], b"user.note", b"\\x00\\xff")', join(target, 'f')],
      { stdio: 'pipe' },
    );
  } catch {
    t.skip('no python3, or no user xattrs on this file system');
    return;
  }
  assert.deepEqual(await compareTrees(source, target), [
    { path: 'f', what: 'xattrs', detail: `, user.note=${Buffer.of(0, 255).toString('base64')}` },
  ]);
  assert.deepEqual(await compareTrees(source, target, { xattrs: false }), []);
});

test('leaves out what it is told to, and ends at its limit', async (t) => {
  const { source, target } = makeTrees(t);
  fs.mkdirSync(join(source, 'cache'));
  for (const name of ['cache/a', 'b', 'c', 'd']) fs.writeFileSync(join(source, name), '');
  const exclude = (path: string): boolean => path === 'cache';
  const options = { exclude, root: false };
  assert.deepEqual(say(await compareTrees(source, target, options)), ['missing: b', 'missing: c', 'missing: d']);
  assert.equal((await compareTrees(source, target, { ...options, limit: 2 })).length, 2);
});
