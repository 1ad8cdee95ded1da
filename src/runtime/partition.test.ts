import assert from 'node:assert/strict';
import { test } from 'node:test';
import { partitionByNamespace } from './partition.ts';
import type { ReflectorSink } from './reflector.ts';
import { createStore, type Keyed, keyOf } from './store.ts';

const object = (namespace: string, name: string, resourceVersion = '1'): Keyed => ({
  metadata: { namespace, name, uid: `${namespace}-${name}`, resourceVersion },
});
const list = (sink: ReflectorSink<Keyed> | undefined, ...items: Keyed[]): void => {
  const replacing = sink?.replacing();
  for (const item of items) replacing?.page([item]);
  replacing?.done();
};

test('a store of several lists is in sync after the last, and a list speaks of its own namespace alone', () => {
  const store = createStore<Keyed>();
  const seen: string[] = [];
  store.onChange(({ type, object: changed }) => seen.push(`${type} ${keyOf(changed)}`));
  const sinks = partitionByNamespace(store, ['a', 'b']);
  list(sinks.get('a'), object('a', 'x'), object('a', 'y'));
  assert.equal(store.synced, false);
  sinks.get('b')?.apply('ADDED', object('b', 'early'));
  list(sinks.get('b'), object('b', 'z'));
  assert.equal(store.synced, true);
  assert.deepEqual(store.list().map(keyOf).sort(), ['a/x', 'a/y', 'b/z']);
  list(sinks.get('a'), object('a', 'x', '2'));
  assert.deepEqual(store.list().map(keyOf).sort(), ['a/x', 'b/z']);
  assert.deepEqual(seen, [
    'ADDED a/x',
    'ADDED a/y',
    'ADDED b/early',
    'ADDED b/z',
    'DELETED b/early',
    'MODIFIED a/x',
    'DELETED a/y',
  ]);
});
