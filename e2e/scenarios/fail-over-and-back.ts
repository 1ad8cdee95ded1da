import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { commandsOf } from '../docs/read-documents.ts';
import { agentsOf, runningPod } from '../harness/look/pods.ts';
import { untilSameFolders } from '../harness/look/trees.ts';
import { inShop } from '../harness/make/documented-shop.ts';
import { defineScenario } from '../harness/scenario.ts';

const files = 1_000;
const fileBytes = 8_192;

/** What an application writes before its pod is lost, and what it changes on the replica. */
const fill = `mkdir -p /data/a && for i in $(seq ${files}); do head -c ${fileBytes} /dev/urandom > /data/a/$i; done`;
const change =
  'rm /data/a/1 && echo changed > /data/a/2 && mv /data/a/3 /data/a/renamed && mkdir /data/b && echo new > /data/b/new';

/** The pages "fail over" and "fail back", as they stand: a whole circle, compared strictly, with the bytes counted. */
export const scenario = defineScenario({
  name: 'fail-over-and-back',
  needsFaults: true,
  run: (context) =>
    inShop(context, async ({ namespace, run, inWeb }) => {
      await inWeb(fill);
      const copy = join(await context.volumePath(namespace, 'data-uploads-dr-0'), 'data');
      await context.waitFor('all of it on the target', async () => readdirSync(join(copy, 'a')).length === files);

      await context.step('the source loses its power', async () => {
        const pod = await runningPod(context, namespace, 'web');
        for (const container of [...agentsOf(pod), 'web'])
          await context.faults.killContainerProcess(namespace, pod.metadata.name, container);
        await context.kubectl(['scale', '--namespace', namespace, 'deployment/web', '--replicas=0']);
        await context.kubectl(['delete', 'pod', pod.metadata.name, '-n', namespace, '--force', '--grace-period=0']);
      });
      for (const command of commandsOf('docs/how-to-fail-over.md')) {
        const began = performance.now();
        await run(command);
        if (command.includes(' promote ')) context.log(`promoted in ${Math.round(performance.now() - began)} ms`);
      }
      const promotion = (await context.get('syncreplica', 'uploads', namespace)).status.promotions[0];
      assert.match(promotion.loss, /^(nothing|not known|\d)/);
      context.log(`asked for by ${promotion.requestedBy}; lost: ${promotion.loss}`);
      assert.equal((await inWeb('ls /data/a | wc -l')).trim(), String(files));
      await inWeb(change);

      const [insync, ...rest] = commandsOf('docs/how-to-fail-back.md');
      await run(insync ?? '');
      const home = join(await context.volumePath(namespace, 'uploads'), 'data');
      const now = join(await context.volumePath(namespace, 'data-uploads-dr-0'), 'data');
      await inWeb('echo last > /data/last');
      await context.waitFor('the change at home', async () => existsSync(join(home, 'last')));
      const receiver = { namespace, pod: 'uploads-back-home-0', container: 'receiver' };
      const read = `fetch('http://127.0.0.1:8731/metrics').then(async (a) => console.log(await a.text()))`;
      const metrics = await context.exec(receiver, ['node', '-e', read]);
      const sent = Number(/^syncreplica_receiver_received_bytes_total\{[^}]*\} (\d+)$/m.exec(metrics)?.[1]);
      context.log(`${sent} bytes back, of ${files * fileBytes} in the whole`);
      assert.ok(sent > 0 && sent < files * fileBytes * 0.1, `${sent} bytes`);

      for (const command of rest) {
        if (command.includes(' promote ')) await untilSameFolders(context, now, home);
        await run(command);
      }
      assert.equal((await inWeb('cat /data/b/new /data/a/2 /data/last')).trim(), 'new\nchanged\nlast');
      await context.kubectl(['scale', '--namespace', namespace, 'deployment/web', '--replicas=0']);
      await context.kubectl(['wait', '-n', namespace, '--for=delete', 'pods', '--selector=app=web', '--timeout=120s']);
      const source = join(await context.volumePath(namespace, 'data-uploads-dr-0'), 'data');
      await untilSameFolders(context, home, source);
    }),
});
