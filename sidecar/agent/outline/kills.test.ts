import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRandom } from '../../../testing/storm/random.ts';
import { Storm } from '../../../testing/storm/storm.ts';
import { isQuiet } from '../replicate/status/in-sync.ts';
import { assertEqualTrees, waitFor } from '../testing/agent-fixture.ts';
import { ProcessWorld, waitForReplica } from '../testing/process-world.ts';
import type { Claim, TargetState } from './claim.ts';

const seed = process.env.STORM_SEED === undefined ? undefined : Number(process.env.STORM_SEED);
const rounds = Number(process.env.SYNCREPLICA_TEST_ROUNDS ?? 6);
const options = { outlinePace: { everyMs: 100, ageMs: 50 } };

const claimIn = (world: ProcessWorld): Claim | null => {
  const directory = join(world.base, 'state');
  const files = readdirSync(directory).filter((name) => /^target-.*\.json$/.test(name));
  const [file] = files;
  return file === undefined ? null : (JSON.parse(readFileSync(join(directory, file), 'utf8')) as TargetState).claim;
};

test('whenever an agent that was killed says in sync again, the target is the source', async (t) => {
  // While no agent looks the storm may delete most of what there was: the guard would rightly hold that.
  await using world = await ProcessWorld.start({ sync: { deleteGuard: { maxPercent: 100, minFiles: 100 } } });
  const storm = new Storm(world.source, seed === undefined ? {} : { seed });
  t.diagnostic(`STORM_SEED=${storm.seed}`);
  const random = createRandom(storm.seed);
  await storm.run({ steps: 200 });
  let agent = await world.startAgent(options);
  let proven = 0;
  for (let round = 0; round < rounds; round++) {
    await waitForReplica(agent, 'quiet', isQuiet);
    await waitFor('a claim', () => claimIn(world) !== null);
    // The outline may be old by the time of the kill, new, or half written; and changes may be on their way.
    const end = new AbortController();
    const running = storm.run({ steps: 10_000, pauseMs: 30, signal: end.signal });
    await sleep(random.below(1_500));
    await agent.end('SIGKILL');
    const claim = claimIn(world);
    end.abort();
    await running;
    await storm.run({ steps: random.below(2) * random.below(30) });
    agent = await world.startAgent(options);
    const after = await waitForReplica(agent, 'quiet', isQuiet);
    await assertEqualTrees(world.source, world.data);
    if (claim !== null && after.lastFullPassAt === claim.fullPassAt) proven += 1;
  }
  t.diagnostic(`${proven} of ${rounds} restarts compared nothing but what had changed`);
  // At rest the target is soon known to have what is there then, and that is enough.
  const former = claimIn(world)?.outline;
  await storm.run({ steps: 1 });
  await waitFor('another claim', () => claimIn(world) !== null && claimIn(world)?.outline !== former);
  await waitForReplica(agent, 'quiet', isQuiet);
  await agent.end('SIGKILL');
  const fullPassAt = claimIn(world)?.fullPassAt;
  const { lastFullPassAt } = await waitForReplica(await world.startAgent(options), 'quiet', isQuiet);
  assert.equal(lastFullPassAt, fullPassAt);
  await assertEqualTrees(world.source, world.data);
});
