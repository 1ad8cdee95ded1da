import assert from 'node:assert/strict';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Context } from '../../harness/scenario.ts';
import { echoMany } from './programs.ts';
import { fetchFrom, untilReady } from './workload.ts';

const megabyte = 1_000_000;

/** A container whose process is killed is started again by the kubelet, its neighbours are not. */
export async function checkKill(context: Context, namespace: string): Promise<void> {
  const restarts = async (container: string) => {
    const { status } = await context.get('pod', 'web-0', namespace);
    const all = [...status.initContainerStatuses, ...status.containerStatuses];
    return all.find(({ name }) => name === container);
  };
  const before = {
    application: (await restarts('application')).restartCount,
    sidecar: (await restarts('sidecar')).restartCount,
  };
  await context.faults.killContainerProcess(namespace, 'web-0', 'application');
  const after = await context.waitFor('the container to be started again', async () => {
    const seen = await restarts('application');
    return seen.restartCount > before.application && seen.ready && seen;
  });
  assert.equal(after.lastState.terminated.exitCode, 137);
  assert.equal((await restarts('sidecar')).restartCount, before.sidecar);
}

/** A node whose power is cut is gone with all of its processes; booted again it has its volumes, and its pods come back. */
export async function checkPowerCut(context: Context, namespace: string, node: string): Promise<void> {
  const ticks = join(await context.volumePath(namespace, 'data-web-0'), 'ticks');
  await context.faults.powerCutNode(node);
  const [size, written] = [statSync(ticks).size, await untilNotReady(context, node)];
  assert.equal(written, 'Unknown');
  assert.equal(statSync(ticks).size, size, 'a process of the node ran on');
  await context.faults.restoreNode(node);
  await untilReady(context, namespace, 'web-0', 180_000);
  await untilAnswered(context, namespace);
  assert.ok(statSync(ticks).size >= size);
}

/** A partitioned node is lost to the control plane, while its pods run on. */
export async function checkPartition(context: Context, namespace: string, node: string): Promise<void> {
  const ticks = join(await context.volumePath(namespace, 'data-web-0'), 'ticks');
  await context.faults.partitionNode(node);
  await untilNotReady(context, node);
  const size = statSync(ticks).size;
  await context.waitFor('the pod to run on', async () => statSync(ticks).size > size);
  await context.faults.healNode(node);
  await untilNodeReady(context, node);
  await untilAnswered(context, namespace);
}

/** Two nodes that are cut from each other both stay with the control plane. */
export async function checkSplit(context: Context, namespace: string, node: string, other: string): Promise<void> {
  const since = Date.now();
  await context.faults.partitionNode(node, other);
  const url = `http://${await addressOf(context, namespace)}:8080/`;
  assert.equal((await fetchFrom(context, namespace, url, 2000)).status, 0);
  await context.kubectl(['exec', '--namespace', namespace, 'web-0', '-c', 'application', '--', 'true']);
  // What the link suffered before may still be seen as a lost node: a heartbeat sent while they are cut tells.
  for (const name of [node, other]) {
    await context.waitFor(`a heartbeat of ${name}`, async () => (await lastHeartbeat(context, name)) > since);
    await untilNodeReady(context, name);
  }
  assert.equal((await fetchFrom(context, namespace, url, 2000)).status, 0);
  await context.faults.healNode(node);
  await untilAnswered(context, namespace);
}

/** The link loses the share it is told to, is as slow as it is told to, and is whole again once healed. */
export async function checkLink(context: Context, namespace: string, node: string): Promise<void> {
  const address = await addressOf(context, namespace);
  const echo = async (): Promise<{ back: number; quickest: number }> =>
    JSON.parse(await context.exec({ namespace, pod: 'client', container: 'idle' }, ['node', '-e', echoMany, address]));
  const whole = await echo();
  assert.ok(whole.back > 290, `${whole.back} of 300 came back over a whole link`);
  await context.faults.dropPackets(node, 30);
  const lossy = await echo();
  // Each way loses 30 percent, so that 49 percent come back: 147 of 300, and no less likely than one in a million outside this.
  assert.ok(
    lossy.back > 100 && lossy.back < 195,
    `${lossy.back} of 300 came back over a link that loses 30 percent each way`,
  );
  await context.faults.healNode(node);
  await context.faults.delayLink(node, 120);
  const slow = await echo();
  assert.ok(slow.quickest >= 240, `a round trip took ${slow.quickest} ms over a link with 120 ms each way`);
  assert.ok(slow.back > 280, `${slow.back} of 300 came back over a slow link`);
  const url = `http://${address}:8080/bytes/${megabyte}`;
  assert.equal((await fetchFrom(context, namespace, url, 60_000)).bytes, megabyte);
  await context.faults.healNode(node);
  await context.faults.narrowLink(node, 4000);
  const narrow = await fetchFrom(context, namespace, url, 60_000);
  assert.equal(narrow.bytes, megabyte);
  assert.ok(narrow.ms > 1500, `1 MB took ${narrow.ms} ms over 4 Mbit/s`);
  await context.faults.healNode(node);
  const healed = await echo();
  assert.ok(healed.back > 290, `${healed.back} of 300 came back over a healed link`);
  assert.ok(healed.quickest < 100, `a round trip took ${healed.quickest} ms over a healed link`);
}

