import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { joinName, receiverClaimName, receiverHost, receiverName } from './names.ts';

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
