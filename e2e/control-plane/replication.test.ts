import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { agentSecretName } from '../../src/api/names.ts';
import { isApiServerBuilt } from '../cluster/apiserver.ts';
import { type ControlPlane, type KubeItem, type OperatorProcess, startControlPlane } from './control-plane.ts';
import { claimObject, findCondition, syncReplicaObject } from './objects.ts';

const skip = isApiServerBuilt(process.env) ? false : 'the programs of an apiserver are not in the cache';
const namespace = 'shop';

const claim = (name: string, labels: Record<string, string> = {}) => claimObject(namespace, name, labels);
const syncReplica = (name: string, spec: object) => syncReplicaObject(namespace, name, spec);

const ownedKinds = 'statefulsets,services,secrets,networkpolicies,poddisruptionbudgets,serviceaccounts';

describe('the operator on a real apiserver, with the rights of its own role', { skip }, () => {
  let plane: ControlPlane;
  let operator: OperatorProcess;
  const owned = async (name: string): Promise<KubeItem[]> =>
    (await plane.list(ownedKinds, namespace)).filter((item) =>
      (item.metadata as { ownerReferences?: { name: string }[] }).ownerReferences?.some((owner) => owner.name === name),
    );
  const replica = (name: string) => plane.get('srep', name, namespace);
  const until = <T>(what: string, look: () => Promise<T | undefined | false>) => plane.until(what, look);

  before(async () => {
    plane = await startControlPlane();
    await plane.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    operator = await plane.startOperator('operator-a');
  });
  after(async () => {
    await plane?.stop();
  });

  test('makes what is asked for, says how it stands, and writes nothing more', async () => {
    await plane.apply(claim('uploads'), syncReplica('uploads', {}));
    const set = await until('the StatefulSet', () => plane.get('statefulset', 'uploads-dr', namespace));
    assert.equal(set.spec.template.spec.containers[0].image, 'agent:test');
    const found = await until('the state Idle, as no pod uses the claim', async () => {
      const item = await replica('uploads');
      return item?.status?.state === 'Idle' && item;
    });
    assert.deepEqual(found.metadata.finalizers, ['syncreplica.io/replicas']);
    assert.equal(findCondition(found, 'Ready')?.reason, 'TargetsUnavailable');
    assert.equal(found.status.observedGeneration, 1);
    assert.equal((await owned('uploads')).length, 8);

    const versions = async () =>
      [...(await owned('uploads')), await replica('uploads')].map((item) => item?.metadata.resourceVersion);
    const seen = await versions();
    const looks = async () =>
      (await operator.metrics('syncreplica_reconcile_total{result="requeue"}')).values().next().value ?? 0;
    const looked = await looks();
    await new Promise((resolve) => setTimeout(resolve, 8_000));
    assert.deepEqual(await versions(), seen, 'nothing was written while nothing changed');
    assert.ok((await looks()) - looked < 10, 'and nothing was looked at in a loop');
  });

  test('mends what somebody deletes or changes', async () => {
    const service = await plane.get('service', 'uploads-dr', namespace);
    await plane.kubectl('delete', 'service', 'uploads-dr', '-n', namespace);
    await until('a new Service', async () => {
      const item = await plane.get('service', 'uploads-dr', namespace);
      return item !== undefined && item.metadata.uid !== service?.metadata.uid;
    });
    await plane.kubectl(
      'label',
      'networkpolicy',
      'uploads-dr',
      '-n',
      namespace,
      'syncreplica.io/target=else',
      '--overwrite',
    );
    await until('the label as it was', async () => {
      const item = await plane.get('networkpolicy', 'uploads-dr', namespace);
      return item?.metadata.labels?.['syncreplica.io/target'] === 'dr';
    });
  });

  test('a claim that does not exist is said, and healed when it comes', async () => {
    await plane.apply(syncReplica('late', {}));
    const waiting = await until('ClaimNotFound', async () => {
      const item = await replica('late');
      return findCondition(item, 'Ready')?.reason === 'ClaimNotFound' && item;
    });
    assert.match(findCondition(waiting, 'Ready')?.message ?? '', /create it, or name one that does/);
    assert.equal((await owned('late')).length, 0);
    await plane.apply(claim('late'));
    await until('its StatefulSet', () => plane.get('statefulset', 'late-dr', namespace));
  });

  test('a Secret that is missing is said, and healed when it comes', async () => {
    const external = {
      name: 'off',
      external: { address: '192.0.2.1', module: 'm', secretName: 'creds', port: 873, tls: 'ServerOnly' },
    };
    await plane.apply(claim('sends'), syncReplica('sends', { targets: [external] }));
    await until(
      'SecretNotFound',
      async () => findCondition(await replica('sends'), 'Ready')?.reason === 'SecretNotFound',
    );
    await plane.apply({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'creds', namespace },
      stringData: { username: 'u', password: 'p' },
    });
    const settings = await until('settings with the target', async () => {
      const secret = await plane.get('secret', agentSecretName('sends', 'sends'), namespace);
      const value = JSON.parse(
        Buffer.from(secret?.data?.['sends.json'] ?? '', 'base64').toString() || '{"targets":[]}',
      );
      return value.targets.length === 1 && value;
    });
    assert.equal(settings.targets[0].username, 'u');
    assert.equal(settings.source, '/source');
  });

  test('an edit reaches the settings with a higher generation; annotations are passed on', async () => {
    const settings = async () => {
      const secret = await plane.get('secret', agentSecretName('uploads', 'uploads'), namespace);
      return JSON.parse(Buffer.from(secret?.data['uploads.json'], 'base64').toString());
    };
    const first = await settings();
    await plane.kubectl('patch', 'srep', 'uploads', '-n', namespace, '--type=merge', '-p', '{"spec":{"paused":true}}');
    await plane.kubectl(
      'annotate',
      'srep',
      'uploads',
      '-n',
      namespace,
      'syncreplica.io/sync-requested-at=now',
      'syncreplica.io/verify-requested-at=then',
      'syncreplica.io/release-deletes=abc',
    );
    const next = await until('paused settings', async () => {
      const value = await settings();
      return value.paused && value.requests?.releaseDeletes === 'abc' && value;
    });
    assert.ok(next.generation > first.generation);
    assert.equal(next.requests.sync, 'now');
    assert.equal(next.requests.verify, 'then');
    assert.ok(next.controllerEpoch > 0);
    assert.equal(findCondition(await replica('uploads'), 'Ready')?.reason, 'Paused');
    await plane.kubectl('patch', 'srep', 'uploads', '-n', namespace, '--type=merge', '-p', '{"spec":{"paused":false}}');
    await until('settings that are not paused', async () => !(await settings()).paused);
  });

  test('a target that is taken out goes with what was made for it; its claims stay or go as the policy says', async () => {
    const labels = { 'syncreplica.io/component': 'receiver', 'syncreplica.io/replica': 'uploads' };
    for (const target of ['dr', 'second']) {
      await plane.apply(claim(`data-uploads-${target}-0`, { ...labels, 'syncreplica.io/target': target }));
    }
    const managed = (...names: string[]) => names.map((name) => ({ name, managed: { storage: '1Gi' } }));
    await plane.apply(syncReplica('uploads', { targets: managed('dr', 'second') }));
    await until('the second StatefulSet', () => plane.get('statefulset', 'uploads-second', namespace));

    await plane.apply(syncReplica('uploads', { targets: managed('dr') }));
    await until('the second target gone', async () =>
      (await owned('uploads')).every((item) => item.metadata.labels?.['syncreplica.io/target'] !== 'second'),
    );
    assert.ok(await plane.get('pvc', 'data-uploads-second-0', namespace), 'Retain: the claim stays');

    await plane.apply(syncReplica('uploads', { targets: managed('third'), deletionPolicy: 'Delete' }));
    await until('the first target gone with its claim', async () => {
      const left = await plane.get('pvc', 'data-uploads-dr-0', namespace);
      // Nobody takes the finalizer of a claim's protection away here: the controllers do not run.
      return (
        (left === undefined || left.metadata['deletionTimestamp' as never] !== undefined) &&
        !(await plane.get('statefulset', 'uploads-dr', namespace))
      );
    });
    assert.ok(
      await plane.get('pvc', 'data-uploads-second-0', namespace),
      'a claim of a target of before is left alone',
    );
    assert.ok(await plane.get('pvc', 'uploads', namespace), 'and so is the source');
  });

  test('a larger storage grows the target’s claims', async () => {
    const labels = {
      'syncreplica.io/component': 'receiver',
      'syncreplica.io/replica': 'late',
      'syncreplica.io/target': 'dr',
    };
    await plane.apply(claim('data-late-dr-0', labels));
    await plane.apply(syncReplica('late', { targets: [{ name: 'dr', managed: { storage: '3Gi' } }] }));
    const storage = async () => (await plane.get('pvc', 'data-late-dr-0', namespace))?.spec.resources.requests.storage;
    assert.equal(await storage(), '1Gi', 'an apiserver lets only a bound claim grow');
    const bound = '{"status":{"phase":"Bound","capacity":{"storage":"1Gi"}}}';
    await plane.kubectl(
      'patch',
      'pvc',
      'data-late-dr-0',
      '-n',
      namespace,
      '--subresource=status',
      '--type=merge',
      '-p',
      bound,
    );
    await until('the larger claim', async () => (await storage()) === '3Gi');
    await until(
      'nothing refused',
      async () => findCondition(await replica('late'), 'Ready')?.reason !== 'ApplyRefused',
    );
  });

  test('deletion takes everything away, keeps others’ finalizers, and leaves the source', async () => {
    await plane.kubectl(
      'patch',
      'srep',
      'sends',
      '-n',
      namespace,
      '--type=json',
      '-p',
      '[{"op":"add","path":"/metadata/finalizers/-","value":"test/other"}]',
    );
    await plane.kubectl('delete', 'srep', 'sends', 'late', '-n', namespace, '--wait=false');
    const left = await until('only the other finalizer', async () => {
      const item = await replica('sends');
      return item?.metadata.finalizers?.join() === 'test/other' && item;
    });
    assert.ok(left);
    await plane.kubectl(
      'patch',
      'srep',
      'sends',
      '-n',
      namespace,
      '--type=merge',
      '-p',
      '{"metadata":{"finalizers":null}}',
    );
    await until('both gone', async () => !(await replica('sends')) && !(await replica('late')));
    assert.equal((await owned('late')).length, 0);
    assert.ok(await plane.get('pvc', 'late', namespace));
  });

  test('nothing was forbidden, and no state changed in a way that is not allowed', async () => {
    assert.deepEqual(operator.log().match(/.*(is forbidden: User|Cluster\.forbidden).*/g), null);
    assert.deepEqual([...(await operator.metrics('syncreplica_state_transitions_refused_total')).values()], [0]);
    assert.doesNotMatch(operator.log(), /BEGIN|PRIVATE KEY|"password"/, 'no secret in the log');
  });

  test('an apiserver that is away for a moment is survived', async () => {
    await plane.server.pause();
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    await plane.server.resume();
    await plane.apply(claim('after'), syncReplica('after', {}));
    await until('a StatefulSet made afterwards', async () => {
      if (!operator.isRunning()) {
        // On a slow machine the apiserver was away for longer than a lease lasts; the kubelet would start it again.
        assert.match(operator.log(), /lost the lease/);
        operator = await plane.startOperator('operator-b');
      }
      return plane.get('statefulset', 'after-dr', namespace);
    });
  });
});
