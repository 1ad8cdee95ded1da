import assert from 'node:assert/strict';
import { commandsOf } from '../docs/read-documents.ts';
import { untilCondition } from '../harness/look/conditions.ts';
import { inShop } from '../harness/make/documented-shop.ts';
import { defineScenario } from '../harness/scenario.ts';

const page = 'docs/how-to-fail-over-by-hand.md';

/** The how-to, as it stands: the application runs on its replica with all that it had, and that has a replica again. */
export const scenario = defineScenario({
  name: 'fail-over-by-hand',
  run: (context) =>
    inShop(context, async ({ namespace, run, inWeb }) => {
      await inWeb('mkdir /data/a && seq 1000 > /data/a/numbers.txt');
      for (const command of commandsOf(page)) await run(command);
      assert.equal(await inWeb('tail -n 1 /data/a/numbers.txt'), '1000\n');
      await untilCondition(context, namespace, 'back', 'InSync', 'True');
      const receiver = { namespace, pod: 'back-home-0', container: 'receiver' };
      const copied = await context.exec(receiver, ['tail', '-n', '1', '/replica/data/a/numbers.txt']);
      assert.equal(copied, '1000\n');
    }),
});
