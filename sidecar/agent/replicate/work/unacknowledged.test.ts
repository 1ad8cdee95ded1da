import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Unacknowledged } from './unacknowledged.ts';

const content = (path: string) => ({ kind: 'content', path }) as const;

test('what was sent is at risk until a position that was asked for later is durable', () => {
  const unacknowledged = new Unacknowledged();
  unacknowledged.sent(['a'], 10);
  const first = unacknowledged.ask();
  unacknowledged.sent(['b'], 20);
  assert.equal(unacknowledged.oldestSince, 10);
  first();
  assert.equal(unacknowledged.oldestSince, 20);
  assert.deepEqual(unacknowledged.takeAll(), { changes: [content('b')], subtrees: [], at: 20 });
  assert.equal(unacknowledged.isEmpty, true);
});

test('what was asked for later is not durable by an answer to what was asked before', () => {
  const unacknowledged = new Unacknowledged();
  unacknowledged.sent(['a'], 10);
  const first = unacknowledged.ask();
  unacknowledged.sent(['b'], 20);
  const second = unacknowledged.ask();
  first();
  assert.equal(unacknowledged.oldestSince, 20);
  second();
  assert.equal(unacknowledged.isEmpty, true);
});

test('a report that failed leaves it to the next one', () => {
  const unacknowledged = new Unacknowledged();
  unacknowledged.sent(['a'], 10);
  unacknowledged.ask();
  unacknowledged.ask()();
  assert.equal(unacknowledged.isEmpty, true);
});

test('what was renamed and deleted is done again in its order', () => {
  const unacknowledged = new Unacknowledged();
  unacknowledged.sent(['d', 'd/f'], 10);
  unacknowledged.renamed({ from: 'd', path: 'e', isDirectory: true }, 20);
  unacknowledged.deleted(['gone'], 30);
  unacknowledged.sent(['d'], 40);
  assert.deepEqual(unacknowledged.takeAll(), {
    changes: [
      content('d/f'),
      { kind: 'move', from: 'd', path: 'e', isDirectory: true },
      { kind: 'delete', path: 'gone' },
      content('d'),
    ],
    subtrees: [],
    at: 10,
  });
});

test('what a directory held that was deleted may be back, also where another has its name by now', () => {
  const unacknowledged = new Unacknowledged();
  unacknowledged.sent(['d'], 10);
  unacknowledged.deleted(['d'], 20);
  unacknowledged.sent(['d', 'd/f'], 30);
  unacknowledged.sent(['d'], 40);
  assert.deepEqual(unacknowledged.takeAll().changes, [{ kind: 'delete', path: 'd' }, content('d/f'), content('d')]);
});

test('too many names are kept by their directories, again and again', () => {
  const unacknowledged = new Unacknowledged();
  for (let round = 0; round < 3; round++) {
    unacknowledged.sent(
      Array.from({ length: 60_000 }, (_, n) => `d${n % 7}/f${round}-${n}`),
      10,
    );
  }
  const { changes, subtrees } = unacknowledged.takeAll();
  assert.deepEqual(changes, []);
  assert.deepEqual([...subtrees].sort(), ['d0', 'd1', 'd2', 'd3', 'd4', 'd5', 'd6']);
});
