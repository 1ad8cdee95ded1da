import assert from 'node:assert/strict';
import { receiverClaimName } from '../../src/api/names.ts';
import { untilCondition, untilReady } from '../harness/look/conditions.ts';
import { inApp, runningPod } from '../harness/look/pods.ts';
import { edit } from '../harness/look/replicas.ts';
import { untilSame } from '../harness/look/trees.ts';
import { makeReplica } from '../harness/make/replica.ts';
import { startApplication } from '../harness/make/replicated-application.ts';
import { type Context, defineScenario, type KubeObject } from '../harness/scenario.ts';

const managed = (name: string) => ({ name, managed: { storage: '64Mi' } });

/**
 * Two SyncReplicas whose names could be read as one have copies of their own; what is the user's and has a name that would be ours
 * is not touched, is said, and outlives the SyncReplica.
 */
export const scenario = defineScenario({
  name: 'names',
  needsFaults: true,
  async run(context) {
    const web = await startApplication(context, { targets: [managed('eu-dr')] });
    const { namespace } = web;
    await context.step('two that could be read as one', async () => {
      const source = { persistentVolumeClaim: 'web' };
      await context.apply(makeReplica('web-eu', { source }), namespace);
      await context.kubectl(['rollout', 'restart', 'deployment/web', '-n', namespace]);
      const claims = [receiverClaimName('web', 'eu-dr', 0), receiverClaimName('web-eu', 'dr', 0)];
      assert.equal(new Set(claims).size, 2);
      for (const name of ['web', 'web-eu']) {
        await untilReady(context, namespace, name, 'True');
        await untilCondition(context, namespace, name, 'InSync', 'True');
      }
      const before = await passwords(context, namespace);
      const pod = (await runningPod(context, namespace, 'web')).metadata.name;
      await inApp(context, namespace, pod, 'mkdir -p /data/a && echo both > /data/a/file');
      for (const claim of claims) await untilSame(context, namespace, 'web', claim);
      assert.equal(before.length, 2);
      assert.deepEqual(await passwords(context, namespace), before, 'nobody changes what is the other one’s');
    });
    await context.step('the user’s own Service', () => spares(context, namespace));
  },
});

const passwords = async (context: Context, namespace: string): Promise<readonly (readonly [string, string])[]> =>
  (await context.list('secrets', namespace))
    .filter(({ metadata }) => metadata.name.includes('srep-receiver'))
    .map(({ metadata, data }) => [metadata.name, data.password] as const);

const spares = async (context: Context, namespace: string): Promise<void> => {
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web-api' },
    spec: { selector: { app: 'mine' }, ports: [{ port: 80 }] },
  };
  await context.apply(service, namespace);
  const read = async (): Promise<KubeObject> => {
    const { metadata, spec } = await context.get('service', 'web-api', namespace);
    return { uid: metadata.uid, labels: metadata.labels, owners: metadata.ownerReferences, spec };
  };
  const before = await read();
  await edit(context, namespace, 'web', { targets: [managed('eu-dr'), managed('api')] });
  const { message } = await untilReady(context, namespace, 'web', 'False', 'NameTaken');
  assert.match(message, /target api: the Service web-api is there .* rename the target/);
  assert.equal(await context.get('statefulset', 'web-api', namespace), undefined);
  await context.kubectl(['delete', 'syncreplica', 'web', '-n', namespace, '--timeout=120s']);
  assert.deepEqual(await read(), before);
};
