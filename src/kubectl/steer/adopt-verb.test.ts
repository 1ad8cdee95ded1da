import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SyncReplica } from '../../api/schema/syncreplica.generated.ts';
import { refusedBy } from './adopt-verb.ts';

const replicaWith = (reason: string, message: string): SyncReplica =>
  ({
    metadata: { name: 'uploads', namespace: 'shop' },
    spec: {},
    status: {
      volumes: [
        { name: 'uploads', replicas: [{ target: 'dr', state: 'Offline', lastError: { reason, message, time: 'x' } }] },
      ],
    },
  }) as never;

const since = '2030-01-01T10:00:00.123Z';
const refusals: readonly (readonly [string, string, string | undefined])[] = [
  [
    'OtherSource',
    `take lease: the volume holds the data of another source (since ${since}) than that of web-1; …`,
    since,
  ],
  [
    'Promoted',
    `write volume: it was promoted at 2029-01-01T10:00:00.000Z by me, …; or adopt what it holds since ${since}`,
    since,
  ],
  ['TargetFull', `no room since ${since}`, undefined],
  ['OtherSource', 'cut', undefined],
];
for (const [reason, message, expected] of refusals) {
  test(`adopts what is held since the time that the refusal tells: ${reason} ${expected ?? 'nothing'}`, () => {
    const [found] = refusedBy(replicaWith(reason, message));
    assert.equal(found?.since, expected);
    if (found) assert.equal(found.where, 'uploads on dr');
  });
}
