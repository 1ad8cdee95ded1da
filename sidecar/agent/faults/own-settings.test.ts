import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, linkSync, lstatSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { ReplicationSettings, TargetOverrides } from '../../../src/api/settings/replication-settings.ts';
import { Storm } from '../../../testing/storm/storm.ts';
import { compareTrees } from '../../../testing/trees/compare-trees.ts';
import { toRsyncArgs } from '../../filter/filter.ts';
import { type Fixture, makeCredentials, startFixture, testUser } from '../../receiver/testing/receiver-fixture.ts';
import { assertEqualTrees, receiverTarget, startReplica, waitFor } from '../testing/agent-fixture.ts';

/** Whom the second receiver takes besides. */
const next = { username: 'agent-2', password: 'another horse' };

/** Two targets, `dr` with what is said for all and `other` with its own. */
async function together(t: { after(end: () => Promise<void>): void }, own: TargetOverrides = {}) {
  const other: Fixture = await startFixture({ credentials: { ...(await makeCredentials()), users: [testUser, next] } });
  const replica = await startReplica();
  t.after(async () => {
    await replica.close();
    await other.close();
  });
  let generation = 1;
  const say = (
    overrides: TargetOverrides & Partial<typeof next>,
    more: Partial<ReplicationSettings> = {},
  ): Promise<void> =>
    replica.agent.update({
      ...replica.settings,
      ...more,
      generation: ++generation,
      targets: [...replica.settings.targets, { ...receiverTarget(other, 'other'), ...overrides }],
    });
  await say(own);
  return { ...replica, replica, say, data: replica.data, otherData: join(other.directory, 'data') };
}

test('a target that is paused holds up no other, and gets everything afterwards without being compared anew', async (t) => {
  const { replica, say, source, data, otherData } = await together(t);
  await replica.assertEqual();
  const row = () => replica.agent.status().replicas.find(({ target }) => target === 'other');
  const comparedAt = row()?.lastFullPassAt;
  await say({ paused: true });
  await waitFor('the pause', () => row()?.link === 'Paused');
  assert.equal(replica.status().link, 'Online');
  assert.equal(row()?.inSync, false);
  writeFileSync(join(source, 'waits'), 'x');
  await waitFor('it at the other', () => existsSync(join(data, 'waits')));
  await waitFor('it to be pending', () => (row()?.pending ?? 0) > 0);
  assert.equal(existsSync(join(otherData, 'waits')), false);
  await say({ paused: false }, { paused: true });
  await waitFor('the pause of all', () => replica.status().link === 'Paused');
  assert.equal(row()?.link, 'Paused', 'what is said for all holds for each');
  await say({});
  await replica.settled();
  await assertEqualTrees(source, otherData);
  assert.equal(row()?.lastFullPassAt, comparedAt);
});

test('a password that is replaced costs no comparison, also where the target does not know it yet', async (t) => {
  const { replica, say, source, otherData } = await together(t);
  await replica.assertEqual();
  const row = () => replica.agent.status().replicas.find(({ target }) => target === 'other');
  const comparedAt = row()?.lastFullPassAt;
  await say({ password: 'not known yet' });
  await waitFor('the refusal', () => row()?.lastError?.reason === 'AuthenticationFailed');
  writeFileSync(join(source, 'waits'), 'x');
  await waitFor('it to be pending', () => row()?.pending === 1);
  await say(next);
  await waitFor('it at the other', () => existsSync(join(otherData, 'waits')));
  await replica.settled();
  await assertEqualTrees(source, otherData);
  assert.equal(row()?.lastFullPassAt, comparedAt);
});

test('a filter of its own decides what a target gets and what stays there', async (t) => {
  const { replica, say, source, data, otherData } = await together(t);
  const at = (name: string) => join(source, name);
  mkdirSync(at('cache'));
  for (const name of ['a.log', 'b.txt', 'cache/c', 'moves.txt', 'moves.log']) writeFileSync(at(name), 'before');
  await replica.assertEqual();
  await assertEqualTrees(source, otherData);
  await say({ filter: { exclude: ['*.log', 'cache/'], include: [] } });
  await replica.settled();
  for (const name of ['a.log', 'b.txt', 'cache/c', 'new.log']) writeFileSync(at(name), 'after!');
  renameSync(at('moves.txt'), at('hidden.log'));
  renameSync(at('moves.log'), at('shown.txt'));
  await replica.settled();
  await assertEqualTrees(source, data);
  const read = (name: string) =>
    existsSync(join(otherData, name)) ? readFileSync(join(otherData, name), 'utf8') : undefined;
  assert.deepEqual(
    ['a.log', 'b.txt', 'cache/c', 'new.log', 'moves.txt', 'hidden.log', 'moves.log', 'shown.txt'].map(read),
    ['before', 'after!', 'before', undefined, undefined, undefined, 'before', 'before'],
  );
  rmSync(at('cache'), { recursive: true });
  rmSync(at('a.log'));
  rmSync(at('b.txt'));
  await replica.settled();
  await assertEqualTrees(source, data);
  assert.deepEqual(['a.log', 'cache/c', 'b.txt'].map(read), ['before', 'before', undefined]);
  await say({});
  await replica.settled();
  await assertEqualTrees(source, otherData);
});

