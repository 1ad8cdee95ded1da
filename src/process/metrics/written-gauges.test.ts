import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMetricsRegistry } from './metrics-registry.ts';
import { writeGauges } from './written-gauges.ts';

interface Thing {
  readonly name: string;
  readonly weight: number;
}

const things: readonly Thing[] = [
  { name: 'a', weight: 1 },
  { name: 'with "quotes", a \\ and a\nline', weight: 0.5 },
];

test('what is written is what prom-client writes', async () => {
  const registry = createMetricsRegistry();
  const weight = registry.gauge({ name: 'weight', help: 'How heavy.', labelNames: ['name'] });
  const state = registry.gauge({ name: 'state', help: 'Which.', labelNames: ['name', 'state'] });
  for (const thing of things) {
    weight.set({ name: thing.name }, thing.weight);
    state.set({ name: thing.name, state: 'fresh' }, 1);
    state.set({ name: thing.name, state: 'old' }, 0);
  }
  const written = writeGauges(things, ({ name }) => ({ name }), [
    { name: 'weight', help: 'How heavy.', read: (thing) => thing.weight },
    { name: 'state', help: 'Which.', by: 'state', read: () => ({ fresh: 1, old: 0 }) },
  ]);
  const theirs = await registry.render();
  assert.equal(written, theirs.slice(theirs.indexOf('# HELP weight')));
});

test('without a thing each is still named, so that a query finds it', () => {
  const written = writeGauges([], () => ({}), [{ name: 'weight', help: 'How heavy.', read: () => 0 }]);
  assert.equal(written, '# HELP weight How heavy.\n# TYPE weight gauge\n');
});
