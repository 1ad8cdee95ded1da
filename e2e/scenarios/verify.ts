import assert from 'node:assert/strict';
import { closeSync, openSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { untilCondition } from '../harness/look/conditions.ts';
import { replicaRow } from '../harness/look/replicas.ts';
import { startApplication } from '../harness/make/replicated-application.ts';
import { defineScenario, type KubeObject } from '../harness/scenario.ts';

/** What rots, goes and comes at a target behind everybody's back is found by a verification, told and mended. */
export const scenario = defineScenario({
  name: 'verify',
  needsFaults: true,
  async run(context) {
    const web = await startApplication(context);
    const { namespace } = web;
    await web.run(
      'mkdir /data/d; for i in $(seq 50); do echo "content $i" > /data/d/$i; done; touch -d @1700000000 /data/d/*',
    );
    await web.untilSame();
    const data = join(await context.volumePath(namespace, 'data-web-dr-0'), 'data');
    const verification = async () => (await replicaRow(context, namespace, 'web', 'dr'))?.verification;
    const ask = async (value: string): Promise<void> => {
      const annotation = `syncreplica.io/verify-requested-at=${value}`;
      await context.kubectl(['annotate', 'syncreplica', 'web', '-n', namespace, annotation, '--overwrite']);
      await context.waitFor('the answer', async () => (await verification())?.answered === value);
    };

    await context.step('an intact replica is told to be one', async () => {
      await ask('first');
      assert.equal((await verification())?.found, 0);
      assert.equal((await verification())?.mode, 'Checksum');
      await untilCondition(context, namespace, 'web', 'Verified', 'True');
    });

    await context.step('what rotted, went and came is found and mended', async () => {
      const rotten = join(data, 'd/7');
      const { atime, mtime } = statSync(rotten);
      const fd = openSync(rotten, 'r+');
      writeSync(fd, 'CONTENT', 0);
      closeSync(fd);
      utimesSync(rotten, atime, mtime);
      rmSync(join(data, 'd/8'));
      writeFileSync(join(data, 'd/extra'), 'nobody sent this');
      await ask('second');
      await web.untilSame();
      assert.equal(readFileSync(rotten, 'utf8'), 'content 7\n');
      await context.waitFor('all to be mended', async () => (await verification())?.differences === 0);
      assert.ok(((await verification())?.found ?? 0) >= 2);
      await untilCondition(context, namespace, 'web', 'Verified', 'True');
    });

    await context.waitFor('both Events', async () => {
      const events = await context.list('events.events.k8s.io', namespace);
      return ['Diverged', 'Repaired'].every((told) => events.some(({ reason }: KubeObject) => reason === told));
    });
  },
});
