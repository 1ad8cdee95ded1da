import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { createAuthority } from '../../src/certificates/authority.ts';
import { agentTestSettings } from '../../src/inject/agent-settings.fixture.ts';
import { startWebhookServer, type WebhookServer, webhookPath } from '../../src/inject/webhook/webhook-server.ts';
import { systemClock } from '../../src/process/clock.ts';
import { silentLogger } from '../../src/process/log/logger.ts';
import { createMetricsRegistry } from '../../src/process/metrics/metrics-registry.ts';
import { defaultTrustTiming, judgeAuthorities, toAuthority } from '../../src/trust/authorities.ts';
import { createLeafKeeper } from '../../src/trust/leaf-keeper.ts';
import { chartFolder, type Rendered, release, render } from '../chart/render.ts';
import { isApiServerBuilt } from '../cluster/apiserver.ts';
import { tryCommand } from '../cluster/command.ts';
import { type ControlPlane, operatorNamespace, startControlPlane } from './control-plane.ts';

const skip = isApiServerBuilt(process.env) ? false : 'the programs of an apiserver are not in the cache';

/** What the chart's hooks run, with the rights that the chart gives them and no more. */
describe('the hooks of the chart on a real apiserver', { skip }, () => {
  let plane: ControlPlane;
  let folder: string;
  let objects: Rendered[];
  let cluster: { server: string; 'certificate-authority-data': string };
  const tokenOf = async (account: string): Promise<string> =>
    (await plane.kubectl('create', 'token', account, '-n', operatorNamespace)).trim();

  before(async () => {
    plane = await startControlPlane();
    folder = mkdtempSync(join(tmpdir(), 'chart-hooks-'));
    objects = await render();
    const accounts = ['ServiceAccount', 'Role', 'RoleBinding', 'ClusterRole', 'ClusterRoleBinding', 'Deployment'];
    await plane.apply(...objects.filter(({ kind }) => accounts.includes(kind)));
    const config = JSON.parse(await plane.kubectl('config', 'view', '--raw', '--flatten', '--minify', '-o', 'json'));
    cluster = config.clusters[0].cluster;
  });
  after(async () => {
    await plane?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test('before the release goes its operator is stopped, then every finalizer of ours released', async () => {
    const replica = (name: string, finalizers: string[]) => ({
      apiVersion: 'syncreplica.io/v1alpha1',
      kind: 'SyncReplica',
      metadata: { name, namespace: 'default', finalizers },
      spec: {
        source: { persistentVolumeClaim: name },
        targets: [{ name: 'dr', managed: { storage: '1Gi' } }],
      },
    });
    await plane.apply(
      replica('kept', ['syncreplica.io/replicas', 'example.com/other']),
      replica('gone', ['syncreplica.io/replicas']),
    );
    await plane.kubectl('delete', 'srep', 'gone', '--wait=false');
    const kubeconfig = join(folder, 'uninstall');
    const user = { token: await tokenOf(`${release.name}-uninstall`) };
    writeFileSync(
      kubeconfig,
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Config',
        clusters: [{ cluster, name: 'a' }],
        users: [{ name: 'a', user }],
        contexts: [{ name: 'a', context: { cluster: 'a', user: 'a' } }],
        'current-context': 'a',
      }),
    );
    const status = (replicas: number) =>
      plane.kubectl(
        ...['patch', 'deployment', release.name, '-n', operatorNamespace, '--subresource=status', '--type=merge', '-p'],
        JSON.stringify({ status: { replicas, observedGeneration: replicas === 0 ? 9 : 1 } }),
      );
    await status(2);
    const ended = tryCommand(process.execPath, ['src/cli/main.ts', 'release-finalizers'], {
      env: {
        PATH: process.env.PATH ?? '',
        KUBECONFIG: kubeconfig,
        POD_NAMESPACE: operatorNamespace,
        SYNCREPLICA_OPERATOR_DEPLOYMENT: release.name,
      },
    });
    await plane.until('the operator to be scaled down', async () => {
      const deployment = await plane.get('deployment', release.name, operatorNamespace);
      return deployment?.spec.replicas === 0;
    });
    assert.deepEqual((await plane.get('srep', 'kept', 'default'))?.metadata.finalizers?.length, 2, 'not while it runs');
    await status(0);
    const { code, stdout, stderr } = await ended;
    assert.equal(code, 0, stdout + stderr);
    assert.deepEqual((await plane.get('srep', 'kept', 'default'))?.metadata.finalizers, ['example.com/other']);
    assert.equal(await plane.get('srep', 'gone', 'default'), undefined);
  });

  describe('helm test', () => {
    let webhook: WebhookServer;
    let bundle: string;
    const runTest = async () => {
      const [token, ca] = ['token', 'ca.crt'].map((name) => join(folder, name)) as [string, string];
      writeFileSync(token, await tokenOf(`${release.name}-test`));
      writeFileSync(ca, Buffer.from(cluster['certificate-authority-data'], 'base64'));
      const { hostname, port } = new URL(cluster.server);
      return tryCommand(process.execPath, [join(chartFolder, 'files/helm-test.mjs')], {
        env: {
          KUBERNETES_SERVICE_HOST: hostname,
          KUBERNETES_SERVICE_PORT: port,
          NODE_EXTRA_CA_CERTS: ca,
          TEST_TOKEN_FILE: token,
          TEST_NAMESPACE: operatorNamespace,
          TEST_SERVICE: 'syncreplica-webhook',
          TEST_IMAGE: 'operator',
          TEST_VERSION: agentTestSettings.version,
          TEST_WEBHOOK_PORT: '10250',
        },
      });
    };
    /** The chart's own entry, which asks by another way: nothing routes to a Service here. */
    const configure = async (url: string, caBundle: string): Promise<void> => {
      const [configuration] = (await render()).filter(({ kind }) => kind === 'MutatingWebhookConfiguration');
      const probe = configuration.webhooks.find(({ name }: Rendered) => name === 'probe.syncreplica.io');
      const clientConfig = { url, caBundle: Buffer.from(caBundle).toString('base64') };
      await plane.apply({
        apiVersion: configuration.apiVersion,
        kind: configuration.kind,
        metadata: { name: 'probe' },
        webhooks: [{ ...probe, clientConfig }],
      });
    };
    const says = async (code: number, pattern: RegExp): Promise<void> => {
      let said = '';
      await plane
        .until(`the test to say ${pattern}`, async () => {
          const result = await runTest();
          said = `${result.code} ${result.stdout}${result.stderr}`;
          return result.code === code && pattern.test(said);
        })
        .catch((cause) => {
          throw new Error(said, { cause });
        });
    };

    before(async () => {
      const authority = toAuthority(await createAuthority({ name: 'test' }));
      const { trust } = judgeAuthorities([authority], Date.now(), defaultTrustTiming);
      assert.ok(trust);
      bundle = trust.bundle;
      const certificate = createLeafKeeper({
        request: { kind: 'server', names: ['localhost'] },
        leafLifeMs: defaultTrustTiming.leafLifeMs,
        clock: systemClock,
        logger: silentLogger,
      });
      await certificate.refresh(trust);
      webhook = await startWebhookServer({
        host: '127.0.0.1',
        port: 0,
        certificate,
        lookup: { look: () => Promise.reject(new Error('a probe asks nothing')), isSynced: () => false },
        agent: agentTestSettings,
        metrics: createMetricsRegistry(),
        logger: silentLogger,
      });
    });
    after(() => webhook?.close());

    test('says that the webhook is not asked where nothing asks it', () => says(1, /did not ask it/));
    test('passes when the API server reaches the operator', async () => {
      await configure(`https://localhost:${webhook.port}${webhookPath}`, bundle);
      await says(0, /SyncReplica 0\.1\.0 answers the API server\n/);
    });
    test('says that nobody listens', async () => {
      await configure(`https://localhost:1${webhookPath}`, bundle);
      await says(1, /connection refused[\s\S]*no operator is ready/);
    });
    test('says that the certificate is not trusted', async () => {
      const other = await createAuthority({ name: 'other' });
      await configure(`https://localhost:${webhook.port}${webhookPath}`, other.cert);
      await says(1, /x509[\s\S]*caBundle/);
    });
    test('says which port to open where nothing answers', async () => {
      const silent = createServer(() => {}).listen(0, '127.0.0.1');
      await once(silent, 'listening');
      await configure(`https://127.0.0.1:${(silent.address() as AddressInfo).port}${webhookPath}`, bundle);
      await says(1, /deadline exceeded[\s\S]*open TCP port 10250 from the control plane/);
      silent.close();
    });
  });
});
