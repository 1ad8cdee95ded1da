import assert from 'node:assert/strict';
import { loadavg } from 'node:os';
import type { Finding } from '../../src/kubectl/doctor/finding.ts';
import { sizedStorageClass } from '../cluster/faults.ts';
import { untilReady } from '../harness/look/conditions.ts';
import { inApp, runningPod } from '../harness/look/pods.ts';
import { provesReplication, startReplicated } from '../harness/look/replicas.ts';
import { makeApplication } from '../harness/make/application.ts';
import { makeNetworkPolicy } from '../harness/make/network-policy.ts';
import { makeReplica } from '../harness/make/replica.ts';
import { type Plugin, type Rights, withPlugin } from '../harness/plugin.ts';
import { type Context, defineScenario } from '../harness/scenario.ts';

const limitMs = 500;
const rounds = 8;

type Check = readonly [level: Finding['level'], check: string];

/** The doctor on a real cluster: all that it finds well, and each fault that is made, with what to do about it; and how fast the verbs answer. */
export const scenario = defineScenario({
  name: 'doctor',
  needsFaults: true,
  async run(context) {
    const namespace = await context.namespace();
    const targets = [{ name: 'dr', managed: { storage: '64Mi', storageClassName: sizedStorageClass } }];
    await startReplicated(context, namespace, makeReplica('web', { targets }), makeApplication(context));
    await provesReplication(context, namespace, 'web', 'web');
    const { name: pod } = (await runningPod(context, namespace, 'web')).metadata;
    const finds = (rights: Rights, ...expected: readonly Check[]) => untilFound(context, namespace, rights, expected);

    await context.step('all is well', async () => {
      const well = ['operator', 'webhook', 'injection', 'status', 'watches', 'room', 'certificate'] as const;
      await finds('administrator', ...well.map((check): Check => ['fine', check]));
      await finds('on-call', ['fine', 'status'], ['unknown', 'injection'], ['unknown', 'figures']);
    });
    await context.step('how fast verbs answer', () => measure(context, namespace));
    await context.step('a policy lets agents reach nobody', async () => {
      const closed = { podSelector: { matchLabels: { app: 'web' } }, policyTypes: ['Egress'] };
      await context.apply(makeNetworkPolicy('closed', closed), namespace);
      // A small one goes over the connection that stands, which the policy leaves alone.
      await inApp(context, namespace, pod, 'head -c 9000000 /dev/urandom > /data/cut-off');
      await finds('on-call', ['wrong', 'network'], ['wrong', 'TargetUnreachable']);
      await context.kubectl(['delete', 'networkpolicy', 'closed', '-n', namespace]);
      await finds('on-call', ['fine', 'status']);
    });
    await context.step('the target fills', async () => {
      const filled = await context.faults.fillClaim(namespace, 'data-web-dr-0');
      await inApp(context, namespace, pod, 'head -c 9000000 /dev/urandom > /data/big');
      await finds('administrator', ['warning', 'room'], ['wrong', 'TargetFull']);
      filled.release();
      await finds('administrator', ['fine', 'room'], ['fine', 'status']);
    });
    await untilReady(context, namespace, 'web', 'True');
  },
});

/** Its findings, once they are among them; those that ask for something say what. */
const untilFound = (context: Context, namespace: string, rights: Rights, expected: readonly Check[]): Promise<void> =>
  withPlugin(context, namespace, rights, async (plugin) => {
    const what = expected.map((one) => one.join(' ')).join(', ');
    const found = await context.waitFor(`the doctor to find ${what}`, async () => {
      const program = plugin.start('doctor', 'web', '-o', 'json');
      const code = await program.ended;
      const all: readonly Finding[] = JSON.parse(program.said());
      assert.equal(code, all.some(({ level }) => level === 'wrong') ? 1 : 0);
      return expected.every(([level, check]) => all.some((one) => one.level === level && one.check === check)) && all;
    });
    for (const { level, check, about, message, remedy } of found.filter((one) => one.level !== 'fine')) {
      if (level !== 'unknown') assert.ok(remedy, `${check} has no remedy`);
      context.log(`${level}: ${check} ${about}: ${message}${remedy === undefined ? '' : `; do: ${remedy}`}`);
    }
  });

/** From start to end, as somebody at a terminal waits for it, with the rights of who is on call. */
const measure = (context: Context, namespace: string): Promise<void> =>
  withPlugin(context, namespace, 'on-call', async (plugin) => {
    const words = [['list'], ['status', 'web'], ['top'], ['events', 'web'], ['doctor', 'web']] as const;
    for (const [verb, ...rest] of words) {
      const times: number[] = [];
      for (let round = 0; round < rounds; round++) times.push(await timeOf(plugin, verb, rest));
      times.sort((a, b) => a - b);
      const [best = Infinity, half = Infinity] = [times[0], times[rounds / 2]];
      context.log(
        `${verb}: best ${best.toFixed(0)} ms, median ${half.toFixed(0)} ms of ${rounds}, at a load of ${loadavg()[0]?.toFixed(1)}`,
      );
      if (verb === 'list') assert.ok(best < limitMs, `list takes ${best} ms at best`);
    }
  });

const timeOf = async (plugin: Plugin, verb: string, rest: readonly string[]): Promise<number> => {
  const began = performance.now();
  const program = plugin.start(verb, ...rest);
  assert.equal(await program.ended, 0, program.said());
  return performance.now() - began;
};
