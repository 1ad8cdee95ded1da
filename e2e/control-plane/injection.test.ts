import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { badInputs } from '../../src/api/testdata/bad-inputs.ts';
import { createCaches } from '../../src/caches/caches.ts';
import { createAuthority } from '../../src/certificates/authority.ts';
import { createClusterClient } from '../../src/cluster/client.ts';
import { type Connection, connect, loadKubeConfig } from '../../src/cluster/connection.ts';
import { agentTestSettings } from '../../src/inject/agent-settings.fixture.ts';
import { createReplicaLookup } from '../../src/inject/replica-lookup.ts';
import { startWebhookServer, type WebhookServer, webhookPath } from '../../src/inject/webhook/webhook-server.ts';
import { systemClock } from '../../src/process/clock.ts';
import { silentLogger } from '../../src/process/log/logger.ts';
import { createMetricsRegistry } from '../../src/process/metrics/metrics-registry.ts';
import { defaultTrustTiming, judgeAuthorities, toAuthority } from '../../src/trust/authorities.ts';
import { createLeafKeeper } from '../../src/trust/leaf-keeper.ts';
import { isApiServerBuilt } from '../cluster/apiserver.ts';
import { type ControlPlane, startControlPlane } from './control-plane.ts';

const skip = isApiServerBuilt(process.env) ? false : 'the programs of an apiserver are not in the cache';
const namespace = 'shop';

const replica = (name: string, source: object = {}) => ({
  apiVersion: 'syncreplica.io/v1alpha1',
  kind: 'SyncReplica',
  metadata: { name, namespace },
  spec: {
    source: { persistentVolumeClaim: name, ...source },
    targets: [{ name: 'dr', managed: { storage: '1Gi' } }],
  },
});
const pod = (name: string, claim: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace },
  spec: {
    containers: [{ name: 'web', image: 'web', volumeMounts: [{ name: 'data', mountPath: '/data' }] }],
    volumes: [{ name: 'data', persistentVolumeClaim: { claimName: claim } }],
  },
});

