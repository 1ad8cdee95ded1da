import assert from 'node:assert/strict';
import { untilReady } from '../harness/look/conditions.ts';
import { edit } from '../harness/look/replicas.ts';
import { makeApplication } from '../harness/make/application.ts';
import { makeReplica } from '../harness/make/replica.ts';
import { type Context, defineScenario, type KubeObject } from '../harness/scenario.ts';

const external = (secretName: string) => ({
  name: 'offsite',
  external: { address: '192.0.2.1', port: 873, module: 'web', secretName, tls: 'ServerOnly' },
});

/** Each mistake of a user is said in a condition with what to do about it, and healed by itself when it is mended. */
export const scenario = defineScenario({
  name: 'user-errors',
  async run(context) {
    const namespace = await context.namespace();
    await context.step('what the apiserver refuses', () => refused(context, namespace));
    await context.step('a claim that does not exist', async () => {
      await context.apply(makeReplica('web'), namespace);
      // It is no mistake yet: what applies in waves may bring the claim after what waits for Ready.
      const { message } = await untilReady(context, namespace, 'web', 'True', 'ClaimNotFound');
      assert.match(message, /claim web doesn't exist.*create it/);
      await context.apply(makeApplication(context), namespace);
      await untilReady(context, namespace, 'web', 'True');
    });
    await context.step('a class that does not exist', async () => {
      const other = { name: 'other', managed: { storage: '64Mi', storageClassName: 'no-such' } };
      await edit(context, namespace, 'web', { targets: [{ name: 'dr', managed: { storage: '64Mi' } }, other] });
      await says(context, namespace, 'StorageClassNotFound', /StorageClass no-such doesn't exist/);
      await edit(context, namespace, 'web', { targets: [{ name: 'dr', managed: { storage: '64Mi' } }] });
      await untilReady(context, namespace, 'web', 'True');
    });
    await context.step('Elevated without the namespace’s label', async () => {
      const elevated = { name: 'dr', managed: { storage: '64Mi', access: 'Elevated' } };
      await edit(context, namespace, 'web', { targets: [elevated] });
      await says(context, namespace, 'ElevatedNotAllowed', /allow-elevated=true/);
      await edit(context, namespace, 'web', { targets: [{ name: 'dr', managed: { storage: '64Mi' } }] });
      await untilReady(context, namespace, 'web', 'True');
    });
    await context.step('a Secret that is missing, then lacks a key', async () => {
      await edit(context, namespace, 'web', {
        targets: [{ name: 'dr', managed: { storage: '64Mi' } }, external('creds')],
      });
      await says(context, namespace, 'SecretNotFound', /Secret creds doesn't exist/);
      await context.kubectl(['create', 'secret', 'generic', 'creds', '--from-literal=username=u', '-n', namespace]);
      await says(context, namespace, 'SecretIncomplete', /password/);
      await context.kubectl([
        'patch',
        'secret',
        'creds',
        '-n',
        namespace,
        '-p',
        '{"stringData":{"password":"long-enough"}}',
      ]);
      // Nobody answers there: what is left to say is that.
      await untilReady(context, namespace, 'web', 'False', 'Waiting');
    });
    await context.step('an ambiguous source', async () => {
      const [claim, deployment] = makeApplication(context, { name: 'many' }) as [KubeObject, KubeObject];
      const template = deployment.spec.template;
      template.spec.volumes = [{ name: 'data', emptyDir: {} }];
      await context.apply([claim, { ...deployment, spec: { ...deployment.spec, replicas: 2 } }], namespace);
      const source = { podSelector: { matchLabels: { app: 'many' } }, volume: 'data' };
      await context.apply(makeReplica('many', { source }), namespace);
      const ready = await untilReady(context, namespace, 'many', 'False', 'AmbiguousSource');
      assert.match(ready.message, /2 selected pods each have a data volume of their own.*StatefulSet/);
      assert.equal(await context.get('statefulset', 'many-dr', namespace), undefined);
    });
  },
});

const says = async (context: Context, namespace: string, reason: string, sentence: RegExp): Promise<void> => {
  const ready = await untilReady(context, namespace, 'web', 'False', reason);
  assert.match(ready.message, sentence);
};

/** The sentence is ours, the refusal the apiserver's. */
const refused = async (context: Context, namespace: string): Promise<void> => {
  const table: [object, RegExp][] = [
    [{ targets: [{ name: 'dr' }] }, /a target is one of managed, external and ssh; write exactly one of them/],
    [{ source: { persistentVolumeClaim: 'web', volume: 'x' } }, /podSelector and volume go together/],
    [{ sync: { workers: 99 } }, /workers/],
    [{ source: { persistentVolumeClaim: 'web', path: '../etc' } }, /a path can't hold \.\./],
    [{ nonsense: true }, /unknown field/],
  ];
  for (const [spec, sentence] of table) {
    const { code, stderr } = await context.tryKubectl(['create', '-n', namespace, '-f', '-'], {
      input: JSON.stringify(makeReplica('web', spec)),
    });
    assert.notEqual(code, 0, JSON.stringify(spec));
    assert.match(stderr, sentence);
  }
};
