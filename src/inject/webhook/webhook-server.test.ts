import assert from 'node:assert/strict';
import { Agent, request } from 'node:https';
import { after, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import { createAuthority } from '../../certificates/authority.ts';
import { systemClock } from '../../process/clock.ts';
import { silentLogger } from '../../process/log/logger.ts';
import { createMetricsRegistry } from '../../process/metrics/metrics-registry.ts';
import { defaultTrustTiming, judgeAuthorities, type Trust, toAuthority } from '../../trust/authorities.ts';
import { createLeafKeeper } from '../../trust/leaf-keeper.ts';

import { type NamespaceView, reviewResults } from '../admission.ts';
import { agentTestSettings } from '../agent-settings.fixture.ts';
import { applyPatch, type PatchOperation } from '../json-patch.ts';
import { noLimits } from '../limits/fit-resources.ts';
import { requiredPath, startWebhookServer, webhookPath } from './webhook-server.ts';

const hostname = 'syncreplica-webhook.syncreplica-system.svc';
const newTrust = async (): Promise<Trust> => {
  const { trust } = judgeAuthorities(
    [toAuthority(await createAuthority({ name: 'test' }))],
    Date.now(),
    defaultTrustTiming,
  );
  assert.ok(trust);
  return trust;
};
const trust = await newTrust();
const certificate = createLeafKeeper({
  request: { kind: 'server', names: [hostname] },
  leafLifeMs: defaultTrustTiming.leafLifeMs,
  clock: systemClock,
  logger: silentLogger,
});
await certificate.refresh(trust);
const lookup = {
  synced: true,
  broken: false,
  /** Claims whose annotation asks for agents. */
  required: [] as string[],
  async look(namespace: string): Promise<NamespaceView> {
    if (lookup.broken) throw new Error('cache is broken');
    const spec = { source: { persistentVolumeClaim: 'uploads' } };
    const replicas = namespace === 'shop' ? [{ metadata: { name: 'uploads' }, spec }] : [];
    const isRequired = async (claim: string): Promise<boolean> => lookup.required.includes(claim);
    return { replicas, labels: {}, limits: noLimits, isRequired, from: 'apiserver' };
  },
  isSynced: (): boolean => lookup.synced,
};
const metrics = createMetricsRegistry();
const server = await startWebhookServer({
  host: '127.0.0.1',
  port: 0,
  certificate,
  lookup,
  agent: agentTestSettings,
  metrics,
  logger: silentLogger,
});
const keptAlive = new Agent({ keepAlive: true });
after(async () => {
  keptAlive.destroy();
  await server.close();
});

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly serial: string;
  readonly connection: string | undefined;
}
const send = (
  body: string,
  options: { ca?: string; path?: string; method?: string; agent?: Agent } = {},
): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const { ca = trust.bundle, path = `${webhookPath}?timeout=5s`, method = 'POST', agent = new Agent() } = options;
    const outgoing = request(
      { host: '127.0.0.1', port: server.port, servername: hostname, ca, path, method, agent },
      async (response) => {
        const { serialNumber } = (response.socket as TLSSocket).getPeerCertificate();
        const chunks: Buffer[] = [];
        for await (const chunk of response) chunks.push(chunk as Buffer);
        resolve({
          status: response.statusCode ?? 0,
          body: Buffer.concat(chunks).toString(),
          serial: serialNumber,
          connection: response.headers.connection,
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });

const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { generateName: 'web-', creationTimestamp: null },
  spec: {
    containers: [{ name: 'web', volumeMounts: [{ name: 'data', mountPath: '/data' }] }],
    volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'uploads' } }],
  },
};
const reviewOf = (over: object = {}): string =>
  JSON.stringify({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: 'u-1',
      kind: { group: '', version: 'v1', kind: 'Pod' },
      operation: 'CREATE',
      namespace: 'shop',
      object: pod,
      ...over,
    },
  });
const review = async (over: object = {}) => JSON.parse((await send(reviewOf(over))).body).response;
const countOf = async (result: string): Promise<number> => {
  const line = (await metrics.render())
    .split('\n')
    .find((l) => l.includes(`webhook_requests_total{result="${result}"}`));
  return Number(line?.split(' ')[1]);
};

test('the warm-up is nobody’s pod and is not counted', async () => {
  for (const result of reviewResults) assert.equal(await countOf(result), 0);
});

test('a pod that mounts the claim is answered with a patch that applies', async () => {
  const response = await review();
  assert.deepEqual([response.uid, response.allowed, response.patchType], ['u-1', true, 'JSONPatch']);
  const patch: PatchOperation[] = JSON.parse(Buffer.from(response.patch, 'base64').toString());
  const injected = applyPatch(pod, patch) as typeof pod & { spec: { initContainers: { name: string }[] } };
  assert.deepEqual(
    injected.spec.initContainers.map(({ name }) => name),
    ['syncreplica-agent-uploads'],
  );
  assert.equal(injected.metadata.creationTimestamp, null, 'what the apiserver sent stays as it is');
  assert.ok((await countOf('injected')) >= 1);
});

const untouched: [string, object][] = [
  ['another namespace', { namespace: 'other' }],
  ['an update', { operation: 'UPDATE' }],
  ['a subresource', { subResource: 'exec' }],
  ['another kind', { kind: { group: 'apps', kind: 'Deployment' } }],
  ['a pod without containers', { object: { spec: {} } }],
  ['no object', { object: null }],
];
for (const [name, over] of untouched) {
  test(`${name} is allowed and left alone`, async () => {
    assert.deepEqual(await review(over), { uid: 'u-1', allowed: true });
  });
}

