import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SyncReplica } from '../../api/schema/syncreplica.generated.ts';
import { findPast } from './find-past.ts';

const history = { keep: '1h' };
const replicaOf = (targets: readonly object[], volumes: readonly object[] = []): SyncReplica =>
  ({ metadata: { name: 'uploads' }, spec: { targets }, status: { volumes } }) as never;
const both = [
  { name: 'dr', history },
  { name: 'far', history },
];
const web = [
  { name: 'data-web-0', ordinal: 0 },
  { name: 'data-web-3', ordinal: 3 },
];

const rows: readonly (readonly [string, SyncReplica, object, object | RegExp])[] = [
  ['the only target', replicaOf([{ name: 'plain' }, { name: 'dr', history }]), {}, { target: 'dr', ordinal: 0 }],
  ['one of two', replicaOf(both), { target: 'far' }, { target: 'far', ordinal: 0 }],
  ['which of two', replicaOf(both), {}, /say which target by --target: dr, far/],
  ['none has a history', replicaOf([{ name: 'plain' }]), {}, /uploads: it keeps no history/],
  ['that one has none', replicaOf([{ name: 'plain' }, ...both]), { target: 'plain' }, /plain: it keeps no history/],
  ['one of two volumes', replicaOf(both.slice(1), web), { volume: 'data-web-3' }, { target: 'far', ordinal: 3 }],
  ['which of two volumes', replicaOf(both.slice(1), web), {}, /by --volume: data-web-0, data-web-3/],
  ['no such volume', replicaOf(both.slice(1), web), { volume: 'x' }, /no such source volume/],
];

for (const [name, replica, choice, expected] of rows) {
  test(`whose past is meant: ${name}`, () => {
    if (expected instanceof RegExp) assert.throws(() => findPast(replica, choice), expected);
    else assert.deepEqual(findPast(replica, choice), expected);
  });
}
