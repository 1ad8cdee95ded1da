import assert from 'node:assert/strict';
import { test } from 'node:test';
import { annotations } from '../../api/names.ts';
import { claimOf, look, managed, podOf, replicaOf, setOf, wellWorld, worldOf } from './observed.fixture.ts';

const owner = { [annotations.replicaOwner]: '1000:1000' };
const ofTarget = (noted: Record<string, string> = owner) =>
  claimOf('data-uploads-dr-0', {
    metadata: { name: 'data-uploads-dr-0', namespace: 'shop', annotations: noted },
    status: { phase: 'Bound' },
  });
const runsAs = (uid: number) =>
  setOf('dr', 1, { template: { spec: { securityContext: { runAsUser: uid, runAsGroup: uid } } } } as never);

test('a larger storage grows the claims that are there; a smaller one does nothing', () => {
  const claims = [claimOf('uploads'), ofTarget()];
  const owned = { ...wellWorld().owned, statefulSets: [runsAs(1_000)] };
  const growth = (storage: string) =>
    look(wellWorld({ replica: replicaOf({ targets: [managed('dr', { storage })] }), claims, owned })).patchClaims;
  const patch = { spec: { resources: { requests: { storage: '2Gi' } } } };
  assert.deepEqual(growth('2Gi'), [{ claim: 'data-uploads-dr-0', patch }]);
  assert.deepEqual(growth('1024Mi'), []);
  assert.deepEqual(growth('500Mi'), []);
});

test('as whom receivers run is noted on their claim once that is settled, and once only', () => {
  const owned = { ...worldOf().owned, statefulSets: [runsAs(1_000)] };
  const notes = (more: Parameters<typeof worldOf>[0]) => look(worldOf({ owned, ...more })).patchClaims;
  const pods = [podOf('web-a', 'uploads', { uid: 1_000 })];
  const patch = { metadata: { annotations: owner } };
  assert.deepEqual(notes({ pods, claims: [claimOf('uploads'), ofTarget({})] }), [
    { claim: 'data-uploads-dr-0', patch },
  ]);
  assert.deepEqual(notes({ pods, claims: [claimOf('uploads'), ofTarget()] }), []);
  const guessed = { ...owned, statefulSets: [runsAs(65_532)] };
  assert.deepEqual(notes({ pods: [], owned: guessed, claims: [claimOf('uploads'), ofTarget({})] }), [], 'a guess');
});
