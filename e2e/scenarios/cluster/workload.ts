import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeAuthority, makeCertificate } from '../../cluster/certificates.ts';
import type { Context, KubeObject } from '../../harness/scenario.ts';
import { application1, claim, idlePod, webhookParts, webhookRegistration } from './manifests.ts';
import { fetchOnce } from './programs.ts';

/** What a fetch from a pod brought. */
export interface Fetched {
  readonly status: number;
  readonly bytes: number;
  readonly text: string;
  readonly ms: number;
}

/** Waits until a pod is Ready. */
export function untilReady(context: Context, namespace: string, pod: string, timeoutMs?: number): Promise<KubeObject> {
  const ready = async () => {
    const seen = await context.get('pod', pod, namespace);
    const condition = seen?.status.conditions?.find(({ type }: { type: string }) => type === 'Ready');
    return condition?.status === 'True' && seen.metadata.deletionTimestamp === undefined && seen;
  };
  return context.waitFor(`pod ${pod} to be ready`, ready, timeoutMs);
}

/** Fetches a URL from a pod that idles. */
export async function fetchFrom(
  context: Context,
  namespace: string,
  url: string,
  timeoutMs = 5000,
  pod = 'client',
): Promise<Fetched> {
  const client = { namespace, pod, container: 'idle' };
  return JSON.parse(await context.exec(client, ['node', '-e', fetchOnce, url, String(timeoutMs)]));
}

/** A StatefulSet with a claim and a native sidecar on the last node, a client on the first, and what both see of each other. */
export async function startWorkload(context: Context, namespace: string): Promise<void> {
  const [first = '', last = ''] = [context.nodes[0], context.nodes.at(-1)];
  const claims = [claim('shared', 'ReadWriteMany', '50Mi'), claim('small', 'ReadWriteOnce', '48Mi', 'local-sized')];
  await context.apply([...claims, ...application1(context.toolImage, last)], namespace);
  await context.apply(idlePod(context.toolImage, 'client', first, ['shared', 'small']), namespace);
  await context.apply(idlePod(context.toolImage, 'other', last, ['shared']), namespace);
  for (const pod of ['web-0', 'client', 'other']) await untilReady(context, namespace, pod);
}

/** A Service answers by its DNS name from the other node; a claim for many is one for both nodes; a claim of its own is on its node. */
export async function checkWorkload(context: Context, namespace: string): Promise<void> {
  const url = `http://web.${namespace}.svc.cluster.local/`;
  const answered = await context.waitFor('the Service', async () => {
    const fetched = await fetchFrom(context, namespace, url);
    return fetched.status === 200 && fetched;
  });
  assert.equal(answered.text, 'web-0');
  const client = { namespace, pod: 'client', container: 'idle' };
  await context.exec(client, ['sh', '-c', 'echo from-client > /shared/note']);
  assert.equal(await context.exec({ ...client, pod: 'other' }, ['cat', '/shared/note']), 'from-client\n');
  assert.equal(readFileSync(join(await context.volumePath(namespace, 'shared'), 'note'), 'utf8'), 'from-client\n');
  const story = () => readStory(context, namespace);
  assert.deepEqual((await story()).slice(0, 2), ['sidecar started', 'application started']);
  await context.kubectl(['delete', 'pod', 'web-0', '--namespace', namespace, '--timeout=60s']);
  await untilReady(context, namespace, 'web-0');
  const whole = [
    'sidecar started',
    'application started',
    'application ended',
    'sidecar ended after: application ended',
  ];
  assert.deepEqual((await story()).slice(0, 4), whole);
}

/** What guards users is on: Pod Security, RBAC and Node authorization each refuse what they should. */
export async function checkGuards(context: Context, namespace: string): Promise<void> {
  const privileged = idlePod(context.toolImage, 'privileged', context.nodes[0] ?? '', []);
  privileged.spec.containers[0].securityContext = { privileged: true };
  const refused = async (why: RegExp, args: readonly string[], input = '') => {
    const { code, stderr } = await context.tryKubectl([...args, '--namespace', namespace], { input });
    assert.notEqual(code, 0, `${args.join(' ')} was allowed`);
    assert.match(stderr, why);
  };
  await refused(/violates PodSecurity "restricted/, ['apply', '-f', '-'], JSON.stringify(privileged));
  const account = `system:serviceaccount:${namespace}:default`;
  await refused(/cannot list resource "secrets"/, ['get', 'secrets', '--as', account]);
  await context.kubectl(['create', 'secret', 'generic', 'unrelated', '--from-literal=a=b', '--namespace', namespace]);
  const node = ['--as', `system:node:${context.nodes[0]}`, '--as-group', 'system:nodes'];
  await refused(/no relationship found between node/, ['get', 'secret', 'unrelated', ...node]);
}

/** A mutating webhook behind a Service, with a certificate of an authority of its own, changes what is created. */
export async function checkWebhook(context: Context, namespace: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'syncreplica-webhook-'));
  try {
    const names = [`DNS:webhook.${namespace}.svc`];
    await makeAuthority(folder, 'ca');
    await makeCertificate(folder, { file: 'webhook', authority: 'ca', commonName: 'webhook', names });
    const pem = (file: string) => readFileSync(join(folder, file), 'utf8');
    await context.apply(webhookParts(context.toolImage, pem('webhook.crt'), pem('webhook.key')), namespace);
    await untilReady(context, namespace, 'webhook');
    await context.apply(webhookRegistration(namespace, pem('ca.crt')));
    await context.waitFor('the webhook to change a new object', async () => {
      const name = `seen-${Date.now().toString(36)}`;
      await context.kubectl(['create', 'configmap', name, '--namespace', namespace]);
      return (await context.get('configmap', name, namespace))?.metadata.labels?.seen === 'by-webhook';
    });
  } finally {
    await context.kubectl(['delete', 'mutatingwebhookconfiguration', namespace, '--ignore-not-found']);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What the pod `web-0` and its sidecar wrote, read from outside. */
async function readStory(context: Context, namespace: string): Promise<readonly string[]> {
  return readFileSync(join(await context.volumePath(namespace, 'data-web-0'), 'story'), 'utf8')
    .trim()
    .split('\n');
}
