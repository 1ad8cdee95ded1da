import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { ofKind, release, renderJson } from '../chart/render.ts';
import { isApiServerBuilt } from '../cluster/apiserver.ts';
import { type ControlPlane, type OperatorProcess, startControlPlane } from './control-plane.ts';
import { claimObject, syncReplicaObject } from './objects.ts';

const skip = isApiServerBuilt(process.env) ? false : 'the programs of an apiserver are not in the cache';
const namespace = 'shop';
const ours = { 'app.kubernetes.io/managed-by': 'syncreplica' };
const notOurs = /it is not the operator's own/;
const noLabel = /nothing without its label/;
const noRight = /cannot (get|list|create|delete|patch) resource/;

const secret = (name: string, labels: Record<string, string> = {}, more: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, namespace, labels },
  type: 'Opaque',
  stringData: { password: 'of the user' },
  ...more,
});

const statefulSet = (name: string, labels: Record<string, string>, pod: object = {}) => ({
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { name, namespace, labels },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'app', image: 'app' }], ...pod } },
  },
});

/** What `kubectl` answers to whom holds the operator's token. */
const openAccount = (plane: ControlPlane) => {
  const as = `--as=system:serviceaccount:${release.namespace}:${release.name}`;
  const words = (error: unknown): string => String((error as { stderr?: string }).stderr ?? error);
  return (...args: string[]): Promise<string> => plane.kubectl(...args, '-n', namespace, as).then(() => 'done', words);
};

/** With the objects of the chart that bound what the operator may do. */
const startBounded = async (...values: string[]): Promise<ControlPlane> => {
  const objects = await renderJson(...values);
  assert.equal(ofKind(objects, 'ValidatingAdmissionPolicyBinding').length, 1);
  const plane = await startControlPlane();
  const kinds = /^(ServiceAccount|(Cluster)?Role(Binding)?|ValidatingAdmissionPolicy(Binding)?)$/;
  for (const name of [namespace, 'blog'])
    await plane.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  await plane.apply(...objects.filter(({ kind }) => kinds.test(kind)));
  return plane;
};

