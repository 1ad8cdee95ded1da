import assert from 'node:assert/strict';
import { writerSecretName } from '../../src/api/names.ts';
import { examples } from '../docs/read-documents.ts';
import { untilCondition, untilReady } from '../harness/look/conditions.ts';
import { inApp, runningPod } from '../harness/look/pods.ts';
import { replicaRow, startReplicated } from '../harness/look/replicas.ts';
import { untilSameFolders } from '../harness/look/trees.ts';
import { makeApplication } from '../harness/make/application.ts';
import { type Context, defineScenario, type KubeObject } from '../harness/scenario.ts';

/**
 * The receiver of another SyncReplica, by a copied Secret and a node's port, as the how-to for two clusters says it: replicate,
 * fail over to the other side, and keep the first side's agent from writing when it comes back.
 */
export const scenario = defineScenario({
  name: 'another-installation',
  needsFaults: true,
  async run(context) {
    const [main, standby] = [await context.namespace(), await context.namespace()];
    const application = makeApplication(context, { name: 'uploads' });
    const external = await context.step('a receiver is offered', () => offer(context, standby));
    await context.step('its Secret is copied', () => copySecret(context, standby, main));
    const [replica] = documented('to-standby');
    replica.spec.targets[0].external = { ...replica.spec.targets[0].external, ...external };
    await startReplicated(context, main, replica, application);
    const source = await context.volumePath(main, 'uploads');
    const target = `${await context.volumePath(standby, 'data-uploads-dr-0')}/data`;
    const { name: pod } = (await runningPod(context, main, 'uploads')).metadata;
    await context.step('changes of every kind', async () => {
      await inApp(
        context,
        main,
        pod,
        'cd /data && mkdir -p a/b empty && for i in $(seq 300); do echo $i > a/$i; done; ln -s ../1 a/b/link; chmod 600 a/2',
      );
      await untilSameFolders(context, source, target);
      await inApp(context, main, pod, 'cd /data && mv a c && rm c/4 && echo more >> c/5');
      await untilSameFolders(context, source, target);
    });
    await context.step('fail over', async () => {
      await context.kubectl(['scale', 'deployment/uploads', '--replicas=0', '-n', main]);
      const claims = application.filter(({ kind }) => kind !== 'PersistentVolumeClaim');
      await context.apply(claims, standby);
      const moved = (await runningPod(context, standby, 'uploads')).metadata.name;
      assert.equal((await inApp(context, standby, moved, 'cat /data/c/5')).trim(), '5\nmore');
      await untilReady(context, standby, 'uploads', 'True');
      await inApp(context, standby, moved, 'cd /data && echo newer > c/5 && rm c/6');
      await untilSameFolders(context, await context.volumePath(standby, 'uploads'), target);
    });
    await context.step('the first side comes back', async () => {
      await context.kubectl(['scale', 'deployment/uploads', '--replicas=1', '-n', main]);
      const old = (await runningPod(context, main, 'uploads')).metadata.name;
      await inApp(context, main, old, 'echo older > /data/c/5');
      await context.waitFor('the old writer to be kept off', async () => {
        const row = await replicaRow(context, main, 'uploads', 'standby');
        return row?.lastError?.reason === 'OtherSource' && row.state === 'Offline';
      });
      await context.waitFor('its Event', async () =>
        (await context.list('events.events.k8s.io', main)).some(({ reason }) => reason === 'WriterRefused'),
      );
      await untilCondition(context, standby, 'uploads', 'InSync', 'True');
      await untilSameFolders(context, await context.volumePath(standby, 'uploads'), target);
    });
  },
});

/** Applies the example of the standby with a node's port, as there is no load balancer; gives the fields of the target. */
const offer = async (context: Context, namespace: string): Promise<object> => {
  const objects = documented('standby-restored');
  const [dr] = objects.find(({ kind }) => kind === 'SyncReplica').spec.targets;
  dr.managed.service.type = 'NodePort';
  await context.apply(objects, namespace);
  const service = await context.waitFor('the port', () => context.get('service', 'uploads-dr', namespace));
  const [node] = await context.list('nodes');
  const { address } = node.status.addresses.find(({ type }: KubeObject) => type === 'InternalIP');
  return { address, port: service.spec.ports[0].nodePort, module: `${namespace}.uploads-dr-0` };
};

const copySecret = async (context: Context, from: string, to: string): Promise<void> => {
  const name = writerSecretName('uploads', 'dr');
  const secret = await context.waitFor('the Secret for agents elsewhere', () => context.get('secret', name, from));
  const { apiVersion, kind, type, data } = secret;
  await context.apply({ apiVersion, kind, type, data, metadata: { name: 'standby' } }, to);
};

const documented = (example: string): KubeObject[] => [
  ...(examples().find(({ where }) => where.endsWith(`/${example}.yaml`))?.objects ?? []),
];
