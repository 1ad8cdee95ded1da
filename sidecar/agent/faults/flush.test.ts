import assert from 'node:assert/strict';
import { appendFileSync, closeSync, linkSync, openSync, renameSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Storm } from '../../../testing/storm/storm.ts';
import { assertEqualTrees, waitUntilSettled } from '../testing/agent-fixture.ts';
import { ProcessWorld } from '../testing/process-world.ts';

test('the last writes before SIGTERM are on the target when the agent is gone', { timeout: 600_000 }, async (t) => {
  await using world = await ProcessWorld.start({ sync: { maxDelayMs: 60_000, minIntervalMs: 500 } });
  const storm = new Storm(world.source);
  t.diagnostic(`STORM_SEED=${storm.seed}`);
  for (let round = 0; round < 3; round++) {
    const agent = await world.startAgent();
    await waitUntilSettled(agent);
    await storm.run({ steps: 100 });
    writeFileSync(join(world.source, 'last'), `${round}`);
    renameSync(join(world.source, 'last'), join(world.source, 'very-last'));
    appendFileSync(join(world.source, 'grows'), `${round}`);
    // Never closed, so it is still held back.
    const open = openSync(join(world.source, 'open'), 'a');
    writeSync(open, `${round}`);
    if (round === 2) rmSync(join(world.source, 'very-last'));
    assert.equal(await agent.end('SIGTERM'), 0);
    await assertEqualTrees(world.source, world.data);
    closeSync(open);
  }
  await world.assertNoLeftovers();
});

test('what was written by names that are gone is on the target when the agent is gone', {
  timeout: 600_000,
}, async () => {
  await using world = await ProcessWorld.start();
  const names = ['first', 'second', 'third'];
  const at = (name: string): string => join(world.source, name);
  for (const name of names) writeFileSync(at(name), '1');
  const agent = await world.startAgent();
  await waitUntilSettled(agent);
  for (const name of names) {
    // Gone before anybody can look whose name it was.
    linkSync(at(name), at(`${name}-goes`));
    appendFileSync(at(`${name}-goes`), '2');
    rmSync(at(`${name}-goes`));
    // It rests from the look for the first meanwhile.
    await sleep(300);
  }
  assert.equal(await agent.end('SIGTERM'), 0);
  await assertEqualTrees(world.source, world.data);
});
