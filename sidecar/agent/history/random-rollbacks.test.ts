import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { createRandom } from '../../../testing/storm/random.ts';
import { Storm } from '../../../testing/storm/storm.ts';
import { createHistoryClient, type HistoryClient } from '../../protocol/connection/history-client.ts';
import { testUser } from '../../receiver/testing/receiver-fixture.ts';
import { assertEqualTrees, type Replica, startReplica, waitFor } from '../testing/agent-fixture.ts';
import { waitForCheckpoint } from '../testing/wait-for-checkpoint.ts';

const seed = process.env.STORM_SEED === undefined ? undefined : Number(process.env.STORM_SEED);

const openHistory = ({ receiver: { port, tls } }: Replica): HistoryClient =>
  createHistoryClient({ host: '127.0.0.1', port, tls, volume: 'uploads', user: testUser });

const standAtCheckpoint = async (replica: Replica, history: HistoryClient): Promise<number> => {
  await replica.assertEqual();
  return waitForCheckpoint(history);
};

test('random work and random rollbacks end at the checkpoint’s tree', { timeout: 600_000 }, async (t) => {
  const replica = await startReplica({ receiver: { history: { keepMs: 3_600_000, maxSize: { percent: 50 } } } });
  const history = openHistory(replica);
  const saved: { at: number; path: string }[] = [];
  try {
    const storm = new Storm(replica.source, { ...(seed === undefined ? {} : { seed }), entries: 120 });
    t.diagnostic(`STORM_SEED=${storm.seed}`);
    const random = createRandom(storm.seed + 1);
    for (let round = 0; round < 6; round++) {
      await storm.run({ steps: 120, pauseMs: round % 2 === 0 ? 0 : 5 });
      const path = join(replica.base, `saved-${round}`);
      const at = await standAtCheckpoint(replica, history);
      execFileSync('cp', ['-a', replica.data, path]);
      saved.push({ at, path });
    }
    for (let turn = 0; turn < 5; turn++) {
      const { at, path } = saved[random.below(saved.length)] as (typeof saved)[number];
      const answer = await history.rollBack({ at, checkpoint: true, by: 'test' });
      t.diagnostic(
        `${turn}: to ${new Date(at).toISOString()}: ${answer.changed} changed, ${answer.failedCount} failed ${JSON.stringify(answer.failed.slice(0, 5).map(({ path, reason }) => [Buffer.from(path, 'base64url').toString('latin1'), reason]))}`,
      );
      await assertEqualTrees(path, replica.data);
    }
    const { epoch } = replica.status().position ?? { epoch: 1 };
    await history.resume({ by: 'test' });
    await waitFor('the writer’s next epoch', () => (replica.status().position?.epoch ?? 0) > epoch);
    await replica.settled();
    // What a mass of work has taken since may be most of what there was: that is for a person to say.
    const held = replica.status().heldDeletes;
    if (held !== null) {
      await replica.agent.update({ ...replica.settings, generation: 2, requests: { releaseDeletes: held.id } });
      await waitFor('the release', () => replica.status().heldDeletes === null);
    }
    await replica.assertEqual();
  } finally {
    history.close();
    await replica.close();
  }
});
