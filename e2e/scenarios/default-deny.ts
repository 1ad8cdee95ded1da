import assert from 'node:assert/strict';
import { ports } from '../../src/api/names.ts';
import { examples } from '../docs/read-documents.ts';
import { operatorNamespace } from '../harness/chart.ts';
import { untilCondition, untilReady } from '../harness/look/conditions.ts';
import { connectFrom } from '../harness/look/connections.ts';
import { agentsOf, runningPod } from '../harness/look/pods.ts';
import { provesReplication } from '../harness/look/replicas.ts';
import { makeApplication, makePod } from '../harness/make/application.ts';
import { makeNetworkPolicy } from '../harness/make/network-policy.ts';
import { makeReplica } from '../harness/make/replica.ts';
import { type Context, defineScenario, type KubeObject } from '../harness/scenario.ts';

/**
 * A namespace as careful administrators make it: nobody speaks to anybody, resources are limited, and there is a quota. What the
 * operator's own policies allow works, what they don't is refused, and what the administrator has to allow is said.
 */
export const scenario = defineScenario({
  name: 'default-deny',
  needsFaults: true,
  async run(context) {
    const namespace = await context.namespace();
    await context.apply([...limits, makeNetworkPolicy('default-deny', closed)], namespace);
    await context.step('agents that may not speak are told of, with what to allow', async () => {
      await context.apply([makeReplica('web'), ...makeApplication(context)], namespace);
      assert.deepEqual(agentsOf(await runningPod(context, namespace, 'web')), ['syncreplica-agent-web']);
      const { reason, message } = await untilCondition(context, namespace, 'web', 'Degraded', 'True');
      assert.equal(reason, 'AgentsUnreachable', message);
      assert.match(message, new RegExp(`${ports.receiver}.*NetworkPolicy`));
      await untilReady(context, namespace, 'web', 'False');
    });
    await context.step('with the documented policy it is replicated', async () => {
      await context.apply(documented(), namespace);
      await untilReady(context, namespace, 'web', 'True');
      await untilCondition(context, namespace, 'web', 'InSync', 'True');
      await untilCondition(context, namespace, 'web', 'Degraded', 'False');
      await provesReplication(context, namespace, 'web', 'web');
    });
    await context.step('a pod that the quota takes without an agent only says so', () => leavesOut(context));
    await context.step('nobody else reaches a receiver, an agent or the operator', () => refuses(context, namespace));
  },
});

const closed = { podSelector: {}, policyTypes: ['Ingress', 'Egress'] };

const limits: readonly KubeObject[] = [
  {
    apiVersion: 'v1',
    kind: 'LimitRange',
    metadata: { name: 'limits' },
    spec: {
      limits: [
        {
          type: 'Container',
          default: { cpu: '200m', memory: '128Mi' },
          defaultRequest: { cpu: '100m', memory: '64Mi' },
          max: { cpu: '400m', memory: '256Mi' },
          min: { cpu: '20m', memory: '32Mi' },
          maxLimitRequestRatio: { cpu: '4', memory: '3' },
        },
      ],
    },
  },
  {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'quota' },
    spec: {
      hard: { 'requests.cpu': '1', 'requests.memory': '1Gi', 'limits.cpu': '2', 'limits.memory': '2Gi', pods: '8' },
    },
  },
];

/** With the pod the quota is used up, and the receiver is too large for it at any time: it can't be there before the pod. */
const leavesOut = async (context: Context): Promise<void> => {
  const namespace = await context.namespace();
  const quota = { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'quota' } };
  await context.apply({ ...quota, spec: { hard: { 'requests.memory': '100Mi' } } }, namespace);
  await context.waitFor('the quota to be counted', async () => {
    return (await context.get('resourcequota', 'quota', namespace)).status?.hard !== undefined;
  });
  const container = { resources: { requests: { memory: '80Mi' } } };
  const managed = { storage: '64Mi', resources: { requests: { memory: '200Mi' } } };
  const replica = makeReplica('web', { targets: [{ name: 'dr', managed }] });
  await context.apply([replica, ...makeApplication(context, { container })], namespace);
  const pod = await runningPod(context, namespace, 'web');
  assert.deepEqual(agentsOf(pod), []);
  const told = await untilCondition(context, namespace, 'web', 'Injected', 'False');
  assert.match(told.message, new RegExp(`${pod.metadata.name} can't have an agent: the quota of this namespace`));
  await context.waitFor('what is said of its receiver', async () => {
    const { message } = await untilCondition(context, namespace, 'web', 'TargetsReady', 'False');
    return message.includes('kubectl describe statefulset web-dr');
  });
};

const documented = (): readonly KubeObject[] =>
  examples().find(({ where }) => where.endsWith('/network-policy.yaml'))?.objects ?? [];

/** From another namespace, and from a pod beside the application that may speak to anybody. */
const refuses = async (context: Context, namespace: string): Promise<void> => {
  const elsewhere = await context.namespace();
  for (const where of [namespace, elsewhere]) await context.apply(makePod(context, 'stranger'), where);
  const free = { podSelector: { matchLabels: { app: 'stranger' } }, policyTypes: ['Egress'], egress: [{}] };
  await context.apply(makeNetworkPolicy('free', free), namespace);
  const addressOf = async (name: string, where = namespace): Promise<string> =>
    (await context.get('pod', name, where)).status.podIP;
  const [receiver, application] = [
    await addressOf('web-dr-0'),
    await addressOf((await runningPod(context, namespace, 'web')).metadata.name),
  ];
  const [operator] = await context.list('pods', operatorNamespace, 'app.kubernetes.io/component=operator');
  for (const where of [namespace, elsewhere]) {
    await runningPod(context, where, 'stranger');
    const ask = (host: string, port: number) =>
      connectFrom(context, { namespace: where, pod: 'stranger', container: 'app' }, host, port);
    // The way is there: figures are for everybody.
    await context.waitFor('the metrics of the receiver', async () => {
      return (await ask(receiver, ports.receiverMetrics)) === 'open';
    });
    const doors: [string, string, number][] = [
      ['receiver', receiver, ports.receiver],
      ['agent', application, ports.agentMetrics],
      ['agent', application, ports.agentApi],
      ['operator', operator.status.podIP, ports.operatorProbes],
    ];
    for (const [whose, host, port] of doors) {
      assert.equal(await ask(host, port), 'no answer', `port ${port} of the ${whose} from ${where}`);
    }
  }
};
