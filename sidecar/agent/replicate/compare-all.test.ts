import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareOpened, compareReplaced, noteClosed } from './compare-all.ts';

/** What two replicators are told. */
function told(tell: (all: Parameters<typeof compareOpened>[0]) => void): string[] {
  const said: string[] = [];
  const replicator = {
    sourceChanged: () => said.push('end runs'),
    requestPass: (reason: string, subtrees: readonly string[], extra?: object) =>
      said.push(`compare ${subtrees.length === 0 ? 'all' : subtrees}: ${reason} ${JSON.stringify(extra)}`),
  };
  tell([replicator]);
  return said;
}

test('the first comparison ends nothing, and may be proven needless', () => {
  assert.deepEqual(
    told((all) => compareOpened(all, { again: false, replaced: false })),
    ['compare all: start {"mayBeProven":true}'],
  );
});

test('a watch that was lost and is open again ends the runs that may stand in another directory, and compares all', () => {
  assert.deepEqual(
    told((all) => compareOpened(all, { again: true, replaced: false })),
    ['end runs', 'compare all: root-replaced {"mayBeProven":false}'],
  );
});

test('another root ends the runs before it is the source, and those that began on it since are left alone', () => {
  assert.deepEqual(told(compareReplaced), ['end runs', 'compare all: root-replaced {"sourceReplaced":true}']);
  assert.deepEqual(
    told((all) => compareOpened(all, { again: true, replaced: true })),
    ['compare all: root-replaced {"mayBeProven":false}'],
  );
});

test('a watch that is closed has no more covered by any target than was by then', () => {
  const told: number[] = [];
  noteClosed([1, 2].map((which) => ({ sourceLost: () => void told.push(which) })));
  assert.deepEqual(told, [1, 2]);
});
