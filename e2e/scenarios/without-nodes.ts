import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { tryCommand } from '../cluster/command.ts';
import { defineScenario } from '../harness/scenario.ts';

const e2e = dirname(import.meta.dirname);

/** The tests that need the cluster's programs but none of its nodes: the chart with the real helm, the operator with an apiserver alone, the packages on machines of their own. */
export const scenario = defineScenario({
  name: 'without-nodes',
  needs: 'cluster',
  needsFaults: true,
  async run(context) {
    for (const room of ['chart', 'control-plane', 'monitoring', 'cluster', 'harness', 'plain-machines']) {
      const files = readdirSync(join(e2e, room)).filter((file) => file.endsWith('.test.ts'));
      for (const file of files) await context.step(`${room}/${file}`, () => runTests(join(e2e, room, file)));
    }
  },
});

const runTests = async (file: string): Promise<void> => {
  const { code, stdout, stderr } = await tryCommand(process.execPath, ['--test', '--test-timeout=600000', file]);
  // What is left out where programs are missing is not to be left out here.
  const isLeftOut = !/skipped 0$/m.test(stdout);
  if (code !== 0 || isLeftOut) throw new Error(`${file}: exit ${code}\n${(stdout + stderr).slice(-8_000)}`);
};
