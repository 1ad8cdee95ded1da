import { defineScenario } from '../harness/scenario.ts';
import {
  checkApiserver,
  checkFull,
  checkKill,
  checkLink,
  checkPartition,
  checkPowerCut,
  checkRestarts,
  checkSplit,
} from './cluster/fault-checks.ts';
import { checkPolicies } from './cluster/policy-checks.ts';
import { checkGuards, checkWebhook, checkWorkload, startWorkload } from './cluster/workload.ts';

/** The cluster itself does what the other scenarios build on, and each fault does what it says. */
export const scenario = defineScenario({
  name: 'cluster',
  needs: 'cluster',
  needsFaults: true,
  nodes: 2,
  async run(context) {
    const [near = '', far = ''] = [context.nodes[0], context.nodes.at(-1)];
    const namespace = await context.namespace({ 'pod-security.kubernetes.io/enforce': 'restricted' });
    const { step } = context;
    await step('a StatefulSet with claim and native sidecar', () => startWorkload(context, namespace));
    await step('Services, DNS, claims, the order of a native sidecar', () => checkWorkload(context, namespace));
    await step('what guards users refuses', () => checkGuards(context, namespace));
    await step('network policies between nodes and on one', () => checkPolicies(context, namespace));
    await step('a webhook called through its Service', () => checkWebhook(context, namespace));
    await step('a killed process', () => checkKill(context, namespace));
    await step('a full claim', () => checkFull(context, namespace));
    await step('a link that loses, delays, is narrow', () => checkLink(context, namespace, far));
    await step('two nodes cut from each other', () => checkSplit(context, namespace, near, far));
    await step('no apiserver', () => checkApiserver(context, namespace));
    await step('restarted programs', () => checkRestarts(context, namespace, far));
    await step('a partitioned node', () => checkPartition(context, namespace, far));
    await step('a power cut', () => checkPowerCut(context, namespace, far));
  },
});
