import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { isApiServerBuilt } from '../cluster/apiserver.ts';
import { type ControlPlane, startControlPlane } from './control-plane.ts';
import { claimObject, findCondition, syncReplicaObject } from './objects.ts';

const skip = isApiServerBuilt(process.env) ? false : 'the programs of an apiserver are not in the cache';
const namespace = 'shop';

/** The API server answers 500 to every write of the kind: it can't ask whom it has to. */
const failing = (resource: string, operations: readonly string[], apiGroup = '') => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingWebhookConfiguration',
  metadata: { name: `no-${resource}` },
  webhooks: [
    {
      name: 'away.test.example',
      clientConfig: { url: 'https://127.0.0.1:1/' },
      rules: [{ apiGroups: [apiGroup], apiVersions: ['*'], operations, resources: [resource] }],
      failurePolicy: 'Fail',
      sideEffects: 'None',
      admissionReviewVersions: ['v1'],
    },
  ],
});

describe('what the API server keeps failing at', { skip }, () => {
  let plane: ControlPlane;
  const readyOf = async (name: string) => findCondition(await plane.get('srep', name, namespace), 'Ready');
  const untilRefused = (name: string, says: RegExp) =>
    plane.until('the reason in the status', async () => {
      const ready = await readyOf(name);
      return says.test(ready?.message ?? '') && ready;
    });
  const mend = (resource: string) => plane.kubectl('delete', 'validatingwebhookconfiguration', `no-${resource}`);

  before(async () => {
    plane = await startControlPlane();
    await plane.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    await plane.startOperator('operator-a');
  });
  after(async () => plane?.stop());

  test('one kind of object: the status says it, the rest is made, and it is tried again', async () => {
    await plane.apply(failing('services', ['CREATE']));
    await plane.apply(claimObject(namespace, 'web'), syncReplicaObject(namespace, 'web', {}));
    const told = await untilRefused('web', /failed calling webhook/);
    assert.deepEqual({ ...told, message: '' }, { ...told, status: 'False', reason: 'ApplyRefused', message: '' });
    assert.match(told.message, /^apply Service shop\/web-dr/);
    assert.ok(await plane.get('statefulset', 'web-dr', namespace), 'what does not hang on it is there');
    assert.equal(await plane.get('service', 'web-dr', namespace), undefined);
    await mend('services');
    await plane.until('the Service', () => plane.get('service', 'web-dr', namespace));
    await plane.until('another reason', async () => (await readyOf('web'))?.reason === 'TargetsUnavailable');
  });

  test('a deletion says what can’t be deleted, keeps its finalizer until then, and ends', async () => {
    await plane.apply(failing('statefulsets', ['DELETE'], 'apps'));
    await plane.kubectl('delete', 'srep', 'web', '-n', namespace, '--wait=false');
    const told = await untilRefused('web', /failed calling webhook/);
    assert.equal(told.reason, 'Deleting');
    assert.ok(await plane.get('statefulset', 'web-dr', namespace));
    await mend('statefulsets');
    await plane.until('its end', async () => (await plane.get('srep', 'web', namespace)) === undefined);
    assert.equal(await plane.get('statefulset', 'web-dr', namespace), undefined);
  });
});
