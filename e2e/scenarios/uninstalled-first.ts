import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { installChart, operatorNamespace, readValues, releaseName } from '../harness/chart.ts';
import { untilReady } from '../harness/look/conditions.ts';
import { startApplication } from '../harness/make/replicated-application.ts';
import { type Context, defineScenario } from '../harness/scenario.ts';

const project = dirname(dirname(import.meta.dirname));

/**
 * Namespaces and the release go in any order: nothing waits for an operator that is no more, no copy is lost, what replicates
 * goes on, and an operator that is installed again takes it up.
 */
export const scenario = defineScenario({
  name: 'uninstalled-first',
  needsFaults: true,
  async run(context) {
    const [kept, gone] = [await startApplication(context), await startApplication(context)];
    const early = await startApplication(context);
    const remove = (namespace: string) =>
      context.kubectl(['delete', 'namespace', namespace, '--timeout=120s'], { timeoutMs: 150_000 });
    await context.step('a namespace goes before its SyncReplica', () => remove(early.namespace));
    await withoutRelease(context, async () => {
      const replica = await context.get('syncreplica', 'web', kept.namespace);
      assert.equal(replica.metadata.finalizers, undefined);
      await kept.run('mkdir /data/later && echo later > /data/later/file');
      await kept.untilSame();
      await context.step('a namespace goes after the release', () => remove(gone.namespace));
    });
    await context.step('the operator is there again', async () => {
      // What the status says may be of the operator that went.
      await context.waitFor('the finalizer to be back', async () => {
        const replica = await context.get('syncreplica', 'web', kept.namespace);
        return replica?.metadata.finalizers?.length === 1;
      });
      await untilReady(context, kept.namespace, 'web', 'True');
      await kept.run('echo again > /data/later/file');
      await kept.untilSame();
      await context.kubectl(['delete', 'syncreplica', 'web', '-n', kept.namespace, '--timeout=120s']);
    });
  },
});

/** Uninstalls the release for a while, and installs it again with the values that it had. */
const withoutRelease = async (context: Context, work: () => Promise<void>): Promise<void> => {
  const folder = mkdtempSync(join(tmpdir(), 'syncreplica-values-'));
  const values = join(folder, 'values.json');
  try {
    const where = ['--namespace', operatorNamespace];
    writeFileSync(values, await readValues(context));
    try {
      await context.step('the release is uninstalled', () =>
        context.helm(['uninstall', releaseName, ...where, '--wait', '--timeout', '4m']),
      );
      await work();
    } finally {
      await context.step('and installed again', () => installChart(context, { project, values: [values] }));
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
