import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  agentSecretName,
  joinName,
  receiverClaimName,
  receiverHost,
  receiverName,
  receiverSecretName,
  writerSecretName,
} from './names.ts';

test('short names are joined as they are', () => {
  assert.equal(receiverName('uploads', 'dr'), 'uploads-dr');
  assert.equal(receiverClaimName('uploads', 'dr', 2), 'data-uploads-dr-2');
  assert.equal(receiverHost('shop', 'uploads', 'dr', 0), 'uploads-dr-0.uploads-dr-pods.shop.svc');
});

const label = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,60}[a-z0-9])?$/);

test('a joined name is a DNS label of bounded length', () => {
  fc.assert(
    fc.property(fc.array(label, { minLength: 1, maxLength: 4 }), fc.integer({ min: 20, max: 63 }), (parts, limit) => {
      const name = joinName(parts, limit);
      assert.ok(name.length <= limit, name);
      assert.match(name, /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/);
    }),
  );
});

test('long names that differ only past the cut stay apart', () => {
  const long = 'a'.repeat(60);
  assert.notEqual(joinName([long, 'one']), joinName([long, 'two']));
  assert.notEqual(joinName(['a.b']), joinName(['a-b']));
});

test('no two pairs of SyncReplica and target have one name, and a target without a dash keeps a plain one', () => {
  assert.equal(receiverName('my-web', 'dr'), 'my-web-dr');
  const pairs = [
    ['web', 'eu-dr'],
    ['web-eu', 'dr'],
    ['web-eu-dr', 'a'],
    ['web', 'eu-dr-a'],
    ['web-eu', 'dr-a'],
  ] as const;
  for (const nameOf of [receiverName, receiverSecretName, writerSecretName])
    assert.equal(new Set(pairs.map(([replica, target]) => nameOf(replica, target))).size, pairs.length);
  assert.notEqual(agentSecretName('a', 'b-c'), agentSecretName('a-b', 'c'));
  assert.notEqual(agentSecretName('a', 'b'), agentSecretName('a-b'));
});
