import assert from 'node:assert/strict';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { HookEvent } from '../hooks/hook-event.ts';
import { startReplica, waitFor } from '../testing/agent-fixture.ts';
import { Journal } from './journal.ts';

const event = (path: string): HookEvent => ({ operation: 'Write', path, at: 1, sequence: 1 });

test('each target has its own time, and what is not kept any more is told', () => {
  let now = 10;
  const journal = new Journal(() => now);
  journal.note([event('a'), event('b')], ['one', 'two']);
  journal.look('one', ({ path }) => (path === 'b' ? 'arrived' : 'waits'));
  now = 20;
  journal.look('two', () => 'arrived');
  const { entries, next, missed } = journal.read(0);
  assert.deepEqual(
    entries.map(({ path, target, arrivedAt }) => [path, target, arrivedAt]),
    [
      ['b', 'one', 10],
      ['a', 'two', 20],
      ['b', 'two', 20],
    ],
  );
  assert.deepEqual([next, missed], [3, 0]);
  assert.deepEqual(
    journal.read(-1).entries.map(({ path }) => path),
    ['b'],
  );
  journal.note(
    Array.from({ length: 10_000 }, (_, n) => event(`${n}`)),
    ['three'],
  );
  journal.look('three', () => 'arrived');
  journal.note(
    Array.from({ length: 10_005 }, (_, n) => event(`${n}`)),
    ['three'],
  );
  journal.look('three', () => 'arrived');
  const later = journal.read(3);
  assert.equal(later.missed, 10_000 + 5, 'those before the last 10000, and those that had no room');
  assert.equal(later.entries.length, 1_000);
});

test('it is switched on and off while the agent runs, and says what was sent to whom, and how fast', async (t) => {
  const replica = await startReplica();
  t.after(() => replica.close());
  await replica.settled();
  const { agent, settings, source } = replica;
  writeFileSync(join(source, 'before'), 'x');
  await replica.assertEqual();
  assert.equal(agent.journal(0), undefined);
  await agent.update({ ...settings, generation: 2, journal: true });
  mkdirSync(join(source, 'd'));
  writeFileSync(join(source, 'd/a'), 'x');
  await replica.assertEqual();
  renameSync(join(source, 'd/a'), join(source, 'b'));
  await replica.assertEqual();
  rmSync(join(source, 'b'));
  const words = () =>
    (agent.journal(0)?.entries ?? []).map(({ operation, path, from }) => `${operation} ${from ?? ''} ${path}`);
  await waitFor('all', () => words().includes('Delete  b'));
  assert.ok(words().includes('Create  d/a'), words().join());
  assert.ok(words().includes('Move d/a b'), words().join());
  assert.ok(!words().some((text) => text.includes('before')));
  for (const { target, at, arrivedAt } of agent.journal(0)?.entries ?? []) {
    assert.equal(target, 'dr');
    assert.ok(arrivedAt >= at && Date.now() - at < 600_000, `${arrivedAt} ${at}`);
  }
  await agent.update({ ...settings, generation: 3 });
  assert.equal(agent.journal(0), undefined);
});
