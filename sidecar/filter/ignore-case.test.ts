import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { ignoreCase } from '../../src/api/units/ignore-case.ts';
import { compileFilter, toRsyncArgs } from './filter.ts';

const rows: readonly [pattern: string, expected: string][] = [
  ['*.jpg', '*.[jJ][pP][gG]'],
  ['/Cache/', '/[Cc][aA][cC][hH][eE]/'],
  ['[a-c]x', '[a-cA-C][xX]'],
  ['[!aB]*', '[!aBAb]*'],
  ['[]x]', '[]xX]'],
  ['[[:upper:]1]', '[[:alpha:]1]'],
  ['\\a*\\*', '[aA]*\\*'],
  ['a\\b', '[aA]\\\\[bB]'],
  ['12\\3', '12\\3'],
  ['[abc', '[abc'],
  ['é*', 'é*'],
];
test('a pattern for either case', () => {
  for (const [pattern, expected] of rows) assert.equal(ignoreCase(pattern), expected);
});

test('it matches a name as the pattern in small letters matches the name in small letters', () => {
  const piece = fc.constantFrom('a', 'B', 'c', '*', '?', '**', '/', '[ab]', '[!b-c]', '.', '1', '[A-C]');
  const name = fc.stringMatching(/^[aAbBcC1.]{1,4}(\/[aAbBcC1.]{1,4}){0,2}$/);
  fc.assert(
    fc.property(fc.array(piece, { minLength: 1, maxLength: 5 }), name, fc.boolean(), (pieces, path, isDirectory) => {
      const pattern = pieces.join('');
      const either = compileFilter({ exclude: [ignoreCase(pattern)], include: [] });
      const small = compileFilter({ exclude: [pattern.toLowerCase()], include: [] });
      assert.equal(either.excludes(path, isDirectory), small.excludes(path.toLowerCase(), isDirectory), pattern);
    }),
    { numRuns: 3_000 },
  );
});

test('rsync itself takes it so', () => {
  const folder = mkdtempSync(join(tmpdir(), 'case-'));
  try {
    execFileSync('mkdir', ['-p', join(folder, 'source/CACHE'), join(folder, 'target')]);
    for (const name of ['a.JPG', 'b.jpg', 'c.Jpg', 'd.txt', 'CACHE/x']) writeFileSync(join(folder, 'source', name), '');
    const filter = { exclude: ['*.jpg', '/cache/'].map(ignoreCase), include: ['B.JPG'].map(ignoreCase) };
    execFileSync('rsync', ['-a', ...toRsyncArgs(filter), `${folder}/source/`, `${folder}/target/`]);
    assert.deepEqual(readdirSync(join(folder, 'target')).sort(), ['b.jpg', 'd.txt']);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
