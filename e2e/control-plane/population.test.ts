import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { isApiServerBuilt } from '../cluster/apiserver.ts';
import { type ControlPlane, type KubeItem, type OperatorProcess, startControlPlane } from './control-plane.ts';
import { syncReplicaObject } from './objects.ts';

const skip = isApiServerBuilt(process.env) ? false : 'the programs of an apiserver are not in the cache';
const namespace = 'shop';

const claimFrom = (name: string, replica: string, more: { annotations?: object; spec?: object } = {}) => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name, namespace, annotations: more.annotations ?? {} },
  spec: {
    accessModes: ['ReadWriteOnce'],
    storageClassName: 'standard',
    resources: { requests: { storage: '1Gi' } },
    dataSourceRef: { apiGroup: 'syncreplica.io', kind: 'SyncReplica', name: replica },
    ...more.spec,
  },
});
/** A pod that mounts a claim, as one that waits for it. */
const podOf = (claim: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: `app-${claim}`, namespace },
  spec: {
    securityContext: { runAsUser: 1000, runAsGroup: 1000, fsGroup: 1000 },
    containers: [{ name: 'app', image: 'x', volumeMounts: [{ name: 'data', mountPath: '/data' }] }],
    volumes: [{ name: 'data', persistentVolumeClaim: { claimName: claim } }],
  },
});

