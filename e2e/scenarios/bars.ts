import assert from 'node:assert/strict';
import { availableParallelism, loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { agentsOf, runningPod } from '../harness/look/pods.ts';
import { makeApplication } from '../harness/make/application.ts';
import { makeReplica } from '../harness/make/replica.ts';
import { type Context, defineScenario, type KubeObject } from '../harness/scenario.ts';
import { boundOf, countWrites, forgetWrites, operatorMemory, quantile, readBuckets } from './bars/measure.ts';

const count = 10;
const names = Array.from({ length: count }, (_, index) => `web${index}`);
const idleMs = 60_000;
const reviews = 200;
const starts = 5;

/** What the operator costs and how long a user waits for it, in figures. It asserts that everything worked, never how fast. */
export const scenario = defineScenario({
  name: 'bars',
  async run(context) {
    const namespace = await context.namespace();
    try {
      const readWrites = await countWrites(context);
      await context.step('apply → Ready', () => untilAllReady(context, namespace));
      await context.step('the webhook', () => review(context, namespace));
      await context.step('start of an application', () => startApplications(context, namespace));
      await context.step('nothing changes', () => stayIdle(context, namespace, readWrites));
    } finally {
      await forgetWrites(context);
    }
    context.log(`a load of ${loadavg()[0]?.toFixed(1)} on ${availableParallelism()} processors at the end`);
  },
});

/** One SyncReplica after the other, each with its application and an empty claim in one file. */
async function untilAllReady(context: Context, namespace: string): Promise<void> {
  const times: number[] = [];
  for (const name of names) {
    const began = performance.now();
    await context.apply([makeReplica(name), ...makeApplication(context, { name })], namespace);
    const what = ['wait', `syncreplica/${name}`, '--for=condition=Ready', '-n', namespace, '--timeout=120s'];
    await context.kubectl(what);
    times.push((performance.now() - began) / 1000);
  }
  const [middle, longest] = [quantile(times, 0.5), quantile(times, 1)].map((one) => one.toFixed(1));
  context.log(`from kubectl apply to Ready, ${count} empty volumes: p50 ${middle} s, longest ${longest} s (bar 15 s)`);
}

/** Pods that are reviewed and injected, and never made. */
async function review(context: Context, namespace: string): Promise<void> {
  const metric = 'syncreplica_webhook_duration_seconds';
  const before = await readBuckets(context, metric);
  const items = Array.from({ length: reviews }, (_, index) => podOf(context, `reviewed${index}`, names[0] ?? ''));
  const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
  const injected = String.raw`jsonpath={.metadata.labels.syncreplica\.io/injected}{"\n"}`;
  const words = ['create', '--dry-run=server', '-n', namespace, '-f', '-', '-o', injected];
  const made = (await context.kubectl(words, { input: list })).trim().split('\n');
  assert.deepEqual(
    made,
    items.map(() => 'true'),
  );
  const after = await readBuckets(context, metric);
  const [half, most] = [boundOf(before, after, 0.5), boundOf(before, after, 0.99)];
  assert.ok(most.count >= reviews);
  const shown = (bound: number): string => `at most ${bound * 1000} ms`;
  context.log(
    `webhook's own time, ${most.count} reviews: p50 ${shown(half.bound)}, p99 ${shown(most.bound)} (bar 20 ms)`,
  );
}

/**
 * Pods with and without an agent, in turn. Their own clock tells how long it takes from an init container's end to the
 * application: what lies between is the agent, where there is one.
 */
async function startApplications(context: Context, namespace: string): Promise<void> {
  const measure = async (pod: KubeObject): Promise<number> => {
    const { name } = pod.metadata;
    await context.apply(pod, namespace);
    await context.kubectl(['wait', `pod/${name}`, '--for=condition=Ready', '-n', namespace, '--timeout=120s']);
    const told = async (container: string): Promise<number> =>
      Number((await context.kubectl(['logs', name, '-c', container, '-n', namespace])).trim());
    const [first, app] = [await told('first'), await told('app')];
    const made = await context.get('pod', name, namespace);
    assert.equal(agentsOf(made).length, pod.metadata.labels ? 0 : 1);
    await context.kubectl(['delete', 'pod', name, '-n', namespace, '--timeout=60s']);
    return app - first;
  };
  const [withAgent, without]: [number[], number[]] = [[], []];
  for (let index = 0; index < starts; index++) {
    const [name = ''] = names;
    withAgent.push(await measure(podOf(context, `with${index}`, name)));
    const bare = podOf(context, `without${index}`, name);
    without.push(
      await measure({ ...bare, metadata: { ...bare.metadata, labels: { 'syncreplica.io/inject': 'false' } } }),
    );
  }
  const show = (times: readonly number[]): string => `${quantile(times, 0.5)} ms (${times.join(', ')})`;
  const delay = quantile(withAgent, 0.5) - quantile(without, 0.5);
  context.log(
    `an init container's end to the application: with an agent ${show(withAgent)}, without ${show(without)}: ${delay} ms (bar 1 s)`,
  );
}

async function stayIdle(context: Context, namespace: string, readWrites: () => Promise<number>): Promise<void> {
  // What the steps before brought about is to be over.
  await sleep(15_000);
  const [began, before] = [performance.now(), await readWrites()];
  let memory = await operatorMemory(context);
  while (performance.now() - began < idleMs) {
    await sleep(5_000);
    const now = await operatorMemory(context);
    memory = now.map((one, index) => ({ ...one, now: Math.max(one.now, memory[index]?.now ?? 0) }));
  }
  const seconds = (performance.now() - began) / 1000;
  const written = (await readWrites()) - before;
  assert.ok(written > 0, 'the leader renews its lease');
  context.log(`writes in ${seconds.toFixed(0)} s: ${written}, ${(written / seconds).toFixed(2)} a second (bar 1)`);
  const shown = memory.map(({ now, most }) => `${now.toFixed(0)} MiB (at its most ${most.toFixed(0)})`).join(', ');
  context.log(`memory of the operators with ${count} SyncReplicas: ${shown} (bar 128 MiB)`);
  const replicas = await context.list('syncreplicas', namespace);
  const ready = replicas.filter(({ status }) =>
    status.conditions.some(({ type, status }: KubeObject) => type === 'Ready' && status === 'True'),
  );
  assert.equal(ready.length, count);
  for (const name of names) await runningPod(context, namespace, name);
}

/** A pod of the application's claim with an init container; each container tells when it began, in ms. */
const podOf = (context: Context, name: string, claim: string): KubeObject => {
  const [, { spec }] = makeApplication(context, { claim }) as [KubeObject, KubeObject];
  const [app] = spec.template.spec.containers;
  const container = (name: string, after: string): KubeObject => ({
    ...app,
    name,
    command: ['sh', '-c', `date +%s%3N; ${after}`],
  });
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: {
      ...spec.template.spec,
      initContainers: [container('first', 'true')],
      containers: [container('app', "trap 'exit 0' TERM; while true; do sleep 0.2; done")],
    },
  };
};
