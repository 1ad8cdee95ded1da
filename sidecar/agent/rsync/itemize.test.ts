import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { testSettings } from '../testing/agent-fixture.ts';
import { rsyncFlags } from './flags.ts';
import { type Difference, escapeName, parseItem, parseSkipped, unescapeName } from './itemize.ts';

test('reads the lines of a dry run', () => {
  const table: readonly (readonly [line: string, difference: Difference | undefined])[] = [
    ['<f+++++++++ 7 a', { kind: 'content', path: 'a', isDirectory: false, size: 7, isNew: true }],
    ['<f.st...... 7 a b', { kind: 'content', path: 'a b', isDirectory: false, size: 7, isNew: false }],
    ['.f...p..... 7 a', { kind: 'attributes', path: 'a', isDirectory: false }],
    ['.f..t...... 7 a', { kind: 'attributes', path: 'a', isDirectory: false }],
    ['.d..t...... 4096 d/', { kind: 'attributes', path: 'd', isDirectory: true }],
    ['.d..t...... 4096 ./', { kind: 'attributes', path: '', isDirectory: true }],
    ['cd+++++++++ 4096 d/', { kind: 'content', path: 'd', isDirectory: true, size: 0, isNew: true }],
    ['cL+++++++++ 3 l', { kind: 'content', path: 'l', isDirectory: false, size: 3, isNew: true }],
    ['hf+++++++++ 3 l', { kind: 'content', path: 'l', isDirectory: false, size: 3, isNew: true }],
    ['*deleting   4096 gone/', { kind: 'delete', path: 'gone', isDirectory: true }],
    ['*deleting   0 gone/a\\#012b', { kind: 'delete', path: 'gone/a\nb', isDirectory: false }],
    ['*deleting   0  leading', { kind: 'delete', path: ' leading', isDirectory: false }],
    ['', undefined],
    ['Number of files: 3', undefined],
    ['cannot delete non-empty directory: d', undefined],
    ['total size is 4  speedup is 1.00 (DRY RUN)', undefined],
  ];
  for (const [line, difference] of table) assert.deepEqual(parseItem(line), difference, line);
});

test('reads what is left out', () => {
  assert.deepEqual(parseSkipped('skipping non-regular file "a \\#012b"'), { path: 'a \nb', why: 'special-file' });
  assert.deepEqual(parseSkipped('a \\#012b is over max-size'), { path: 'a \nb', why: 'too-large' });
  assert.equal(parseSkipped('<f+++++++++ 7 a'), undefined);
});

test('names survive being written as rsync does', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 20 }), (bytes) => {
      const name = Buffer.from(bytes).toString('latin1');
      assert.equal(unescapeName(escapeName(name)), name);
      assert.match(escapeName(name), /^[\x20-\x7e]*$/);
    }),
  );
});

const names = [
  'a\nb',
  ' lead',
  'trail ',
  '\\#012',
  'back\\slash',
  '\\',
  '#c',
  '"q"',
  '\x01\x7f',
  '\xe9\xff',
  'x -> y',
  '*deleting 1 z',
];

test('reads every name that a real rsync prints', () => {
  const base = mkdtempSync(join(tmpdir(), 'itemize-'));
  try {
    const [source, target] = [join(base, 'source'), join(base, 'target')];
    for (const root of [source, target]) mkdirSync(root);
    const at = (root: string, name: string): Buffer => Buffer.from(`${root}/${name}`, 'latin1');
    for (const name of names) {
      writeFileSync(at(source, `f${name}`), 'x');
      mkdirSync(at(source, `d${name}`));
      symlinkSync(at('', name), at(source, `l${name}`));
      writeFileSync(at(source, `same${name}`), 'x');
      writeFileSync(at(target, `same${name}`), 'y');
      for (const root of [source, target]) utimesSync(at(root, `same${name}`), 1, 1);
      mkdirSync(at(target, `g${name}`));
      writeFileSync(at(target, `g${name}/in`), 'x');
    }
    const fifos = names.map((name) => at(source, `p${name}\0`));
    execFileSync('xargs', ['-0', 'mkfifo'], { input: Buffer.concat(fifos) });
    const flags = rsyncFlags('compare', { sync: testSettings.sync, filterArgs: [], targetArgs: [] });
    const output = execFileSync('rsync', [...flags, `${source}/`, `${target}/`], { input: '.\0' }).toString('latin1');
    const lines = output.split('\n');
    const found = lines.map(parseItem).filter((difference) => difference !== undefined);
    const of = (kind: Difference['kind'], letter: string): string[] =>
      found
        .filter((d) => d.kind === kind && d.path.startsWith(letter))
        .map(({ path }) => path.slice(1))
        .sort();
    const sorted = [...names].sort();
    for (const letter of ['f', 'd', 'l']) assert.deepEqual(of('content', letter), sorted, letter);
    assert.deepEqual(
      of('delete', 'g').filter((path) => !path.endsWith('/in')),
      sorted,
    );
    assert.deepEqual(of('delete', 'g').length, names.length * 2);
    assert.equal(found.filter(({ path }) => path.startsWith('same')).length, 0);
    const skipped = lines.flatMap((line) => parseSkipped(line)?.path ?? []);
    assert.deepEqual(skipped.map((path) => path.slice(1)).sort(), sorted);
  } finally {
    rmSync(base, { recursive: true });
  }
});