describe('claims that are filled from a SyncReplica, by the rights of the chart', { skip }, () => {
  let plane: ControlPlane;
  let operator: OperatorProcess;
  const environment = { SYNCREPLICA_VOLUME_POPULATOR: 'true' };
  const claim = (name: string) => plane.get('pvc', name, namespace);
  const nameOf = async (name: string): Promise<string> => `fill-${(await claim(name))?.metadata.uid}`;
  const told = (name: string, reason: string, what: RegExp): Promise<KubeItem> =>
    plane.until(`the Event ${reason} on ${name}`, async () =>
      (await plane.list('events.events.k8s.io', namespace)).find(
        (event) => event.regarding.name === name && event.reason === reason && what.test(event.note),
      ),
    );
  const patchStatus = (kind: string, name: string, status: object, ...where: string[]) =>
    plane.kubectl(
      'patch',
      kind,
      name,
      ...where,
      '--subresource=status',
      '--type=merge',
      '-p',
      JSON.stringify({ status }),
    );
  const inShop = ['-n', namespace] as const;

  /** What provisioner and binder do: a volume for a claim, and the claim bound to it. */
  const provision = async (name: string, volume: string): Promise<void> => {
    const item = await claim(name);
    await plane.apply({
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: volume },
      spec: {
        capacity: { storage: '1Gi' },
        accessModes: ['ReadWriteOnce'],
        storageClassName: 'standard',
        hostPath: { path: '/none' },
        claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name, uid: item?.metadata.uid },
      },
    });
    await bind(name, volume, 'Bound');
  };
  const bind = async (name: string, volume: string, phase: string): Promise<void> => {
    await plane.kubectl(
      'patch',
      'pvc',
      name,
      ...inShop,
      '--type=merge',
      '-p',
      JSON.stringify({ spec: { volumeName: volume } }),
    );
    await patchStatus('pvc', name, { phase }, ...inShop);
  };
  /** What the kubelet says of the pod that fills, at its end. */
  const end = (name: string, phase: string, report: object) => {
    const terminated = { exitCode: phase === 'Succeeded' ? 0 : 1, message: JSON.stringify(report) };
    const container = { name: 'fill', image: 'x', imageID: 'x', ready: false, restartCount: 0, state: { terminated } };
    return patchStatus('pod', name, { phase, containerStatuses: [container] }, ...inShop);
  };
  const restartOperator = async (): Promise<void> => {
    operator.kill('SIGKILL');
    await operator.exited;
    operator = await plane.startOperator('operator-a', { environment });
  };

  before(async () => {
    plane = await startControlPlane({ populator: true });
    await plane.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    operator = await plane.startOperator('operator-a', { environment });
  });
  after(async () => plane?.stop());

  test('in any order, cut off after every step: it is filled once, and the volume is the claim’s', async () => {
    await plane.apply(claimFrom('web', 'web'));
    await told('web', 'SyncReplicaNotFound', /SyncReplica web of its namespace once that is there/);
    await plane.apply(podOf('web'));
    await plane.apply(syncReplicaObject(namespace, 'web', {}));
    const made = await nameOf('web');
    const pod = await plane.until('the pod that fills it', () => plane.get('pod', made, namespace));
    const prime = await claim(made);
    assert.deepEqual(
      [prime?.spec.resources, prime?.spec.storageClassName, prime?.spec.dataSourceRef],
      [{ requests: { storage: '1Gi' } }, 'standard', undefined],
    );
    assert.deepEqual(pod.spec.containers[0].args.slice(0, 3), [
      'fill',
      '--config=/etc/syncreplica/web.json',
      '--report=/dev/termination-log',
    ]);
    assert.ok(pod.spec.containers[0].args.includes('--target=dr'));
    const { runAsUser, fsGroup, runAsNonRoot } = pod.spec.securityContext;
    assert.deepEqual([runAsUser, fsGroup, runAsNonRoot], [1000, 1000, true], 'as the application that waits for it');
    const secret = pod.spec.volumes.find(({ name }: { name: string }) => name === 'settings').secret.secretName;
    const settings = await plane.get('secret', secret, namespace);
    assert.ok(settings?.data['web.json'], 'what it is to be told is there');
    await told('web', 'Filling', /with web of the SyncReplica web from dr/);

    await restartOperator();
    await provision(made, 'pv-web');
    await end(made, 'Failed', { outcome: 'failed', reason: 'X', message: 'dr: no route' });
    await told('web', 'FillFailed', /dr: no route; it is tried again/);
    const again = await plane.until('another pod', async () => {
      const found = await plane.get('pod', made, namespace);
      return found && found.metadata.uid !== pod.metadata.uid && found;
    });
    assert.equal((await claim(made))?.metadata.uid, prime?.metadata.uid, 'what was filled so far is kept');

    await restartOperator();
    await end(made, 'Succeeded', { outcome: 'filled', target: 'dr', coveredAt: 1_700_000_000_000, from: { dr: 42 } });
    const volume = await plane.until('the volume to be the claim’s', async () => {
      const found = await plane.get('pv', 'pv-web');
      return found?.spec.claimRef.name === 'web' && found;
    });
    const web = await claim('web');
    assert.deepEqual([volume.spec.claimRef.uid, volume.spec.claimRef.namespace], [web?.metadata.uid, namespace]);
    assert.equal(volume.metadata.annotations?.['syncreplica.io/populated-from'], `${namespace}/web`);
    assert.equal(web?.metadata.annotations?.['syncreplica.io/restored-from'], '{"dr":42}');
    await told('web', 'Filled', /from dr, which holds all that happened until 2023-11-14/);
    assert.equal((await plane.get('pod', made, namespace))?.metadata.uid, again.metadata.uid, 'none is made anew');

    await restartOperator();
    await bind('web', 'pv-web', 'Bound');
    assert.ok(await claim(made), 'kept while the binder may not have seen whose the volume is');
    await patchStatus('pvc', made, { phase: 'Lost' }, ...inShop);
    await plane.until('nothing to be left', async () => {
      // The protection of claims is a controller's, which does not run here.
      const rest = await claim(made);
      if (rest?.metadata.finalizers?.length)
        await plane.kubectl('patch', 'pvc', made, ...inShop, '--type=merge', '-p', '{"metadata":{"finalizers":null}}');
      return rest === undefined && (await plane.get('pod', made, namespace)) === undefined;
    });
    // Its agents are told from where it was filled.
    await plane.until('the settings to say it', async () => {
      const text = (await plane.get('secret', secret, namespace))?.data['web.json'];
      return JSON.parse(Buffer.from(text, 'base64').toString()).restoredFrom?.dr === 42;
    });
    assert.equal(operator.log().includes('forbidden'), false);
  });

  test('what is asked for wrongly is told on the claim', async () => {
    await plane.apply(
      claimFrom('none', 'nobody'),
      claimFrom('target', 'web', { annotations: { 'syncreplica.io/from-target': 'far' } }),
      claimFrom('block', 'web', { spec: { volumeMode: 'Block' } }),
      claimFrom('copy', 'web'),
      claimFrom('early', 'web', { spec: { volumeName: 'pv-early' } }),
      claimFrom('classless', 'web', {
        annotations: { 'syncreplica.io/from-snapshot': 's' },
        spec: { storageClassName: 'away' },
      }),
    );
    await told('none', 'SyncReplicaNotFound', /SyncReplica nobody/);
    await told('target', 'TargetNotFound', /no target far; it has dr/);
    await told('block', 'BlockVolume', /Filesystem/);
    await told('copy', 'NoTargetInSync', /no target of the SyncReplica web is in sync with web/);
    await told('early', 'NotFilled', /does not heed dataSourceRef/);
    await told('classless', 'StorageClassNotFound', /away doesn't exist/);
    const others = (await plane.list('pvc', namespace)).filter(({ metadata }) => metadata.name.startsWith('fill-'));
    assert.deepEqual(others, []);
  });

  test('a claim that goes takes what was made for it along', async () => {
    await plane.apply(claimFrom('kept', 'web', { annotations: { 'syncreplica.io/from-snapshot': 'monday' } }));
    await told('kept', 'Filling', /from the snapshot monday/);
    const made = await nameOf('kept');
    const snapshot = { apiGroup: 'snapshot.storage.k8s.io', kind: 'VolumeSnapshot', name: 'monday' };
    assert.deepEqual((await claim(made))?.spec.dataSource, snapshot);
    assert.ok((await plane.get('pod', made, namespace))?.spec.containers[0].args.includes('--lift=/source'));
    for (const kind of ['pvc', 'pod']) {
      const metadata = (await plane.get(kind, made, namespace))?.metadata as unknown as {
        ownerReferences: { kind: string; uid: string }[];
      };
      const [owner] = metadata.ownerReferences;
      // The collector of garbage goes by these.
      assert.deepEqual([owner?.kind, owner?.uid], ['PersistentVolumeClaim', (await claim('kept'))?.metadata.uid]);
    }
  });

  test('without the chart’s value the claim says which it is', async () => {
    operator.kill('SIGKILL');
    await operator.exited;
    operator = await plane.startOperator('operator-a');
    await plane.apply(claimFrom('off', 'web'));
    await told('off', 'PopulatorOff', /volumePopulator\.enabled=true/);
  });
});
