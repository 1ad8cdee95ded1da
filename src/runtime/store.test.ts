import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createStore, type StoreChange } from './store.ts';

interface Thing {
  metadata: { name: string; namespace?: string; uid?: string; resourceVersion: string };
  colour?: string;
  noise?: string;
}
const thing = (name: string, resourceVersion: string, fields: Partial<Thing> & { uid?: string } = {}): Thing => {
  const { uid = `uid-${name}`, ...rest } = fields;
  return { metadata: { name, namespace: 'shop', uid, resourceVersion }, ...rest };
};

const setUp = () => {
  const store = createStore<Thing>({
    indexes: { colour: (object) => (object.colour ? [object.colour] : []) },
    trim: ({ noise: _, ...rest }) => rest,
  });
  const changes: string[] = [];
  store.onChange((change: StoreChange<Thing>) =>
    changes.push(`${change.type} ${change.object.metadata.name} ${change.object.metadata.resourceVersion}`),
  );
  return { store, changes };
};

test('a list that repeats what is known tells nothing; what it shows anew or no more is told', () => {
  const { store, changes } = setUp();
  assert.equal(store.synced, false);
  store.replace([thing('a', '1'), thing('b', '1'), thing('c', '1')]);
  assert.equal(store.synced, true);
  assert.deepEqual(changes.splice(0), ['ADDED a 1', 'ADDED b 1', 'ADDED c 1']);
  store.replace([thing('a', '1'), thing('b', '2')]);
  assert.deepEqual(changes.splice(0), ['MODIFIED b 2', 'DELETED c 1']);
  store.apply('ADDED', thing('a', '1'));
  assert.deepEqual(changes, []);
});

test('an object of the same name with another uid is a deletion and an addition', () => {
  const { store, changes } = setUp();
  store.replace([thing('a', '1')]);
  store.replace([thing('a', '5', { uid: 'another' })]);
  assert.deepEqual(changes, ['ADDED a 1', 'DELETED a 1', 'ADDED a 5']);
});

test('indexes follow every change, and what is not needed is not kept', () => {
  const { store } = setUp();
  store.apply('ADDED', thing('a', '1', { colour: 'red', noise: 'x'.repeat(1000) }));
  store.apply('ADDED', thing('b', '1', { colour: 'red' }));
  assert.deepEqual(
    store.byIndex('colour', 'red').map((t) => t.metadata.name),
    ['a', 'b'],
  );
  assert.equal(store.get('shop/a')?.noise, undefined);
  store.apply('MODIFIED', thing('a', '2', { colour: 'blue' }));
  store.apply('DELETED', thing('b', '2', { colour: 'red' }));
  assert.deepEqual(store.byIndex('colour', 'red'), []);
  assert.deepEqual(
    store.byIndex('colour', 'blue').map((t) => t.metadata.name),
    ['a'],
  );
  assert.equal(store.size, 1);
});

test('a list is taken in page by page, and what was on none of its pages is gone only at its end', () => {
  const { store, changes } = setUp();
  store.replace([thing('a', '1'), thing('b', '1'), thing('c', '1')]);
  changes.splice(0);
  const replacing = store.replacing();
  replacing.page([thing('a', '1', { noise: 'x'.repeat(1000) })]);
  replacing.page([thing('b', '2', { noise: 'x'.repeat(1000) })]);
  assert.deepEqual(store.get('shop/b'), thing('b', '2'), 'taken in and trimmed before the next page comes');
  assert.ok(store.get('shop/c'), 'a list that breaks off takes nothing away');
  replacing.done();
  assert.deepEqual(changes, ['MODIFIED b 2', 'DELETED c 1']);
});
