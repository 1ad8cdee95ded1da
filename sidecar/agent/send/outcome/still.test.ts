import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Look } from '../../source/source-view.ts';
import { isStill } from './still.ts';

const before = {
  kind: 'file',
  size: 7,
  allocated: 4_096,
  links: 1,
  inode: '1:2',
  modifiedAt: 1_000,
  changedAt: 1_000,
} as const;
const lookedAt = 60_000;

const table: readonly [string, Look, boolean][] = [
  ['nothing happened', before, true],
  ['it got another name', { ...before, links: 2 }, true],
  ['it was rewritten under its size and time', { ...before, changedAt: 59_000 }, false],
  ['it has another time', { ...before, modifiedAt: 2_000 }, false],
  ['it grew', { ...before, size: 8 }, false],
  ['another file has its name', { ...before, inode: '1:3' }, false],
  ['a symlink has its name', { kind: 'symlink', links: 1, inode: '1:2' }, false],
  ['it went', { kind: 'gone' }, false],
  ['it can not be reached', { kind: 'unreachable', why: 'failed' }, false],
];

for (const [what, after, expected] of table)
  test(`a file that was sent while ${what} is ${expected ? 'what it was' : 'in doubt'}`, () => {
    assert.equal(isStill(before, after, lookedAt, 20), expected);
  });

for (const [ageMs, tickMs, expected] of [
  [20, 20, false],
  [21, 20, true],
  [0, 20, false],
  [-20, 20, false],
  [-3_600_000, 20, true],
  [0, 0, true],
] as const)
  test(`a file that was changed ${ageMs} ms before it was looked at, where a tick is ${tickMs} ms, is ${expected ? 'what it was' : 'in doubt'}`, () => {
    assert.equal(isStill(before, before, before.changedAt + ageMs, tickMs), expected);
  });