describe('whoever holds the operator’s token', { skip }, () => {
  let plane: ControlPlane;
  let asOperator: ReturnType<typeof openAccount>;
  let operator: OperatorProcess;

  before(async () => {
    plane = await startBounded('rbac.restarts=true', 'volumePopulator.enabled=true');
    asOperator = openAccount(plane);
    await plane.apply(secret('theirs'), statefulSet('db', {}), claimObject(namespace, 'uploads'), {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web', namespace },
      spec: { ports: [{ port: 80 }] },
    });
    // The API server takes a policy up some seconds after it was made.
    await plane.until('the policy to be enforced', async () =>
      notOurs.test(await asOperator('delete', 'secret', 'theirs', '--dry-run=server')),
    );
  });
  after(() => plane?.stop());

  test('changes and deletes no Secret, Service, StatefulSet or claim of others, and takes none over', async () => {
    const patch = (kind: string, name: string, text: string) =>
      asOperator('patch', kind, name, '--type=merge', '-p', text);
    const label = JSON.stringify({ metadata: { labels: ours } });
    const patches: readonly (readonly [string, string, string])[] = [
      ['secret', 'theirs', '{"stringData":{"password":"stolen"}}'],
      ['secret', 'theirs', label],
      ['service', 'web', '{"spec":{"selector":{"app":"mine"}}}'],
      ['statefulset', 'db', '{"spec":{"replicas":0}}'],
      ['statefulset', 'db', '{"spec":{"template":{"spec":{"serviceAccountName":"admin"}}}}'],
      ['pvc', 'uploads', label],
    ];
    for (const [kind, name, text] of patches) assert.match(await patch(kind, name, text), notOurs, `${kind} ${text}`);
    for (const [kind, name] of [
      ['secret', 'theirs'],
      ['service', 'web'],
      ['statefulset', 'db'],
      ['pvc', 'uploads'],
    ] as const)
      assert.match(await asOperator('delete', kind, name), notOurs, kind);
    const filled = { ...claimObject(namespace, 'filled') };
    const dataSourceRef = { apiGroup: 'syncreplica.io', kind: 'SyncReplica', name: 'x' };
    await plane.apply({ ...filled, spec: { ...filled.spec, dataSourceRef } });
    const from = '{"metadata":{"annotations":{"syncreplica.io/restored-from":"{}"}}}';
    assert.equal(await patch('pvc', 'filled', from), 'done', 'from where it was filled');
    assert.match(await patch('pvc', 'filled', label), notOurs);
    assert.match(await patch('pvc', 'uploads', from), notOurs);
    const mark = '{"spec":{"template":{"metadata":{"annotations":{"syncreplica.io/restarted-for-x":"true"}}}}}';
    assert.equal(await patch('statefulset', 'db', mark), 'done', 'a restart that its SyncReplica asks for');
  });

  test('makes nothing without its label, no token and no pod that has one', async () => {
    const create = async (object: object): Promise<string> => {
      const file = `${plane.server.kubeconfig}.object.json`;
      writeFileSync(file, JSON.stringify(object));
      return asOperator('create', '-f', file);
    };
    assert.match(await create(secret('mine')), noLabel);
    assert.equal(await create(secret('mine', ours)), 'done');
    const annotations = { 'kubernetes.io/service-account.name': 'default' };
    const token = { type: 'kubernetes.io/service-account-token', stringData: undefined };
    const metadata = { name: 'token', namespace, labels: ours, annotations };
    assert.match(await create({ ...secret('token', ours, token), metadata }), /service account's token/);
    assert.match(await create(statefulSet('mine', ours)), /no pod with a service account's token/);
    assert.equal(await create(statefulSet('mine', ours, { automountServiceAccountToken: false })), 'done');
    // By the rights that filling claims takes.
    const pod = (labels: object, spec: object = {}) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'mine', namespace, labels },
      spec: { containers: [{ name: 'app', image: 'app' }], ...spec },
    });
    assert.match(await create(pod({}, { automountServiceAccountToken: false })), noLabel);
    assert.match(await create(pod(ours)), /no pod with a service account's token/);
    assert.match(await create(claimObject(namespace, 'mine')), noLabel);
    assert.equal(await asOperator('delete', 'secret', 'mine'), 'done');
  });

  test('the operator itself lacks nothing: it makes all that a SyncReplica needs, and takes it away', async () => {
    operator = await plane.startOperator('operator-a', { account: release.name });
    await plane.apply(syncReplicaObject(namespace, 'uploads', { deletionPolicy: 'Delete' }));
    await plane.until('the receiver', () => plane.get('statefulset', 'uploads-dr', namespace));
    await plane.until(
      'the finalizer',
      async () => (await plane.get('srep', 'uploads', namespace))?.metadata.finalizers,
    );
    await plane.kubectl('delete', 'srep', 'uploads', '-n', namespace, '--wait=false');
    await plane.until('its end', async () => (await plane.get('srep', 'uploads', namespace)) === undefined);
    assert.doesNotMatch(operator.log(), /denied request|forbidden/i);
  });
});

describe('whoever holds the token of an operator that serves some namespaces', { skip }, () => {
  let plane: ControlPlane;
  before(async () => {
    plane = await startBounded('watchNamespaces=["blog"]');
    await plane.apply(secret('theirs'));
  });
  after(() => plane?.stop());

  test('reads no Secret elsewhere, and makes none', async () => {
    const asOperator = openAccount(plane);
    assert.match(await asOperator('get', 'secret', 'theirs'), noRight);
    assert.match(await asOperator('get', 'secrets'), noRight);
    assert.match(await asOperator('delete', 'secret', 'theirs'), noRight);
    assert.match(await asOperator('create', 'secret', 'generic', 'mine'), noRight);
    assert.match(await asOperator('get', 'pods'), noRight);
    assert.match(await asOperator('get', 'secrets', '--all-namespaces'), noRight);
  });
});
