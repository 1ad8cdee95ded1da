import assert from 'node:assert/strict';
import { readFileSync, watch } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';
import { movable } from '../harness/make/application.ts';
import { targetOn } from '../harness/make/replica.ts';
import { type Context, defineScenario } from '../harness/scenario.ts';

const count = 200;

import { startApplication } from '../harness/make/replicated-application.ts';

/** How long a change of a pod on one node takes to be visible in the target's volume on the other, seen from outside of both. */
export const scenario = defineScenario({
  name: 'latency',
  needsFaults: true,
  nodes: 2,
  async run(context) {
    const [near = '', far = ''] = context.nodes;
    const web = await startApplication(context, targetOn(far), { pod: movable(near) });
    const { namespace } = web;
    const pod = await web.pod();
    const receiver = await context.get('pod', 'web-dr-0', namespace);
    assert.deepEqual([pod.spec.nodeName, receiver.spec.nodeName], [near, far]);
    // Half of them are there before, and are written over.
    await web.run(`for i in $(seq ${count / 2}); do echo before > /data/f$i; done`);
    await web.untilSame();

    const script = `for i in $(seq ${count}); do echo "now $i" > /data/f$i; sleep 0.1; done`;
    const figures = await measure(context, namespace, () => web.run(script));
    await web.untilSame();
    const load = `a load of ${loadavg()[0]?.toFixed(1)} on ${availableParallelism()} processors`;
    context.log(`from the change to the target, ${count} lone changes at ${load}: ${figures}`);
  },
});

/** Watches both folders while `write` makes each file's one change; gives the times from the first sight of it here to that there. */
async function measure(context: Context, namespace: string, write: () => Promise<string>): Promise<string> {
  const source = await context.volumePath(namespace, 'web');
  const target = join(await context.volumePath(namespace, 'data-web-dr-0'), 'data');
  const [begun, ended] = [new Map<string, number>(), new Map<string, number>()];
  const isDone = (file: string): boolean => readFileSync(join(target, file), 'utf8').startsWith('now');
  const watchers = [
    watch(source, (_, file) => {
      if (file !== null && !begun.has(file)) begun.set(file, performance.now());
    }),
    watch(target, (_, file) => {
      const at = performance.now();
      if (file !== null && /^f\d+$/.test(file) && !ended.has(file) && isDone(file)) ended.set(file, at);
    }),
  ];
  try {
    await write();
    await context.waitFor('every change on the target', async () => ended.size === count);
  } finally {
    for (const watcher of watchers) watcher.close();
  }
  const times = [...ended].map(([file, at]) => at - (begun.get(file) ?? Number.NaN)).sort((a, b) => a - b);
  assert.ok(times.every(Number.isFinite), 'each change was seen at its source');
  const at = (share: number): string => `${times[Math.ceil(share * times.length) - 1]?.toFixed(1)} ms`;
  return `p50 ${at(0.5)}, p90 ${at(0.9)}, p99 ${at(0.99)}, longest ${at(1)}`;
}
