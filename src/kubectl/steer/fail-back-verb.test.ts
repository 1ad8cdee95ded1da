import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSyncReplica } from '../../api/parse.ts';
import type { SyncReplica } from '../../api/schema/syncreplica.generated.ts';
import { failBackOf } from './fail-back-verb.ts';

const promoted = (claims: readonly string[], spec: object = {}, volumes: object[] = []): SyncReplica =>
  ({
    metadata: { name: 'uploads', namespace: 'shop' },
    spec: {
      source: { persistentVolumeClaim: 'uploads' },
      targets: [{ name: 'dr', managed: { storage: '1Gi' } }],
      maxLag: '5s',
      restore: 'IfEmpty',
      ...spec,
    },
    status: {
      volumes,
      promotions: [
        {
          target: 'dr',
          requestedAt: 'x',
          fencedAt: 'y',
          claims: claims.map((volume, n) => ({ volume, claim: `data-uploads-dr-${n}`, path: 'data' })),
        },
      ],
    },
  }) as never;

test('the other direction is from the claim in use to the old source, in place, with the same behaviour', () => {
  const [back] = failBackOf(promoted(['uploads']), 'dr');
  assert.deepEqual(back, {
    metadata: { name: 'uploads-back', namespace: 'shop', annotations: { 'syncreplica.io/adopt': 'any' } },
    spec: {
      source: { persistentVolumeClaim: 'data-uploads-dr-0', path: 'data' },
      targets: [{ name: 'home', managed: { claimName: 'uploads' } }],
      maxLag: '5s',
    },
  });
  assert.ok(back && parseSyncReplica(back).ok);
});

test('a directory of the source becomes the replica; each claim of a StatefulSet goes back by itself', () => {
  const [part] = failBackOf(
    promoted(['uploads'], { source: { persistentVolumeClaim: 'uploads', path: 'images' } }),
    'dr',
  );
  assert.equal(part?.spec.targets?.[0]?.managed?.path, 'images');
  const source = { podSelector: { matchLabels: { app: 'db' } }, volume: 'data' };
  const several = failBackOf(promoted(['data-db-0', 'data-db-1'], { source }), 'dr');
  assert.deepEqual(
    several.map(({ metadata, spec }) => [metadata.name, spec.targets?.[0]?.managed?.claimName]),
    [
      ['uploads-back-0', 'data-db-0'],
      ['uploads-back-1', 'data-db-1'],
    ],
  );
});

test('what can’t go back is said', () => {
  const replica = promoted(['uploads']);
  assert.throws(() => failBackOf({ ...replica, status: {} }, 'dr'), { code: 'NotPromoted' });
  const source = { podSelector: { matchLabels: { app: 'web' } }, volume: 'cache' };
  const ofPod = promoted(['web-1'], { source }, [{ name: 'web-1', writer: 'web-1' }]);
  assert.throws(() => failBackOf(ofPod, 'dr'), { code: 'NoClaim' });
});
