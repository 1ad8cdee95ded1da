import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ReplicaStatus } from '../../protocol/agent-status.ts';
import { assertEqualTrees, waitFor, waitUntilSettled } from '../testing/agent-fixture.ts';
import type { AgentProcess } from '../testing/agent-process.ts';
import { ProcessWorld, waitForReplica } from '../testing/process-world.ts';

const isRefused = ({ link, lastError }: ReplicaStatus): boolean =>
  link === 'Offline' && (lastError?.reason === 'StaleEpoch' || lastError?.reason === 'LeaseHeld');

const startOther = async (world: ProcessWorld, takeOver: boolean): Promise<{ other: AgentProcess; source: string }> => {
  const source = join(world.base, 'other');
  mkdirSync(source);
  writeFileSync(join(source, 'of'), 'the other');
  const more = { settings: world.settings({ source }), stateDir: join(world.base, 'state-2'), holder: 'other' };
  return { other: await world.startAgent({ ...more, takeOver }), source };
};

test('a second agent waits while the first one writes', { timeout: 600_000 }, async () => {
  await using world = await ProcessWorld.start({ settings: { lineage: 'one-claim' } });
  writeFileSync(join(world.source, 'of'), 'the first');
  const first = await world.startAgent({ holder: 'first' });
  await world.assertEqual(first);
  const { other, source } = await startOther(world, false);
  await waitForReplica(other, 'the refusal', ({ lastError }) => lastError?.reason === 'LeaseHeld');
  assert.equal(readFileSync(join(world.data, 'of'), 'utf8'), 'the first');
  await first.end('SIGTERM');
  await waitUntilSettled(other);
  await assertEqualTrees(source, world.data);
});

test('an agent that slept past its lease gets nowhere once another writes', { timeout: 600_000 }, async () => {
  await using world = await ProcessWorld.start({ settings: { lineage: 'one-claim' } });
  writeFileSync(join(world.source, 'of'), 'the first');
  const first = await world.startAgent({ holder: 'first' });
  await world.assertEqual(first);
  first.signal('SIGSTOP');
  const { other, source } = await startOther(world, false);
  await waitUntilSettled(other);
  await assertEqualTrees(source, world.data);
  writeFileSync(join(world.source, 'of'), 'nobody any more');
  writeFileSync(join(world.source, 'stale'), 'x');
  first.signal('SIGCONT');
  await waitForReplica(first, 'the refusal', isRefused);
  writeFileSync(join(source, 'more'), 'of the other');
  await waitUntilSettled(other);
  await assertEqualTrees(source, world.data);
});

test('of two agents that both take over, the first stays away', { timeout: 600_000 }, async () => {
  await using world = await ProcessWorld.start({ settings: { lineage: 'one-claim' } });
  writeFileSync(join(world.source, 'of'), 'the first');
  const first = await world.startAgent({ holder: 'first', takeOver: true });
  await world.assertEqual(first);
  const { other, source } = await startOther(world, true);
  await waitUntilSettled(other);
  writeFileSync(join(world.source, 'stale'), 'x');
  await waitForReplica(first, 'the refusal', isRefused);
  for (let n = 0; n < 10; n++) {
    writeFileSync(join(source, `more-${n}`), 'of the other');
    await waitUntilSettled(other);
    await sleep(300);
    await assertEqualTrees(source, world.data);
  }
  await waitFor('the first to wait', async () => (await first.status()).replicas[0]?.lastError?.reason === 'LeaseHeld');
});
