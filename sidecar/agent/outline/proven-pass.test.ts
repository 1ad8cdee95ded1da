import assert from 'node:assert/strict';
import { test } from 'node:test';
import { filesIn, missingContext, wholePass } from '../pass/testing/missing-context.ts';
import { runProvenPass } from './proven-pass.ts';

/** What a restart makes of 200 names that went in one directory while no agent ran, where its source has `entries`. */
const restart = async (entries: number): Promise<unknown[]> => {
  const { context, told } = missingContext({ missing: filesIn('d/', 200) });
  const named = { content: [], attributes: [], subtrees: [], extra: [], extraEntries: 0 };
  await runProvenPass({
    request: { ...wholePass, reason: 'start', mayBeProven: true },
    context,
    findings: { content: [], named: [], met: new Set(), subtrees: ['d'], entries },
    compareNamed: async () => named,
  });
  return told;
};

test('what went in a directory while no agent ran is judged by its share of the whole after a restart that compares but what changed', async () => {
  assert.deepEqual(await restart(1_000), [200]);
  assert.deepEqual(await restart(150), ['TooMany 200']);
});
