import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { agentSecretName } from '../../src/api/names.ts';
import { isApiServerBuilt } from '../cluster/apiserver.ts';
import { type ControlPlane, type OperatorProcess, operatorNamespace, startControlPlane } from './control-plane.ts';

const skip = isApiServerBuilt(process.env) ? false : 'the programs of an apiserver are not in the cache';
const namespace = 'shop';
const secretName = agentSecretName('uploads', 'uploads');

describe('two operators of which one leads', { skip }, () => {
  let plane: ControlPlane;
  let first: OperatorProcess;
  let second: OperatorProcess;
  const lease = async () => (await plane.get('lease', 'syncreplica-operator', operatorNamespace))?.spec;
  const leads = async (operator: OperatorProcess): Promise<boolean> =>
    operator.isRunning() && [...(await operator.metrics('leader_election_master_status')).values()][0] === 1;
  const epochInSettings = async (): Promise<number> => {
    const secret = await plane.get('secret', secretName, namespace);
    return JSON.parse(Buffer.from(secret?.data['uploads.json'], 'base64').toString()).controllerEpoch;
  };

  before(async () => {
    plane = await startControlPlane();
    first = await plane.startOperator('operator-a');
    await plane.until('the first to lead', () => leads(first));
    second = await plane.startOperator('operator-b');
    await plane.until(
      'the second to be up',
      async () => (await second.metrics('leader_election_master_status')).size === 1,
    );
    await plane.apply(
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
      {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: { name: 'uploads', namespace },
        spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
      },
      {
        apiVersion: 'syncreplica.io/v1alpha1',
        kind: 'SyncReplica',
        metadata: { name: 'uploads', namespace },
        spec: { source: { persistentVolumeClaim: 'uploads' }, targets: [{ name: 'dr', managed: { storage: '1Gi' } }] },
      },
    );
    await plane.until('the settings', async () => (await epochInSettings()) > 0);
  });
  after(async () => {
    await plane?.stop();
  });

  test('only one writes; both are ready to answer the webhook', async () => {
    assert.equal(await leads(second), false);
    assert.equal(second.log().includes('replica state changed'), false);
    for (const operator of [first, second]) {
      await plane.until(`${operator.name} to be ready`, async () => operator.log().includes('operator runs'));
    }
  });

  test('a leader that is stopped gives its lease back: the other leads without waiting for it to run out, with a higher epoch', async () => {
    const before = await lease();
    const epoch = await epochInSettings();
    const version = async () => (await plane.get('secret', secretName, namespace))?.metadata.resourceVersion;
    const untouched = await version();
    first.kill('SIGTERM');
    assert.equal(await first.exited, 0);
    // Had it kept it, its name would be there for as long as a lease lasts.
    assert.notEqual(
      (await lease())?.holderIdentity,
      before.holderIdentity,
      'it is given back before the process has ended',
    );
    await plane.until('the second to lead', () => leads(second));
    assert.equal((await lease())?.leaseTransitions, before.leaseTransitions + 1);
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    assert.equal(await version(), untouched, 'a new leader rewrites nothing');
    await plane.kubectl('annotate', 'srep', 'uploads', '-n', namespace, 'syncreplica.io/sync-requested-at=now');
    await plane.until('its epoch with its first instruction', async () => (await epochInSettings()) > epoch);
    assert.ok(await plane.get('statefulset', 'uploads-dr', namespace), 'nothing was taken away');
  });

  test('a leader that is killed is followed when its lease has run out', async () => {
    const third = await plane.startOperator('operator-c');
    await plane.until(
      'the third to be up',
      async () => (await third.metrics('leader_election_master_status')).size === 1,
    );
    const { leaseTransitions } = await lease();
    second.kill('SIGKILL');
    await plane.until('the third to lead', () => leads(third));
    assert.equal((await lease())?.leaseTransitions, leaseTransitions + 1);
    first = third;
  });

  test('a leader that cannot renew its lease ends, so that no two ever write', async () => {
    await plane.server.pause();
    assert.equal(await first.exited, 1);
    assert.match(first.log(), /lost the lease/);
    await plane.server.resume();
  });
});
