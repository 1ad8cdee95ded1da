import assert from 'node:assert/strict';
import { test } from 'node:test';
import { receiverPodSecurity } from './receiver-security.ts';

test('where the cluster gives users a receiver names only one that the cluster gave to its source', () => {
  const unknown = receiverPodSecurity({ access: 'SameUser', uid: 65_532, gid: 65_532 }, true);
  assert.ok(!('runAsUser' in unknown) && !('fsGroup' in unknown));
  const known = receiverPodSecurity({ access: 'SameUser', uid: 1_000_650_000, gid: 1_000_650_000 }, true);
  assert.equal('runAsUser' in known && known.runAsUser, 1_000_650_000);
  const fixed = receiverPodSecurity({ access: 'SameUser', uid: 65_532, gid: 65_532 }, false);
  assert.equal('runAsUser' in fixed && fixed.runAsUser, 65_532);
});
