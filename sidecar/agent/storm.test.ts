import { test } from 'node:test';
import { Storm } from '../../testing/storm/storm.ts';
import { startReplica } from './testing/agent-fixture.ts';

const seed = process.env.STORM_SEED === undefined ? undefined : Number(process.env.STORM_SEED);

for (const [name, options] of [
  ['a storm', { steps: 1_500, pauseMs: 0 }],
  ['a storm with pauses', { steps: 600, pauseMs: 20 }],
] as const) {
  test(`${name} leaves both trees equal to the byte`, { timeout: 600_000 }, async (t) => {
    const replica = await startReplica();
    try {
      const storm = new Storm(replica.source, seed === undefined ? {} : { seed });
      t.diagnostic(`STORM_SEED=${storm.seed}`);
      await storm.run(options);
      await replica.assertEqual();
      // Once more on what is there: now there are names to meet at the target.
      await storm.run(options);
      await replica.assertEqual();
    } finally {
      await replica.close();
    }
  });
}
