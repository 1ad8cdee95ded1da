import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { isApiServerBuilt } from '../cluster/apiserver.ts';
import { type ControlPlane, startControlPlane } from './control-plane.ts';
import { claimObject, findCondition, syncReplicaObject } from './objects.ts';

const skip = isApiServerBuilt(process.env) ? false : 'the programs of an apiserver are not in the cache';
const namespace = 'shop';

describe('pull secrets of the operator', { skip }, () => {
  let plane: ControlPlane;
  before(async () => {
    plane = await startControlPlane();
    await plane.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    await plane.startOperator('operator-a', { environment: { SYNCREPLICA_IMAGE_PULL_SECRETS: 'regcred,other' } });
  });
  after(async () => plane?.stop());

  test('receivers name them; where an image can’t be pulled the status says which the namespace lacks', async () => {
    await plane.apply(claimObject(namespace, 'web'), syncReplicaObject(namespace, 'web', {}));
    const set = await plane.until('the receivers', () => plane.get('statefulset', 'web-dr', namespace));
    const { template } = set.spec;
    assert.deepEqual(template.spec.imagePullSecrets, [{ name: 'regcred' }, { name: 'other' }]);
    // The pod that the set's controller would make, as a kubelet tells of it.
    const claim = { name: 'data', persistentVolumeClaim: { claimName: 'data-web-dr-0' } };
    await plane.apply({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: 'web-dr-0',
        namespace,
        labels: template.metadata.labels,
        ownerReferences: [
          { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'web-dr', uid: set.metadata.uid, controller: true },
        ],
      },
      spec: { containers: [{ name: 'receiver', image: 'agent:test' }], volumes: [claim] },
    });
    const say = (state: object) => {
      const container = { name: 'receiver', image: 'agent:test', imageID: '', ready: false, restartCount: 0, state };
      const status = JSON.stringify({ status: { phase: 'Pending', containerStatuses: [container] } });
      return plane.kubectl(
        'patch',
        'pod',
        'web-dr-0',
        '-n',
        namespace,
        '--subresource=status',
        '--type=merge',
        '-p',
        status,
      );
    };
    const untilSaid = (what: RegExp) =>
      plane.until(String(what), async () => {
        const ready = findCondition(await plane.get('srep', 'web', namespace), 'Ready');
        return ready?.reason === 'ImagePullFailed' && what.test(ready.message);
      });
    await say({ waiting: { reason: 'ErrImagePull', message: '401' } });
    await untilSaid(/agent:test.*with regcred and other, which this namespace does not have: make those Secrets here/);
    for (const name of ['regcred', 'other']) await plane.kubectl('create', 'secret', 'generic', name, '-n', namespace);
    await say({ waiting: { reason: 'ImagePullBackOff', message: '401' } });
    await untilSaid(/agent:test.*give the operator an image and pull secrets that the nodes can use/);
  });
});