/** A full claim refuses what is written, shows nothing new in it, and takes it again once it was released. */
export async function checkFull(context: Context, namespace: string): Promise<void> {
  const client = { namespace, pod: 'client', container: 'idle' };
  const write = (name: string) =>
    context.tryKubectl([
      'exec',
      '--namespace',
      namespace,
      client.pod,
      '-c',
      client.container,
      '--',
      'dd',
      'if=/dev/zero',
      `of=/small/${name}`,
      'bs=1M',
      'count=4',
      'conv=fsync',
    ]);
  assert.equal((await write('before')).code, 0);
  const folder = await context.volumePath(namespace, 'small');
  const names = readdirSync(folder).sort();
  const filled = await context.faults.fillClaim(namespace, 'small');
  assert.ok(filled.bytes > 16 * megabyte, `only ${filled.bytes} bytes were free`);
  assert.deepEqual(readdirSync(folder).sort(), names);
  const refused = await write('during');
  assert.match(refused.stderr, /No space left on device/);
  filled.release();
  assert.equal((await write('after')).code, 0);
}

/** Without its apiserver nothing can be asked, pods run on; afterwards all of the control plane works again. */
export async function checkApiserver(context: Context, namespace: string): Promise<void> {
  const ticks = join(await context.volumePath(namespace, 'data-web-0'), 'ticks');
  await context.faults.stopApiserver();
  assert.notEqual((await context.tryKubectl(['get', 'nodes', '--request-timeout=5s'])).code, 0);
  const size = statSync(ticks).size;
  await context.waitFor('the pod to run on', async () => statSync(ticks).size > size);
  await context.faults.startApiserver();
  await checkControllers(context, namespace);
}

/** Every program of the control plane and of a node can be killed; the pods don't notice, and the work goes on. */
export async function checkRestarts(context: Context, namespace: string, node: string): Promise<void> {
  const before = await context.get('pod', 'web-0', namespace);
  for (const component of ['etcd', 'kube-controller-manager', 'kube-scheduler'])
    await context.faults.restartComponent(component);
  for (const component of ['containerd', 'kubelet', 'kube-proxy'])
    await context.faults.restartComponent(component, node);
  await checkControllers(context, namespace);
  await untilNodeReady(context, node);
  await untilAnswered(context, namespace);
  const after = await context.get('pod', 'web-0', namespace);
  assert.equal(after.metadata.uid, before.metadata.uid);
  const started = ({ status }: typeof before) => status.containerStatuses[0].state.running?.startedAt;
  assert.equal(started(after), started(before));
}

/** Controllers work when a Deployment that is told to has its pods: that takes the apiserver, a controller, the scheduler and a kubelet. */
async function checkControllers(context: Context, namespace: string): Promise<void> {
  const name = `after-${Date.now().toString(36)}`;
  const web = await context.waitFor('the apiserver', () => context.get('statefulset', 'web', namespace));
  const { securityContext } = web.spec.template.spec;
  const labels = { app: name };
  const container = {
    ...web.spec.template.spec.containers[0],
    volumeMounts: [],
    readinessProbe: undefined,
    command: ['sleep', '600'],
  };
  const template = {
    metadata: { labels },
    spec: { securityContext, containers: [container], terminationGracePeriodSeconds: 0 },
  };
  const spec = { replicas: 1, selector: { matchLabels: labels }, template };
  const apply = async () => {
    await context.apply({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name }, spec }, namespace);
    return true;
  };
  await context.waitFor('the apiserver to take a Deployment', apply);
  await context.waitFor('the Deployment to have its pod', async () => {
    return (await context.get('deployment', name, namespace))?.status.readyReplicas === 1;
  });
  await context.kubectl(['delete', 'deployment', name, '--namespace', namespace]);
}

async function addressOf(context: Context, namespace: string): Promise<string> {
  return (await context.get('pod', 'web-0', namespace)).status.podIP;
}

async function readiness(context: Context, node: string): Promise<string> {
  const { status } = await context.get('node', node);
  return status.conditions.find(({ type }: { type: string }) => type === 'Ready').status;
}

/** When the node last renewed its Lease, in ms since 1970. */
async function lastHeartbeat(context: Context, node: string): Promise<number> {
  return Date.parse((await context.get('lease', node, 'kube-node-lease')).spec.renewTime);
}

function untilNotReady(context: Context, node: string): Promise<string> {
  const lost = async () => {
    const seen = await readiness(context, node);
    return seen !== 'True' && seen;
  };
  return context.waitFor(`${node} to be seen as lost`, lost);
}

function untilNodeReady(context: Context, node: string): Promise<boolean> {
  return context.waitFor(`${node} to be Ready`, async () => (await readiness(context, node)) === 'True');
}

async function untilAnswered(context: Context, namespace: string): Promise<void> {
  const url = `http://web.${namespace}.svc.cluster.local/`;
  await context.waitFor('the Service to answer', async () => (await fetchFrom(context, namespace, url)).status === 200);
}
