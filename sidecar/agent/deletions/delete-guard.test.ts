import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type DeleteQuestion, judgeDeletes } from './delete-guard.ts';

const usual: DeleteQuestion = {
  guard: { maxPercent: 50, minFiles: 100 },
  deletions: 10,
  targetEntries: 1_000,
  sourceEmpty: false,
  sourceReplaced: false,
  released: 0,
};

test('deletions go, or are held with a reason', () => {
  const table: readonly (readonly [what: string, change: Partial<DeleteQuestion>, verdict: string])[] = [
    ['nothing to delete', { deletions: 0, sourceEmpty: true }, 'go'],
    ['few', {}, 'go'],
    ['many of few', { deletions: 99, targetEntries: 99 }, 'go'],
    ['just half', { deletions: 500 }, 'go'],
    ['more than half', { deletions: 501 }, 'TooMany'],
    ['the source is empty', { deletions: 1, sourceEmpty: true }, 'SourceEmpty'],
    ['the source is another', { deletions: 1, sourceReplaced: true }, 'SourceReplaced'],
    ['released', { deletions: 900, released: 900 }, 'go'],
    ['more than were released', { deletions: 901, released: 900 }, 'TooMany'],
    ['released, of an empty source', { deletions: 5, released: 5, sourceEmpty: true }, 'go'],
    ['more than released, of an empty source', { deletions: 6, released: 5, sourceEmpty: true }, 'SourceEmpty'],
    ['a guard that lets all through', { deletions: 1_000, guard: { maxPercent: 100, minFiles: 1 } }, 'go'],
    ['a guard that lets none through', { deletions: 1, guard: { maxPercent: 0, minFiles: 1 } }, 'TooMany'],
  ];
  for (const [what, change, expected] of table) {
    const verdict = judgeDeletes({ ...usual, ...change });
    assert.equal(verdict.kind === 'go' ? 'go' : verdict.reason, expected, what);
  }
});
