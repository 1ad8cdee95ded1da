import assert from 'node:assert/strict';
import { test } from 'node:test';
import { layoutOf, nodeOf } from './layout.ts';

test('two clusters share no place on the host, and a node has its own addresses', () => {
  const [one, two] = [layoutOf('one', 2), layoutOf('two', 2)];
  for (const place of ['folder', 'pki', 'kubeconfig', 'stateFile', 'lockFile', 'volumes', 'cgroup'] as const) {
    assert.notEqual(one[place], two[place]);
  }
  assert.deepEqual(
    one.nodes.map(({ address, podPrefix }) => [address, podPrefix]),
    [
      ['10.88.0.11', '10.244.1'],
      ['10.88.0.12', '10.244.2'],
    ],
  );
});

test('a name that could leave its folder or number of nodes that is none is refused', () => {
  for (const name of ['', '..', 'a/b', 'A', '-a', 'a'.repeat(17)]) {
    assert.throws(() => layoutOf(name, 1), { code: 'bad-name' }, name);
  }
  for (const nodes of [0, 5, 1.5, Number.NaN]) assert.throws(() => layoutOf('a', nodes), { code: 'bad-nodes' });
  assert.throws(() => nodeOf(layoutOf('a', 1), 'node2'), { code: 'no-node' });
});
