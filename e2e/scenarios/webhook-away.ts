import assert from 'node:assert/strict';
import { operatorNamespace, releaseName } from '../harness/chart.ts';
import { untilCondition, untilReady } from '../harness/look/conditions.ts';
import { agentsOf, runningPod } from '../harness/look/pods.ts';
import { provesReplication } from '../harness/look/replicas.ts';
import { makeApplication } from '../harness/make/application.ts';
import { makeReplica } from '../harness/make/replica.ts';
import { type Context, defineScenario } from '../harness/scenario.ts';

const limitMs = 60_000;

/**
 * The API server does not reach the webhook, as behind a firewall: pods come all the same, and within a minute the status says that
 * nobody asked and what to open. Once it is open, what is said to do helps.
 */
export const scenario = defineScenario({
  name: 'webhook-away',
  needsFaults: true,
  async run(context) {
    const namespace = await context.namespace();
    await context.apply(makeReplica('web'), namespace);
    await untilReady(context, namespace, 'web', 'True', 'ClaimNotFound');
    await unreached(context, async () => {
      const { creationTimestamp } = (await context.get('syncreplica', 'web', namespace)).metadata;
      await context.waitFor('a pod to be certainly later than its SyncReplica', async () => {
        return Date.now() > Date.parse(creationTimestamp) + 12_000;
      });
      const askedAt = performance.now();
      await context.apply(makeApplication(context), namespace);
      const { reason, message } = await untilCondition(context, namespace, 'web', 'Injected', 'False');
      const tookMs = performance.now() - askedAt;
      assert.equal(reason, 'WebhookNotCalled', message);
      assert.match(message, /the webhook was not asked.*port 9443.*kubectl rollout restart deployment\/web/);
      assert.ok(tookMs < limitMs, `${tookMs} ms`);
      assert.deepEqual(agentsOf(await runningPod(context, namespace, 'web')), []);
      await untilReady(context, namespace, 'web', 'False', 'WebhookNotCalled');
    });
    await context.step('what is said to do helps', async () => {
      await context.kubectl(['rollout', 'restart', 'deployment/web', '-n', namespace]);
      await untilReady(context, namespace, 'web', 'True');
      await untilCondition(context, namespace, 'web', 'InSync', 'True');
      await provesReplication(context, namespace, 'web', 'web');
    });
  },
});

/** The port of the webhook's Service leads nowhere for a while. */
const unreached = async (context: Context, work: () => Promise<void>): Promise<void> => {
  const name = `${releaseName}-webhook`;
  const [service] = (await context.list('services', operatorNamespace)).filter(
    ({ metadata }) => metadata.name === name,
  );
  const { targetPort } = service.spec.ports[0];
  const leadTo = (port: string | number) =>
    context.kubectl([
      ...['patch', 'service', name, '-n', operatorNamespace, '--type=json', '-p'],
      JSON.stringify([{ op: 'replace', path: '/spec/ports/0/targetPort', value: port }]),
    ]);
  await leadTo(1);
  try {
    await context.step('the webhook can’t be reached', work);
  } finally {
    await leadTo(targetPort);
  }
};
