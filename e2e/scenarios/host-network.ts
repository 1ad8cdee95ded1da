import assert from 'node:assert/strict';
import { untilCondition } from '../harness/look/conditions.ts';
import { agentsOf } from '../harness/look/pods.ts';
import { targetOn } from '../harness/make/replica.ts';
import { startApplication } from '../harness/make/replicated-application.ts';
import { defineScenario } from '../harness/scenario.ts';

/** Two workloads in the network of one node: their agents share it, and reach receivers on it and elsewhere past the receivers' policies. */
export const scenario = defineScenario({
  name: 'host-network',
  needsFaults: true,
  nodes: 2,
  async run(context) {
    const [node = '', other = ''] = context.nodes;
    const namespace = await context.namespace();
    const pod = {
      hostNetwork: true,
      dnsPolicy: 'ClusterFirstWithHostNet',
      nodeSelector: { 'kubernetes.io/hostname': node },
    };
    const used = new Set<number>();
    for (const [name, where] of [
      ['near', node],
      ['far', other],
    ] as const) {
      const options = { namespace, name, pod };
      const application = await startApplication(context, targetOn(where), options);
      const started = await application.pod();
      assert.deepEqual(agentsOf(started), [`syncreplica-agent-${name}`]);
      const ports = started.spec.initContainers.flatMap((one: { ports: { hostPort: number }[] }) => one.ports);
      for (const { hostPort } of ports) {
        assert.ok(!used.has(hostPort), `port ${hostPort} is taken`);
        used.add(hostPort);
      }
      await untilCondition(context, namespace, name, 'InSync', 'True');
      await application.run('mkdir -p /data/a && echo here > /data/a/file');
      await application.untilSame();
    }
    assert.equal(used.size, 4);
  },
});
