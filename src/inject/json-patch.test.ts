import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { applyPatch, makePatch } from './json-patch.ts';

const json = fc.jsonValue({ maxDepth: 4 });

test('applying the patch of two documents to the first gives the second', () => {
  fc.assert(
    fc.property(json, json, (before, after) => {
      assert.deepEqual(applyPatch(before, makePatch(before, after)), after);
    }),
    { numRuns: 500 },
  );
});

test('a document that stays as it is needs no patch', () => {
  fc.assert(fc.property(json, (value) => assert.deepEqual(makePatch(value, structuredClone(value)), [])));
});

test('a missing parent is added whole, and keys are escaped', () => {
  const after = { metadata: { labels: { 'syncreplica.io/injected': 'true', 'a~b': 'c' } } };
  assert.deepEqual(makePatch({ metadata: {} }, after), [
    { op: 'add', path: '/metadata/labels', value: after.metadata.labels },
  ]);
  assert.deepEqual(makePatch({ metadata: { labels: {} } }, after), [
    { op: 'add', path: '/metadata/labels/syncreplica.io~1injected', value: 'true' },
    { op: 'add', path: '/metadata/labels/a~0b', value: 'c' },
  ]);
});

test('an operation without its parent is refused instead of being sent to an apiserver', () => {
  const add = [{ op: 'add', path: '/metadata/labels/x', value: 'y' }] as const;
  assert.throws(() => applyPatch({ metadata: {} }, add), { code: 'PatchFailed', message: /parent is missing/ });
  assert.throws(() => applyPatch({}, [{ op: 'remove', path: '/spec' }]), { code: 'PatchFailed' });
});

test('the document that is patched is not changed', () => {
  const document = { spec: { volumes: [1] } };
  applyPatch(document, [{ op: 'replace', path: '/spec/volumes', value: [1, 2] }]);
  assert.deepEqual(document, { spec: { volumes: [1] } });
});
