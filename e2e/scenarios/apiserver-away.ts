import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { untilReady } from '../harness/look/conditions.ts';
import { edit } from '../harness/look/replicas.ts';
import { startApplication } from '../harness/make/replicated-application.ts';
import { defineScenario } from '../harness/scenario.ts';

/** The apiserver is away for a minute: replication goes on without it, and the operator comes back by itself. */
export const scenario = defineScenario({
  name: 'apiserver-away',
  needsFaults: true,
  async run(context) {
    const web = await startApplication(context);
    const { namespace } = web;
    const source = await context.volumePath(namespace, 'web');
    const target = join(await context.volumePath(namespace, 'data-web-dr-0'), 'data');

    await context.faults.stopApiserver();
    await context.step('changes flow while it is away', async () => {
      for (const second of [0, 20, 40]) {
        await new Promise((resolve) => setTimeout(resolve, 20_000));
        // Written at the volume itself: there is no exec without an apiserver.
        writeFileSync(join(source, `away-${second}`), `${second}`);
        await context.waitFor(`what was written after ${second} s`, async () =>
          existsSync(join(target, `away-${second}`)),
        );
      }
    });
    await context.faults.startApiserver();

    await untilReady(context, namespace, 'web', 'True');
    await edit(context, namespace, 'web', { sync: { workers: 3 } });
    await context.waitFor('the operator to look at an edit', async () => {
      const found = await context.get('syncreplica', 'web', namespace);
      return found.status.observedGeneration === found.metadata.generation;
    });
    await web.untilSame();
    assert.ok(existsSync(join(target, 'away-40')));
  },
});
