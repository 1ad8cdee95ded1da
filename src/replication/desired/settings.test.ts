import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agentSecretName, settingsKey } from '../../api/names.ts';
import type { ReplicationSettings } from '../../api/settings/replication-settings.ts';
import { look, replicaOf, secretOf, worldOf } from '../decide/observed.fixture.ts';

/** What agents are told by a leader of that epoch, where they were told `present` before. */
const told = (controllerEpoch: number, present?: ReplicationSettings, spec: object = {}): ReplicationSettings => {
  const texts = { [settingsKey('uploads')]: JSON.stringify(present) ?? '' };
  const marks = { annotations: { 'syncreplica.io/volumes': '{"uploads":0}' } };
  const secrets = present ? [secretOf(agentSecretName('uploads', 'uploads'), texts, marks)] : [];
  const world = worldOf({ controllerEpoch, replica: replicaOf(spec), owned: { ...worldOf().owned, secrets } });
  return look(world).settings.get('uploads') ?? assert.fail('no settings');
};

test('another leader leaves what agents are told as it is, and says its epoch with what is new', () => {
  const first = told(5);
  assert.equal(JSON.stringify(told(6, first)), JSON.stringify(first));
  const next = told(6, first, { paused: true });
  assert.equal(next.controllerEpoch, 6);
  assert.ok(next.generation > first.generation);
});
