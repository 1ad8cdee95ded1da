import assert from 'node:assert/strict';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { compareTrees } from '../../../testing/trees/compare-trees.ts';
import { assertEqualTrees, waitFor, waitUntilSettled } from '../testing/agent-fixture.ts';
import type { AgentProcess } from '../testing/agent-process.ts';
import { ProcessWorld, waitForReplica } from '../testing/process-world.ts';
import { canRun } from '../watch/testing/watching-process.ts';

const nobody = 65_534;
const otherUser = ['setpriv', `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups'];
const skip = !canRun('setpriv', ...otherUser.slice(1), process.execPath, '--version') && 'needs to become another user';

async function startAsOther(world: ProcessWorld): Promise<AgentProcess> {
  const stateDir = join(world.base, 'state');
  for (const path of [world.base, world.source]) chmodSync(path, 0o755);
  mkdirSync(stateDir, { recursive: true });
  chownSync(stateDir, nobody, nobody);
  return world.startAgent({ stateDir }, otherUser);
}

test('what may not be read is counted, and all else goes on', { skip, timeout: 600_000 }, async () => {
  await using world = await ProcessWorld.start();
  const at = (path: string): string => join(world.source, path);
  mkdirSync(at('closed'));
  mkdirSync(at('open'));
  writeFileSync(at('closed/file'), 'x');
  writeFileSync(at('secret'), 'before', { mode: 0o600 });
  writeFileSync(at('open/file'), 'x');
  writeFileSync(at('open/goes'), 'x');
  chmodSync(at('closed'), 0o700);
  let agent = await startAsOther(world);
  const first = await waitForReplica(agent, 'the first pass', (replica) => replica.initialPassDone);
  assert.ok(first.skipped.count >= 2, JSON.stringify(first.skipped));
  assert.match(first.skipped.samples.join('\n'), /secret \(.*Permission denied/);
  assert.equal((await agent.status()).watch.unreadable.count, 1);
  writeFileSync(at('secret'), 'after');
  writeFileSync(at('open/file'), 'more');
  writeFileSync(at('last'), 'x');
  await waitFor('later changes', () => existsSync(join(world.data, 'last')));
  await waitUntilSettled(agent);
  const different = await compareTrees(world.source, world.data);
  assert.deepEqual(new Set(different.map(({ path }) => path)), new Set(['closed/file', 'secret']));

  // Deletions are found by a pass although it can't read everything, and what it can't read is not deleted.
  chmodSync(at('closed'), 0o755);
  chmodSync(at('secret'), 0o644);
  await waitUntilSettled(agent);
  await waitFor('what may be read now', () => existsSync(join(world.data, 'closed/file')));
  await waitUntilSettled(agent);
  await assertEqualTrees(world.source, world.data);
  await agent.end('SIGKILL');
  chmodSync(at('closed'), 0o700);
  rmSync(at('open/goes'));
  agent = await startAsOther(world);
  await waitFor('the deletion', () => !existsSync(join(world.data, 'open/goes')));
  await waitUntilSettled(agent);
  assert.equal(readFileSync(join(world.data, 'closed/file'), 'utf8'), 'x');
});

test('of thousands that may not be read each is counted, and sent when it may be', {
  skip,
  timeout: 600_000,
}, async () => {
  await using world = await ProcessWorld.start();
  // What rsync says of so many long names is more than is kept of it.
  const names = Array.from({ length: 3_000 }, (_, n) => join(world.source, `${'n'.repeat(200)}-${n}`));
  // Size and time stay the same: only what is remembered of them tells that they were rewritten.
  const write = (name: string, text: string): void => {
    writeFileSync(name, text);
    utimesSync(name, 1_000_000_000, 1_000_000_000);
  };
  for (const name of names) write(name, 'before');
  const agent = await startAsOther(world);
  await waitUntilSettled(agent);
  for (const name of names) chmodSync(name, 0o600);
  for (const name of names) write(name, 'after.');
  await waitForReplica(agent, 'all to be counted', ({ skipped }) => skipped.count === names.length);
  for (const name of names) chmodSync(name, 0o644);
  await waitForReplica(agent, 'none to be left', ({ skipped }) => skipped.count === 0);
  await waitUntilSettled(agent);
  await assertEqualTrees(world.source, world.data);
});

test('what was written in a directory that could not be reached is sent when it can be', {
  skip,
  timeout: 600_000,
}, async () => {
  await using world = await ProcessWorld.start();
  const at = (path: string): string => join(world.source, path);
  mkdirSync(at('closed/below'), { recursive: true });
  writeFileSync(at('closed/below/file'), 'before');
  writeFileSync(at('closed/below/goes'), 'x');
  const agent = await startAsOther(world);
  await waitUntilSettled(agent);
  chmodSync(at('closed'), 0o700);
  await waitUntilSettled(agent);
  writeFileSync(at('closed/below/file'), 'after');
  writeFileSync(at('closed/below/comes'), 'x');
  rmSync(at('closed/below/goes'));
  await waitForReplica(agent, 'all to be counted', ({ skipped }) => skipped.count === 3);
  chmodSync(at('closed'), 0o755);
  await waitForReplica(agent, 'none to be left', ({ skipped }) => skipped.count === 0);
  await waitUntilSettled(agent);
  await assertEqualTrees(world.source, world.data);
});

test('a directory that a comparison could not list is compared once it can be', {
  skip,
  timeout: 600_000,
}, async () => {
  await using world = await ProcessWorld.start();
  const at = (path: string): string => join(world.source, path);
  mkdirSync(at('closed/below'), { recursive: true });
  writeFileSync(at('closed/below/file'), 'x');
  const agent = await startAsOther(world);
  await waitUntilSettled(agent);
  chmodSync(at('closed'), 0o700);
  await waitUntilSettled(agent);
  writeFileSync(join(world.data, 'closed/below/file'), 'of nobody');
  await agent.update(world.settings({ generation: 2, requests: { sync: 'once' } }));
  await waitForReplica(agent, 'the directory to be counted', ({ skipped }) => skipped.count === 1);
  chmodSync(at('closed'), 0o755);
  await waitForReplica(agent, 'in sync', ({ inSync }) => inSync);
  await waitUntilSettled(agent);
  await assertEqualTrees(world.source, world.data);
});