/** The caches are those of a process whose watches have not told anything yet: as old as they can be. */
describe('a webhook with empty caches, asked by a real apiserver', { skip }, () => {
  let plane: ControlPlane;
  let connection: Connection;
  let webhook: WebhookServer;
  const caches = createCaches();
  const metrics = createMetricsRegistry();
  const agents = async (name: string): Promise<string[]> =>
    ((await plane.get('pod', name, namespace))?.spec.initContainers ?? []).map((one: { name: string }) => one.name);
  const lookups = async (from: string): Promise<number> => {
    const lines = (await metrics.render()).split('\n');
    const line = lines.find((one) =>
      one.startsWith(`syncreplica_webhook_lookup_duration_seconds_count{from="${from}"}`),
    );
    return Number(line?.split(' ')[1]);
  };

  before(async () => {
    plane = await startControlPlane();
    process.env.KUBECONFIG = plane.server.kubeconfig;
    connection = connect(loadKubeConfig());
    const { trust } = judgeAuthorities(
      [toAuthority(await createAuthority({ name: 'test' }))],
      Date.now(),
      defaultTrustTiming,
    );
    assert.ok(trust);
    const certificate = createLeafKeeper({
      request: { kind: 'server', names: ['localhost'] },
      leafLifeMs: defaultTrustTiming.leafLifeMs,
      clock: systemClock,
      logger: silentLogger,
    });
    await certificate.refresh(trust);
    for (const store of Object.values(caches)) store.replace([]);
    webhook = await startWebhookServer({
      host: '127.0.0.1',
      port: 0,
      certificate,
      lookup: createReplicaLookup({ caches, client: createClusterClient(connection), logger: silentLogger }),
      agent: agentTestSettings,
      metrics,
      logger: silentLogger,
    });
    await plane.apply(
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
      {
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: 'MutatingWebhookConfiguration',
        metadata: { name: 'injection' },
        webhooks: [
          {
            name: 'pods.syncreplica.io',
            admissionReviewVersions: ['v1'],
            clientConfig: {
              url: `https://localhost:${webhook.port}${webhookPath}`,
              caBundle: Buffer.from(trust.bundle).toString('base64'),
            },
            failurePolicy: 'Fail',
            sideEffects: 'None',
            rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
          },
        ],
      },
    );
    await plane.until('the apiserver to call the webhook', async () => {
      await plane.kubectl('delete', 'pod', 'first', '-n', namespace, '--ignore-not-found', '--force');
      await plane.apply(pod('first', 'nothing'));
      return (await lookups('apiserver')) > 0;
    });
  });
  after(async () => {
    await webhook?.close();
    connection?.close();
    await plane?.stop();
  });

  test('a pod that comes right after its SyncReplica has an agent, time after time', async () => {
    // The very first of all may have been too slow for the API server to be asked.
    const earlier = await lookups('cache');
    for (let round = 0; round < 10; round++) {
      const name = `round-${round}`;
      await plane.apply(replica(name), pod(name, name));
      assert.deepEqual(await agents(name), [`syncreplica-agent-${name}`]);
    }
    assert.equal(await lookups('cache'), earlier);
  });

  test('a label that allows Elevated counts at once, and its removal too', async () => {
    const elevated = { access: 'Elevated' };
    await plane.apply(replica('all', elevated), pod('before', 'all'));
    assert.deepEqual(await agents('before'), []);
    const label = 'syncreplica.io/allow-elevated';
    await plane.kubectl('label', 'namespace', namespace, `${label}=true`);
    await plane.apply(pod('during', 'all'));
    assert.deepEqual(await agents('during'), ['syncreplica-agent-all']);
    await plane.kubectl('label', 'namespace', namespace, `${label}-`);
    await plane.apply(pod('afterwards', 'all'));
    assert.deepEqual(await agents('afterwards'), []);
  });

  test('where the namespace limits resources the pod is taken with its agent, or without one and with a reason', async () => {
    const limited = (name: string, item: object) => ({
      apiVersion: 'v1',
      kind: 'LimitRange',
      metadata: { name, namespace: name },
      spec: { limits: [{ type: 'Container', ...item }] },
    });
    const cases: [string, object, boolean][] = [
      ['ranged', { max: { cpu: '500m', memory: '256Mi' }, min: { cpu: '20m', memory: '70Mi' } }, true],
      ['ratio', { maxLimitRequestRatio: { memory: '2', cpu: '3' }, default: { cpu: '300m', memory: '200Mi' } }, true],
      ['tiny', { max: { memory: '16Mi' } }, false],
    ];
    for (const [name, item, hasAgent] of cases) {
      const range = limited(name, item);
      await plane.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
      await plane.apply(range);
      caches.limitRanges.replace([range as never]);
      const move = <T extends { metadata: object }>(object: T): T => ({
        ...object,
        metadata: { ...object.metadata, namespace: name },
      });
      await plane.apply(move(replica('web')));
      await plane.apply(move(pod('web', 'web')));
      const made = await plane.get('pod', 'web', name);
      assert.ok(made, 'the API server takes it');
      assert.equal((made.spec.initContainers ?? []).length, hasAgent ? 1 : 0, name);
      const told = made.metadata.annotations?.['syncreplica.io/refused'];
      assert.equal(told, hasAgent ? undefined : '{"web":"LimitRange"}', name);
    }
  });

  test('a SyncReplica says what its agents take and know, and the API server refuses what can’t be', async () => {
    const refused = badInputs.filter(({ field }) => field.startsWith('spec.agent'));
    assert.ok(refused.length > 10);
    for (const { title, spec, sentence } of refused) {
      const bad = { ...replica('refused'), spec };
      await assert.rejects(plane.apply(bad), (error: Error) => error.message.includes(sentence), title);
    }
    const agent = {
      resources: { requests: { cpu: '0.05' }, limits: { memory: '256Mi' } },
      extraEnv: [{ name: 'TZ', value: 'Europe/Zurich' }],
    };
    const asking = replica('asking');
    await plane.apply({ ...asking, spec: { ...asking.spec, agent } }, pod('asking', 'asking'));
    const [made] = (await plane.get('pod', 'asking', namespace))?.spec.initContainers ?? [];
    assert.deepEqual(made.resources, { requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '256Mi' } });
    assert.deepEqual(made.env.at(-1), agent.extraEnv[0]);
  });

  test('a pod that comes right after its SyncReplica was deleted has none', async () => {
    await plane.apply(replica('gone'));
    await plane.kubectl('delete', 'srep', 'gone', '-n', namespace);
    await plane.apply(pod('late', 'gone'));
    assert.deepEqual(await agents('late'), []);
  });

  test('a pod that requires an agent waits for its SyncReplica, as the ReplicaSet of any order tries again', async () => {
    const waiting = pod('waiting', 'ordered');
    const required = {
      ...waiting,
      metadata: { ...waiting.metadata, labels: { 'syncreplica.io/inject': 'required' } },
    };
    await assert.rejects(plane.apply(required), /no SyncReplica of the namespace means a volume of it/);
    await plane.apply(replica('ordered'));
    await plane.apply(required);
    assert.deepEqual(await agents('waiting'), ['syncreplica-agent-ordered']);
  });
});
