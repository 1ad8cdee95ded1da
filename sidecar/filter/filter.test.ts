import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import type { FilterSettings } from '../../src/api/settings/replication-settings.ts';
import { compileFilter, toRsyncArgs } from './filter.ts';

const scratch = mkdtempSync(join(tmpdir(), 'filter-'));
after(() => rmSync(scratch, { recursive: true, force: true }));

/** A tree is a list of paths; one that ends in `/` is a directory. Kept small in letters, so that patterns hit. */
const buildTree = (paths: readonly string[]): { root: string; entries: ReadonlyMap<string, boolean> } => {
  const root = mkdtempSync(join(scratch, 'tree-'));
  const entries = new Map<string, boolean>();
  const at = (path: string) => Buffer.concat([Buffer.from(`${root}/`), Buffer.from(path, 'latin1')]);
  for (const path of paths) {
    const names = path.split('/').filter((name) => name !== '');
    const isDirectory = path.endsWith('/');
    const directories = isDirectory ? names.length : names.length - 1;
    for (let depth = 1; depth <= directories; depth++) {
      const directory = names.slice(0, depth).join('/');
      if (entries.get(directory) === false) break;
      if (!entries.has(directory)) mkdirSync(at(directory));
      entries.set(directory, true);
    }
    const file = names.join('/');
    if (isDirectory || entries.has(file)) continue;
    if (names.slice(0, -1).some((_, depth) => entries.get(names.slice(0, depth + 1).join('/')) === false)) continue;
    writeFileSync(at(file), '');
    entries.set(file, false);
  }
  return { root, entries };
};

const listByRsync = (root: string, settings: FilterSettings): string[] =>
  execFileSync('rsync', ['-rn8', '--out-format=%n', ...toRsyncArgs(settings), `${root}/`, join(scratch, 'nowhere/')], {
    encoding: 'latin1',
    env: { PATH: process.env.PATH, LC_ALL: 'C' },
  })
    .split('\n')
    .filter((line) => line !== '' && line !== './')
    .map((line) => line.replace(/\\#([0-7]{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8))))
    .map((line) => (line.endsWith('/') ? line.slice(0, -1) : line))
    .filter((line) => !line.startsWith('created directory'))
    .sort();

const listByUs = (entries: ReadonlyMap<string, boolean>, settings: FilterSettings): string[] => {
  const filter = compileFilter(settings);
  return [...entries]
    .filter(([path, isDirectory]) => !filter.excludes(path, isDirectory))
    .map(([path]) => path)
    .sort();
};

const name = fc.oneof(
  fc.constantFrom(
    'a',
    'b',
    'ab',
    'abc',
    '.git',
    'x.tmp',
    'lost+found',
    'a b',
    '-a',
    '[a]',
    'a*',
    'a?',
    '\\a',
    ' a',
    'B1',
    '!',
  ),
  fc.stringMatching(/^[ab.\]\\*^-]{1,3}$/).filter((text) => text !== '.' && text !== '..'),
  fc.constantFrom('\xff', '\xc3\xa9', '\x80b'),
);
const path = fc
  .tuple(fc.array(name, { minLength: 1, maxLength: 4 }), fc.boolean())
  .map(([names, directory]) => names.join('/') + (directory ? '/' : ''));
const piece = fc.oneof(
  fc.constantFrom(
    '*',
    '**',
    '***',
    '?',
    '/',
    '/',
    'a',
    'b',
    'ab',
    '.tmp',
    '[ab]',
    '[!a]',
    '[^a-b]',
    '[[:alpha:]]',
    '[[:space:]a]',
  ),
  fc.constantFrom(
    '[[:digit:]',
    '[a',
    '[]a]',
    '[a-]',
    '[\\]]',
    '\\*',
    '\\',
    '\\a',
    '[[:nope:]]',
    '[[:punct:]]',
    '[!]a]',
    '[',
    'é',
    '[[a]',
    ' ',
  ),
);
const pattern = fc.oneof(
  { weight: 4, arbitrary: fc.array(piece, { minLength: 1, maxLength: 5 }).map((pieces) => pieces.join('')) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      '*',
      '*/',
      '/a/',
      'a/b',
      '/a/**',
      'a/***',
      '**/b',
      '*.tmp',
      '/*',
      'a/*/b',
      '!',
      '- a',
      '+ a',
      '#a',
      '**',
      '/lost+found/',
    ),
  },
);

test('excludes what real rsync excludes, on generated trees and patterns', () => {
  fc.assert(
    fc.property(
      fc.array(path, { minLength: 4, maxLength: 25 }),
      fc.array(pattern, { maxLength: 4 }),
      fc.array(pattern, { minLength: 0, maxLength: 4 }),
      (paths, include, exclude) => {
        const { root, entries } = buildTree(paths);
        const settings = { include, exclude };
        assert.deepEqual(listByUs(entries, settings), listByRsync(root, settings));
        rmSync(root, { recursive: true, force: true });
      },
    ),
    { numRuns: 150 },
  );
});

const rows: readonly [string, FilterSettings, string, boolean, boolean][] = [
  ['a name anywhere', { exclude: ['*.tmp'], include: [] }, 'a/b/x.tmp', false, true],
  ['an anchored directory', { exclude: ['/cache/'], include: [] }, 'cache', true, true],
  ['below an excluded directory', { exclude: ['/cache/'], include: [] }, 'cache/deep/file', false, true],
  ['a file of that name is no directory', { exclude: ['/cache/'], include: [] }, 'cache', false, false],
  ['the same name elsewhere', { exclude: ['/cache/'], include: [] }, 'a/cache', true, false],
  ['an include wins', { exclude: ['*.tmp'], include: ['keep.tmp'] }, 'a/keep.tmp', false, false],
  [
    'an include does not reach below an excluded directory',
    { exclude: ['a/'], include: ['keep'] },
    'a/keep',
    false,
    true,
  ],
  ['lost+found at the root', { exclude: [], include: ['lost+found'] }, 'lost+found/#1', false, true],
  ['lost+found below', { exclude: [], include: [] }, 'a/lost+found', true, false],
  ['a file called lost+found', { exclude: [], include: [] }, 'lost+found', false, false],
  ['a name that begins so', { exclude: [], include: [] }, 'lost+found2', true, false],
  ['the root', { exclude: ['*'], include: [] }, '', true, false],
];
for (const [what, settings, at, isDirectory, verdict] of rows) {
  test(`${what}: ${at === '' ? 'the root' : at} is ${verdict ? 'excluded' : 'content'}`, () => {
    assert.equal(compileFilter(settings).excludes(at, isDirectory), verdict);
  });
}

test('only a pattern that looks at more than a name depends on the location', () => {
  assert.equal(compileFilter({ exclude: ['*.tmp', 'cache/'], include: [] }).dependsOnLocation, false);
  assert.equal(compileFilter({ exclude: ['*.tmp', '/cache/'], include: [] }).dependsOnLocation, true);
  assert.equal(compileFilter({ exclude: ['a**'], include: [] }).dependsOnLocation, true);
});

test('judges a path deeper than the stack', () => {
  const deep = Array.from({ length: 30_000 }, () => 'd').join('/');
  assert.equal(compileFilter({ exclude: ['/e'], include: [] }).excludes(deep, true), false);
});
