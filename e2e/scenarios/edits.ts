import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { agentSecretName } from '../../src/api/names.ts';
import { untilReady } from '../harness/look/conditions.ts';
import { edit, replicaRow, untilState } from '../harness/look/replicas.ts';
import { untilSame } from '../harness/look/trees.ts';
import { makeReplica } from '../harness/make/replica.ts';
import { defineScenario } from '../harness/scenario.ts';

const managed = (name: string) => ({ name, managed: { storage: '64Mi' } });

import { startApplication } from '../harness/make/replicated-application.ts';

/** A SyncReplica that is edited while it runs: filter, pause, targets; then deleted, with Retain and with Delete. */
export const scenario = defineScenario({
  name: 'edits',
  needsFaults: true,
  async run(context) {
    const web = await startApplication(context);
    const { namespace } = web;
    const { uid } = (await web.pod()).metadata;
    const target = async (path: string) => join(await context.volumePath(namespace, 'data-web-dr-0'), 'data', path);

    await context.step('a filter', async () => {
      await edit(context, namespace, 'web', { filter: { exclude: ['*.tmp'] } });
      const secret = async () =>
        (await context.get('secret', agentSecretName('web', 'web'), namespace)).data['web.json'];
      await context.waitFor('settings with the filter', async () =>
        Buffer.from(await secret(), 'base64')
          .toString()
          .includes('*.tmp'),
      );
      // The push comes with the next poll, which is seconds away.
      await new Promise((resolve) => setTimeout(resolve, 8_000));
      await web.run('echo x > /data/left.tmp; echo y > /data/sent.txt');
      const sent = await target('sent.txt');
      await context.waitFor('what is not excluded', async () => existsSync(sent));
      assert.equal(existsSync(await target('left.tmp')), false);
      await web.run('rm /data/left.tmp');
      await web.untilSame();
    });

    await context.step('paused and resumed', async () => {
      await edit(context, namespace, 'web', { paused: true });
      await untilState(context, namespace, 'web', 'dr', 'Offline');
      await untilReady(context, namespace, 'web', 'False', 'Paused');
      await web.run('echo while paused > /data/paused.txt');
      await new Promise((resolve) => setTimeout(resolve, 5_000));
      assert.equal(existsSync(await target('paused.txt')), false, 'nothing is sent');
      await edit(context, namespace, 'web', { paused: false });
      await untilReady(context, namespace, 'web', 'True');
      await web.untilSame();
    });

    await context.step('a target more, and one less', async () => {
      await edit(context, namespace, 'web', { targets: [managed('dr'), managed('second')] });
      await untilReady(context, namespace, 'web', 'True');
      await untilSame(context, namespace, 'web', 'data-web-second-0');
      await edit(context, namespace, 'web', { targets: [managed('dr')] });
      await context.waitFor('the second receiver to be gone', async () => {
        const gone = (await context.get('statefulset', 'web-second', namespace)) === undefined;
        return gone && (await replicaRow(context, namespace, 'web', 'second')) === undefined;
      });
      assert.ok(await context.get('pvc', 'data-web-second-0', namespace), 'Retain: its claim stays');
      await untilReady(context, namespace, 'web', 'True');
    });

    await context.step('deleted with Retain', async () => {
      await context.kubectl(['delete', 'syncreplica', 'web', '-n', namespace, '--timeout=120s']);
      assert.ok(await context.get('pvc', 'data-web-dr-0', namespace));
      await context.waitFor(
        'the receiver to be gone',
        async () => !(await context.get('statefulset', 'web-dr', namespace)),
      );
      assert.equal((await context.list('secrets', namespace)).length, 0);
      assert.equal((await web.pod()).metadata.uid, uid, 'the application is left alone');
    });

    await context.step(
      'made again, it goes on with the claim that stayed; deleted with Delete the claim goes',
      async () => {
        await context.apply(makeReplica('web', { deletionPolicy: 'Delete' }), namespace);
        await untilReady(context, namespace, 'web', 'True');
        await web.run('echo again > /data/again.txt');
        await web.untilSame();
        await context.kubectl(['delete', 'syncreplica', 'web', '-n', namespace, '--timeout=180s']);
        await context.waitFor(
          'its claim to be gone',
          async () => !(await context.get('pvc', 'data-web-dr-0', namespace)),
        );
        assert.ok(
          await context.get('pvc', 'data-web-second-0', namespace),
          'one that was retained before is not touched',
        );
        assert.ok(await context.get('pvc', 'web', namespace), 'nor is the source');
      },
    );
  },
});