test('a pod whose agent would be refused passes without it, and is counted', async () => {
  const before = await countOf('failed');
  const spec = { ...pod.spec, containers: [...pod.spec.containers, { name: 'syncreplica-agent-uploads' }] };
  assert.deepEqual(await review({ object: { ...pod, spec } }), { uid: 'u-1', allowed: true });
  assert.equal(await countOf('failed'), before + 1);
});

test('a fault of our own, or a cache that is not filled, never costs a pod', async () => {
  lookup.broken = true;
  assert.deepEqual(await review(), { uid: 'u-1', allowed: true });
  lookup.broken = false;
  lookup.synced = false;
  assert.deepEqual(await review(), { uid: 'u-1', allowed: true });
  assert.equal(await countOf('not-ready'), 1);
  lookup.synced = true;
});

test('a refusal is told to whoever creates the pod', async () => {
  const spec = { containers: [{ name: 'web' }], volumes: pod.spec.volumes };
  const { allowed, warnings, patch } = await review({ object: { ...pod, spec } });
  assert.equal(allowed, true);
  assert.match(Buffer.from(patch, 'base64').toString(), /VolumeNotMounted/, 'it is on the pod too');
  assert.deepEqual(warnings, ['SyncReplica uploads: no agent, because no container of the pod mounts the volume']);
});

test('a pod that requires an agent is refused in words while it can have none, and passes when it can', async () => {
  const metadata = { ...pod.metadata, labels: { 'syncreplica.io/inject': 'required' } };
  const required = { object: { ...pod, metadata } };
  const refused = await review({ ...required, namespace: 'other' });
  assert.deepEqual([refused.allowed, refused.status.code], [false, 403]);
  assert.match(refused.status.message, /no SyncReplica of the namespace means a volume of it; create that first/);
  lookup.synced = false;
  assert.equal((await review(required)).allowed, false);
  lookup.synced = true;
  lookup.broken = true;
  assert.match((await review(required)).status.message, /cache is broken/);
  lookup.broken = false;
  const covered = await review(required);
  assert.deepEqual([covered.allowed, covered.patchType], [true, 'JSONPatch']);
});

test('a namespace that requires agents has pods refused that could have one, and no others', async () => {
  const ask = async (over: object) =>
    JSON.parse((await send(reviewOf(over), { path: requiredPath })).body).response as Awaited<
      ReturnType<typeof review>
    >;
  const refused = await ask({ namespace: 'other' });
  assert.match(
    refused.status.message,
    /^by the label of its namespace .* must have an agent, and gets none: no SyncReplica/,
  );
  assert.equal((await ask({})).patchType, 'JSONPatch');
  const labelled = (labels: object) => ({ object: { ...pod, metadata: { ...pod.metadata, labels } } });
  const receiver = labelled({ 'syncreplica.io/component': 'receiver', 'syncreplica.io/replica': 'uploads' });
  assert.equal((await ask({ ...receiver, namespace: 'other' })).allowed, true);
  assert.equal((await ask({ ...labelled({ 'syncreplica.io/inject': 'false' }), namespace: 'other' })).allowed, true);
  lookup.broken = true;
  assert.equal((await ask({})).allowed, false);
  lookup.broken = false;
});

test('a claim that requires agents has pods refused while no SyncReplica means it, also where another volume has one', async () => {
  lookup.required = ['ledger'];
  const ledger = { name: 'more', persistentVolumeClaim: { claimName: 'ledger' } };
  const both = { object: { ...pod, spec: { ...pod.spec, volumes: [...pod.spec.volumes, ledger] } } };
  assert.match((await review(both)).status.message, /^by the annotation of its claim /);
  assert.equal((await review()).allowed, true);
  lookup.required = ['uploads'];
  assert.equal((await review()).patchType, 'JSONPatch');
  assert.equal((await review({ namespace: 'other' })).allowed, false);
  lookup.required = [];
});

test('what is no review is told so', async () => {
  assert.equal((await send('{')).status, 400);
  assert.equal((await send('null')).status, 400);
  assert.equal((await send('', { path: '/' })).status, 404);
  assert.equal((await send('', { method: 'GET' })).status, 405);
});

test('a body beyond any apiserver’s is not kept in memory', async () => {
  await assert.doesNotReject(async () => {
    try {
      assert.equal((await send('x'.repeat(9 * 1024 * 1024))).status, 413);
    } catch (error) {
      // Closed while the rest was still being sent.
      assert.match((error as NodeJS.ErrnoException).code ?? '', /EPIPE|ECONNRESET/);
    }
  });
});

test('a new certificate counts for the next connection, and a running one goes on', async () => {
  const before = await send(reviewOf(), { agent: keptAlive });
  const next = await newTrust();
  await certificate.refresh(next);
  assert.equal((await send(reviewOf(), { agent: keptAlive })).serial, before.serial);
  const after = await send(reviewOf(), { ca: next.bundle });
  assert.notEqual(after.serial, before.serial);
  await assert.rejects(send(reviewOf()), { code: /UNABLE_TO_VERIFY_LEAF_SIGNATURE|CERT_SIGNATURE_FAILURE/ });
});

test('one that retires has whoever is connected come anew, and answers them still', async () => {
  const next = await newTrust();
  await certificate.refresh(next);
  const ca = next.bundle;
  const isKept = async (): Promise<boolean> =>
    (await send(reviewOf(), { ca, agent: keptAlive })).connection !== 'close';
  assert.ok(await isKept());
  server.retire();
  const isFree = (): boolean => Object.keys(keptAlive.freeSockets).length === 0;
  while (!isFree()) await setImmediate();
  for (const _ of [1, 2]) assert.equal(await isKept(), false);
});
