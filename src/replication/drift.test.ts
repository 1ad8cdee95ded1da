import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../cluster/objects.ts';
import { hashOf, isApplied, withHash } from './drift.ts';

const object = (spec: object): KubeObject => ({ metadata: { name: 'x', labels: { a: '1' } }, spec }) as KubeObject;
const present = (desired: KubeObject, change: object = {}): KubeObject =>
  ({
    ...desired,
    metadata: { ...desired.metadata, resourceVersion: '9' },
    status: { ready: 1 },
    ...change,
  }) as KubeObject;

test('an object that says all that is wanted, and more, needs no apply', () => {
  const desired = withHash(object({ ports: [{ port: 1 }], egress: [], selector: {} }));
  const full = { ports: [{ port: 1, protocol: 'TCP' }], type: 'ClusterIP' };
  assert.equal(isApplied(desired, undefined), false);
  assert.equal(isApplied(desired, present(desired, { spec: full })), true, 'defaults added, what is empty left out');
  assert.equal(isApplied(desired, present(desired, { spec: { ports: [] } })), false);
  assert.equal(isApplied(desired, present(desired, { spec: { ports: [{ port: 2 }] } })), false, 'somebody changed it');
  assert.equal(
    isApplied(desired, present(desired, { metadata: { name: 'x', annotations: desired.metadata?.annotations } })),
    false,
    'a label is gone',
  );
});

test('what is no longer asked for is noticed by the hash', () => {
  const before = withHash(object({ nodeSelector: { a: 'b' }, x: 1 }));
  const after = withHash(object({ x: 1 }));
  assert.notEqual(hashOf(before), hashOf(after));
  assert.equal(isApplied(after, present(before)), false);
  assert.equal(
    hashOf(withHash(object({ a: 1, b: 2 }))),
    hashOf(withHash(object({ b: 2, a: 1 }))),
    'order says nothing',
  );
});

test('a value that the server writes in another way is not applied for ever', () => {
  const desired = withHash(object({ storage: '1024Mi' }));
  const stored = present(desired, { spec: { storage: '1Gi' } });
  assert.equal(isApplied(desired, stored), false);
  const last = { hash: hashOf(desired), resourceVersion: '9' };
  assert.equal(isApplied(desired, stored, last), true);
  assert.equal(isApplied(desired, stored, { ...last, resourceVersion: '8' }), false, 'changed since');
});
