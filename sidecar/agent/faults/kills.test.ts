import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRandom } from '../../../testing/storm/random.ts';
import { Storm } from '../../../testing/storm/storm.ts';
import type { AgentProcess } from '../testing/agent-process.ts';
import { killRsyncs } from '../testing/descendants.ts';
import { ProcessWorld } from '../testing/process-world.ts';

const seed = process.env.STORM_SEED === undefined ? undefined : Number(process.env.STORM_SEED);
const rounds = 3;

interface Victim {
  readonly name: string;
  readonly kill: (world: ProcessWorld, agent: AgentProcess) => Promise<AgentProcess>;
}

const agentItself: Victim = {
  name: 'the agent',
  async kill(world, agent) {
    await agent.end('SIGKILL');
    return world.startAgent();
  },
};

const receiverItself: Victim = {
  name: 'the receiver',
  async kill(world, agent) {
    await world.receiver.end('SIGKILL');
    await world.restartReceiver();
    return agent;
  },
};

const everyRsync: Victim = {
  name: 'every rsync',
  async kill(world, agent) {
    killRsyncs([agent.pid, world.receiver.pid]);
    return agent;
  },
};

const allOfIt: Victim = {
  name: 'everything in turn',
  kill: async (world, agent) =>
    [agentItself, receiverItself, everyRsync].reduce(
      async (before, victim) => victim.kill(world, await before),
      Promise.resolve(agent),
    ),
};

for (const victim of [agentItself, receiverItself, everyRsync, allOfIt]) {
  test(`kill -9 of ${victim.name} during a storm loses nothing`, { timeout: 600_000 }, async (t) => {
    // While no agent looks the storm may delete most of what there was: the guard would rightly hold that.
    await using world = await ProcessWorld.start({ sync: { deleteGuard: { maxPercent: 100, minFiles: 100 } } });
    const storm = new Storm(world.source, seed === undefined ? {} : { seed });
    t.diagnostic(`STORM_SEED=${storm.seed}`);
    const random = createRandom(storm.seed);
    await storm.run({ steps: 300 });
    let agent = await world.startAgent();
    const end = new AbortController();
    const running = storm.run({ steps: 100_000, pauseMs: 20, signal: end.signal });
    for (let round = 0; round < rounds; round++) {
      await sleep(random.below(900));
      agent = await victim.kill(world, agent);
    }
    await sleep(random.below(300));
    end.abort();
    await running;
    await world.assertEqual(agent);
    await world.assertNoLeftovers();
  });
}
