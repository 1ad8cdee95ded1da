import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agentSecretName, settingsKey } from '../../api/names.ts';
import type { ReplicationSettings } from '../../api/settings/replication-settings.ts';
import { agentOf, claimOf, look, now, replicaOf, reportOf, secretOf, worldOf } from './observed.fixture.ts';

const plain = {
  name: 'nas',
  external: { address: 'nas.example.com', module: 'm', tls: 'None', allowPlaintext: true },
};
const spec = { restore: 'IfEmpty', targets: [plain] };

/** What agents are told, where they have been told `present` before, and where one says this of the first comparison. */
const told = (
  present: ReplicationSettings | undefined,
  initialPassDone: boolean | undefined,
  more: { status?: object; claim?: string; spec?: object } = {},
): ReplicationSettings => {
  const texts = { [settingsKey('uploads')]: JSON.stringify(present ?? {}) };
  const marks = { annotations: { 'syncreplica.io/volumes': '{"uploads":0}' } };
  const secret = secretOf(agentSecretName('uploads', 'uploads'), texts, marks);
  const report = reportOf('nas', { initialPassDone, lastFullPassAt: null } as never);
  const world = worldOf({
    replica: replicaOf({ ...spec, ...more.spec }, {}, more.status as never),
    claims: [{ ...claimOf('uploads'), metadata: { ...claimOf('uploads').metadata, uid: more.claim ?? 'first' } }],
    owned: { ...worldOf().owned, secrets: present ? [secret] : [] },
    agents:
      initialPassDone === undefined
        ? new Map()
        : new Map([['web-a', { at: now.monotonicMs, status: agentOf([report]) }]]),
  });
  return look(world).settings.get('uploads') ?? assert.fail('no settings');
};

test('a plain daemon is known to hold a source’s data once an agent compared both, and for that claim alone', () => {
  const first = told(undefined, undefined);
  assert.deepEqual(first.begun, []);
  assert.deepEqual(told(first, false).begun, []);
  const begun = told(first, true);
  assert.deepEqual(begun.begun, ['nas']);
  assert.deepEqual(told(begun, undefined).begun, ['nas'], 'also while no agent says anything');
  assert.deepEqual(told(begun, undefined, { claim: 'second' }).begun, [], 'a new claim is another source');
});

test('what an earlier operator has begun is known by its status', () => {
  const { begun: _, ...older } = told(undefined, undefined);
  const row = { target: 'nas', state: 'Online', lastFullPassTime: '2029-12-31T00:00:00Z' };
  const status = { volumes: [{ name: 'uploads', ordinal: 0, replicas: [row] }] };
  assert.deepEqual(told(older as ReplicationSettings, undefined, { status }).begun, ['nas']);
  assert.deepEqual(told(older as ReplicationSettings, undefined, { status, claim: 'second' }).begun, []);
});

test('it is told only where it decides something', () => {
  assert.equal(told(undefined, true, { spec: { restore: 'Never' } }).begun, undefined);
});