test('what is written through a name that a target leaves out reaches the other names of that file there', async (t) => {
  const { replica, source, otherData } = await together(t, { filter: { exclude: ['*.log', 'cache/'], include: [] } });
  const at = (name: string) => join(source, name);
  mkdirSync(at('cache'));
  writeFileSync(at('shown'), 'before');
  linkSync(at('shown'), at('hidden.log'));
  linkSync(at('shown'), at('cache/hidden'));
  await replica.settled();
  for (const [name, text] of [
    ['hidden.log', 'after'],
    ['cache/hidden', 'later'],
  ] as const) {
    writeFileSync(at(name), text);
    await replica.settled();
    assert.equal(readFileSync(join(otherData, 'shown'), 'utf8'), text, name);
    assert.equal(existsSync(join(otherData, name)), false);
  }
  // Gone at once: its other name is not sent for it, but nothing of what is left out is deleted.
  writeFileSync(join(otherData, 'hidden.log'), 'theirs');
  writeFileSync(at('hidden.log'), 'last');
  rmSync(at('hidden.log'));
  await replica.settled();
  assert.equal(readFileSync(join(otherData, 'hidden.log'), 'utf8'), 'theirs');
});

test('a target that gets more than the others say is watched for it', async (t) => {
  const { replica, say, source, data, otherData } = await together(t);
  await say({ filter: { exclude: [], include: [] } }, { filter: { exclude: ['*.log'], include: [] } });
  await replica.settled();
  mkdirSync(join(source, 'd'));
  writeFileSync(join(source, 'd/x.log'), 'x');
  await waitFor('it', () => existsSync(join(otherData, 'd/x.log')));
  await replica.settled();
  assert.equal(existsSync(join(data, 'd/x.log')), false);
});

test('a storm reaches a target with a filter of its own as rsync itself would filter it', {
  timeout: 600_000,
}, async (t) => {
  const filter = { exclude: ['*[02468]', '/n1/'], include: [] };
  const { replica, source, data, otherData, base } = await together(t, { filter });
  const storm = new Storm(source);
  t.diagnostic(`STORM_SEED=${storm.seed}`);
  await storm.run({ steps: 600 });
  await replica.settled();
  await assertEqualTrees(source, data);
  const expected = join(base, 'expected');
  execFileSync('rsync', ['-aHXS', ...toRsyncArgs(filter), `${source}/`, expected]);
  // What is left out changes the time of its directory, which the next comparison brings over; and rsync itself gives another
  // time to a symlink with several names.
  const differences = (await compareTrees(expected, otherData, { xattrs: true, hardLinks: true, root: true })).filter(
    ({ path, what }) => what !== 'mtime' || lstatSync(Buffer.from(`${expected}/${path}`, 'latin1')).isFile(),
  );
  assert.deepEqual(differences, []);
});

test('holds of two targets are released by one word after the other', async (t) => {
  const { replica, say, source, data, otherData } = await together(t);
  mkdirSync(join(source, 'directory'));
  for (let n = 0; n < 20; n++) writeFileSync(join(source, `directory/file-${n}`), 'x');
  await replica.assertEqual();
  await assertEqualTrees(source, otherData);
  renameSync(source, `${source}.old`);
  mkdirSync(source);
  writeFileSync(join(source, 'other'), 'other');
  const held = () => replica.agent.status().replicas.flatMap(({ heldDeletes }) => heldDeletes?.id ?? []);
  await waitFor('both holds', () => held().length === 2);
  const [first, second] = held();
  // Nothing waits in between.
  const said = [first, second].map((id) => say({}, { requests: { releaseDeletes: id ?? '' } }));
  await Promise.all(said);
  await waitFor('both releases', () => held().length === 0);
  await replica.settled();
  for (const at of [data, otherData]) await assertEqualTrees(source, at);
});

test('a target that keeps what goes is beside one that does not', async (t) => {
  const { replica, source, data, otherData } = await together(t, { sync: { delete: 'Keep', workers: 1 } });
  writeFileSync(join(source, 'goes'), 'x');
  await replica.assertEqual();
  rmSync(join(source, 'goes'));
  await waitFor('it to go', () => !existsSync(join(data, 'goes')));
  await replica.settled();
  assert.equal(existsSync(join(otherData, 'goes')), true);
});

test('of what a target leaves out the journal says nothing, nor would a hook', async (t) => {
  const { replica, say, source } = await together(t);
  await say({ filter: { exclude: ['*.log'], include: [] } }, { journal: true });
  await replica.settled();
  for (const name of ['a.log', 'a.txt']) writeFileSync(join(source, name), 'x');
  const told = () => (replica.agent.journal(0)?.entries ?? []).map(({ target, path }) => `${target} ${path}`);
  await waitFor(
    'the last',
    () => told().includes('other a.txt') && told().includes('dr a.txt') && told().includes('dr a.log'),
  );
  await replica.settled();
  assert.ok(!told().includes('other a.log'), told().join());
});
