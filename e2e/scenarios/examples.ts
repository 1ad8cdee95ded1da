import assert from 'node:assert/strict';
import { isForeign } from '../docs/foreign-kinds.ts';
import { blocks, examples } from '../docs/read-documents.ts';
import { defineScenario } from '../harness/scenario.ts';

/** Every YAML of the documents is taken by the apiserver as it is, in strict validation; that of other tools where these are. */
export const scenario = defineScenario({
  name: 'examples',
  async run(context) {
    const manifests = [...examples(), ...blocks()].filter(({ objects }) => !objects.some(isForeign));
    assert.ok(manifests.length >= 9);
    const all = manifests.flatMap(({ objects }) => objects);
    const named = all.map((one) => (one.kind === 'Namespace' ? one.metadata.name : one.metadata.namespace));
    const made: string[] = [];
    try {
      for (const name of new Set(named.filter((one) => one !== undefined))) {
        // What is there has its objects to stay, as the operator's.
        if ((await context.get('namespace', name)) !== undefined) continue;
        made.push(name);
        await context.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
      }
      for (const { where, text, objects } of manifests) {
        await context.step(where, async () => {
          // Some are of one name, and may not follow each other.
          const namespace = await context.namespace();
          const where = objects.some(({ metadata }) => metadata.namespace) ? [] : ['--namespace', namespace];
          await context.kubectl(['apply', ...where, '--validate=strict', '--filename', '-'], { input: text });
          for (const { kind, metadata } of objects) {
            assert.ok(
              await context.get(kind, metadata.name, metadata.namespace ?? namespace),
              `${kind} ${metadata.name}`,
            );
          }
        });
      }
    } finally {
      for (const name of made) await context.kubectl(['delete', 'namespace', name, '--ignore-not-found']);
    }
  },
});
