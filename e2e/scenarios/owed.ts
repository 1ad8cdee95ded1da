import assert from 'node:assert/strict';
import { untilCondition, untilReady } from '../harness/look/conditions.ts';
import { replicaRow } from '../harness/look/replicas.ts';
import { makeApplication } from '../harness/make/application.ts';
import { makeReplica } from '../harness/make/replica.ts';
import { makeDaemon } from '../harness/make/rsync-daemon.ts';
import { withPlugin } from '../harness/plugin.ts';
import { type Context, defineScenario, type KubeObject } from '../harness/scenario.ts';

/** A Job writes and ends while its target is away: while no pod runs it is said what is owed since when, and the next run brings it over. */
export const scenario = defineScenario({
  name: 'owed',
  needsFaults: true,
  async run(context) {
    const namespace = await context.namespace();
    const service = await makeDaemon(context, namespace);
    await service.cutOff();
    const [claim, deployment] = makeApplication(context, {
      name: 'nightly',
      script: 'date > /data/$HOSTNAME; sleep 8',
    });
    const targets = [{ name: 'offsite', external: service.external }];
    await context.apply([claim, makeReplica('nightly', { targets })], namespace);
    await untilReady(context, namespace, 'nightly', 'True', 'NoPods');
    const never = await untilCondition(context, namespace, 'nightly', 'InSync', 'Unknown');
    assert.match(never.message, /it was never compared with offsite/);

    await context.step('a run ends with its last file unsent', async () => {
      await runs(context, namespace, 'first', deployment.spec.template);
      const owed = await untilCondition(context, namespace, 'nightly', 'InSync', 'False');
      assert.equal(owed.reason, 'ChangesOwed');
      const { behindSince } = (await replicaRow(context, namespace, 'nightly', 'offsite')) ?? {};
      assert.ok(Date.parse(behindSince) <= Date.now(), behindSince);
      assert.ok(owed.message.includes(`what was written since ${behindSince} is not on offsite`), owed.message);
      const ready = await untilReady(context, namespace, 'nightly', 'True', 'NoPods');
      assert.ok(ready.message.includes(`but what was written since ${behindSince}`), ready.message);
    });
    await context.step('the doctor says so', () =>
      withPlugin(context, namespace, 'on-call', (plugin) =>
        plugin.untilSays(/✖ .*ChangesOwed[\s\S]*do: start a pod/, 'doctor', 'nightly'),
      ),
    );
    await context.step('the next run brings it over', async () => {
      await service.heal();
      await runs(context, namespace, 'second', deployment.spec.template);
      await context.waitFor('nothing to be owed', async () => {
        const row = await replicaRow(context, namespace, 'nightly', 'offsite');
        return row !== undefined && row.behindSince === undefined;
      });
      const found = await context.exec({ namespace, pod: 'rsyncd', container: 'rsyncd' }, ['ls', '/replica/web']);
      assert.equal(found.trim().split('\n').length, 2, found);
    });
  },
});

/** A Job, to its end. */
const runs = async (context: Context, namespace: string, name: string, template: KubeObject): Promise<void> => {
  const spec = { ...template.spec, restartPolicy: 'Never' };
  const job = { apiVersion: 'batch/v1', kind: 'Job', metadata: { name }, spec: { template: { ...template, spec } } };
  await context.apply(job, namespace);
  await context.waitFor(`the end of ${name}`, async () => {
    const found = await context.get('job', name, namespace);
    return found?.status?.succeeded === 1;
  });
};
