import assert from 'node:assert/strict';
import { blocksOf, commandsOf } from '../docs/read-documents.ts';
import { runDocumented } from '../harness/documented.ts';
import { defineScenario } from '../harness/scenario.ts';

const page = 'docs/quick-start.md';

/** The quick start, word for word: each command succeeds and prints what the page says. */
export const scenario = defineScenario({
  name: 'quick-start',
  async run(context) {
    const [, hello = '', table = ''] = ['', ...blocksOf(page, '')];
    await context.kubectl(['delete', 'namespace', 'shop', '--ignore-not-found']);
    for (const command of commandsOf(page)) {
      // The images of a cluster of our own are named by the values that its chart was installed with.
      const asInstalled = command.startsWith('helm ') ? `${command} --reuse-values` : command;
      const printed = await context.step(command, () => runDocumented(context, asInstalled));
      if (command.includes('cat /replica')) assert.equal(printed, hello);
      if (command.includes('get --namespace shop syncreplicas')) {
        const columns = (text: string) =>
          text
            .trim()
            .split('\n')
            .map((line) => line.split(/\s{2,}/).slice(0, 5));
        assert.deepEqual(columns(printed), columns(table));
      }
    }
    assert.equal(await context.get('namespace', 'shop'), undefined);
  },
});
