import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type DeletionQuestion, judgeDeletions, type Verdict } from './judge.ts';

const usual: DeletionQuestion = {
  cause: 'found',
  guard: { maxPercent: 50, minFiles: 100 },
  root: 'same',
  sourceReplaced: false,
  sourceEmpty: false,
  count: 100,
  lately: 0,
  whole: 10_000,
  canKeep: true,
  released: 0,
  asked: undefined,
};
const told: Partial<DeletionQuestion> = { cause: 'announced', lately: 100 };

const table: readonly (readonly [name: string, given: Partial<DeletionQuestion>, verdict: string])[] = [
  ['nothing', { count: 0, sourceEmpty: true, sourceReplaced: true }, 'go'],
  ['a pass misses a hundred of ten thousand', {}, 'go'],
  ['half is not more than half', { count: 5_000 }, 'go'],
  ['more than half', { count: 5_001 }, 'hold TooMany'],
  ['more than half of few', { count: 99, whole: 99 }, 'go'],
  ['all of enough', { count: 100, whole: 100 }, 'hold TooMany'],
  ['with one .keep left', { count: 5_000, whole: 5_001 }, 'hold TooMany'],
  ['an empty source, found so', { count: 3, whole: 3, sourceEmpty: true }, 'hold SourceEmpty'],
  ['another root', { count: 1, sourceReplaced: true }, 'hold SourceReplaced'],
  ['another root by now', { count: 1, root: 'replaced' }, 'hold SourceReplaced'],
  ['released', { count: 5_001, released: 5_001 }, 'go'],
  ['more than was released', { count: 5_002, released: 5_001 }, 'hold TooMany'],
  ['released of another root', { count: 5, sourceReplaced: true, released: 5, asked: 'SourceReplaced' }, 'go'],
  [
    'released before the root was another',
    { count: 5, root: 'replaced', released: 5, asked: 'TooMany' },
    'hold SourceReplaced',
  ],
  ['released, but the root is gone', { count: 5, root: 'lost', released: 5 }, 'hold SourceReplaced'],
  ['a person was asked, and nothing was answered', { count: 4_000, asked: 'TooMany' }, 'hold TooMany'],
  ['what was put back', { count: 1, asked: 'Undeleted' }, 'hold Undeleted'],
  ['most of it came back', { count: 99, asked: 'TooMany' }, 'go'],
  ['the empty source was filled again', { count: 99, asked: 'SourceEmpty' }, 'go'],
  ['no guard by share', { count: 10_000, guard: { maxPercent: 100, minFiles: 100 } }, 'go'],
  ['announced: rm -rf of node_modules', { ...told, count: 4_000, lately: 4_000 }, 'go'],
  ['announced: rm -rf of everything', { ...told, count: 6_000, lately: 6_000, sourceEmpty: true }, 'keep'],
  ['announced: the same bit by bit', { ...told, count: 10, lately: 6_000 }, 'keep'],
  ['announced: everything, at a daemon', { ...told, count: 10, lately: 6_000, canKeep: false }, 'hold TooMany'],
  ['announced: a spool that runs empty', { ...told, count: 3, lately: 3, whole: 3, sourceEmpty: true }, 'go'],
  ['announced, but on another root', { ...told, count: 1, root: 'replaced' }, 'hold SourceReplaced'],
  ['announced, nobody has counted the replica', { ...told, count: 100, lately: 100, whole: 0 }, 'keep'],
  ['announced, few, nobody has counted', { ...told, count: 5, lately: 5, whole: 0 }, 'go'],
];

for (const [name, given, verdict] of table) {
  test(`deletions: ${name}: ${verdict}`, () => {
    assert.equal(wordOf(judgeDeletions({ ...usual, ...given })), verdict);
  });
}

const wordOf = (verdict: Verdict): string =>
  verdict.kind === 'hold' ? `${verdict.kind} ${verdict.reason}` : verdict.kind;
