import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createSharing } from './share.ts';

const podOf = (name: string) => ({
  metadata: { name, labels: { app: 'web' } },
  spec: { containers: [{ name: 'web', volumeMounts: [{ name: 'data', mountPath: '/data' }] }] },
});

test('what two objects have alike is one object, whatever came between', () => {
  const share = createSharing();
  const first = share(podOf('web-0'));
  for (let number = 0; number < 50_000; number++) {
    share({ metadata: { name: `other-${number}` } });
    if (number % 1_000 === 0) share(podOf('web-1'));
  }
  const last = share(podOf('web-2'));
  assert.equal(last.spec, first.spec);
  assert.equal(last.metadata.labels, first.metadata.labels);
  assert.notEqual(last.metadata, first.metadata);
});

test('what it gives says what it was given', () => {
  const share = createSharing();
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const given = JSON.parse(JSON.stringify(value));
      assert.deepEqual(share(given), given);
    }),
  );
});
