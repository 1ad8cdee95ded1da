import assert from 'node:assert/strict';
import { test } from 'node:test';
import { filesIn, missingContext, wholePass } from '../pass/testing/missing-context.ts';
import { runProvenPass } from './proven-pass.ts';

const gone = filesIn('d/', 200);

/** What a restart makes of 200 names that went in one directory while no agent ran, where its source has `entries`. */
const restart = async (
  entries: number,
  { extra = [], isEmpty = false }: { readonly extra?: readonly string[]; readonly isEmpty?: boolean } = {},
): Promise<unknown[]> => {
  const { context, told } = missingContext({ missing: gone, source: { isEmpty: () => isEmpty } });
  const named = { content: [], attributes: [], subtrees: [], extra, extraEntries: extra.length };
  const outcome = await runProvenPass({
    request: { ...wholePass, reason: 'start', mayBeProven: true },
    context,
    findings: { content: [], named: [], met: new Set(), subtrees: extra.length > 0 ? [] : ['d'], entries },
    compareNamed: async () => named,
  });
  return outcome === undefined ? [...told, 'all is compared'] : told;
};

test('what went in a directory while no agent ran is judged by its share of the whole after a restart that compares but what changed', async () => {
  assert.deepEqual(await restart(1_000), [200]);
  assert.deepEqual(await restart(150), ['TooMany 200']);
});

test('what a restart misses by name is deleted at once only where nobody would have it held; else all is compared', async () => {
  assert.deepEqual(await restart(1_000, { extra: gone }), [200]);
  assert.deepEqual(await restart(150, { extra: gone }), ['all is compared']);
  assert.deepEqual(await restart(1_000, { extra: gone.slice(0, 1), isEmpty: true }), ['all is compared']);
});
