import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeOutcome, describeProgress, type VerifiedReplica } from './describe-verification.ts';

const known: VerifiedReplica = {
  name: 'uploads → dr',
  progress: { entriesDone: 1_200, entriesTotal: 90_000, bytesDone: 3 * 1024 * 1024 },
  answered: 'now',
  entries: 90_000,
  differences: 0,
  found: 2,
  repaired: 2,
  samples: [],
  trouble: undefined,
  held: 0,
};

test('how far it is, as far as it is known', () => {
  assert.equal(describeProgress(known), 'uploads → dr: 1,200 of 90,000 entries, 3.0 MiB');
  assert.equal(describeProgress({ ...known, progress: undefined }), 'uploads → dr: not begun');
});

test('what came out of it is told beside what was known before', () => {
  const outcome = (after: Partial<VerifiedReplica>) => describeOutcome(known, { ...known, ...after });
  assert.deepEqual(outcome({}), { lines: ['uploads → dr: 90,000 entries compared, nothing differs'], isClean: true });
  assert.deepEqual(outcome({ found: 5, repaired: 5 }), {
    lines: ['uploads → dr: 90,000 entries compared, 3 found to differ, 3 mended, nothing differs now'],
    isClean: false,
  });
  assert.deepEqual(outcome({ found: 3, differences: 1, samples: ['a/b (content)'] }).lines, [
    'uploads → dr: 90,000 entries compared, 1 found to differ, 0 mended, 1 differ now',
    '  a/b (content)',
  ]);
  // Those that were known before and are still there.
  assert.equal(outcome({ differences: 2 }).isClean, false);
  assert.equal(outcome({ trouble: 'too old' }).isClean, false);
  // What only the target has while deletions are held.
  assert.deepEqual(outcome({ held: 1_200 }), {
    lines: [
      'uploads → dr: 90,000 entries compared, nothing else differs',
      '  1,200 deletions are held: so much more is on the target',
    ],
    isClean: false,
  });
  assert.equal(outcome({ found: 3, repaired: 3, held: 1 }).lines.length, 2);
  // An agent that was started anew counts anew.
  assert.equal(outcome({ found: 0, repaired: 0 }).isClean, true);
});
