import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { startReplica } from '../../sidecar/agent/testing/agent-fixture.ts';
import { createRandom } from '../storm/random.ts';
import { programs } from './programs.ts';

const seed = Number(process.env.STORM_SEED ?? Date.now() % 1_000_000);

for (const program of programs) {
  const skip = program.missing?.() ?? false;
  test(`${program.name}: ${program.expects}`, { skip, timeout: 600_000 }, async (t) => {
    t.diagnostic(`STORM_SEED=${seed}`);
    const replica = await startReplica();
    t.after(() => replica.close());
    const directory = join(replica.source, program.name);
    mkdirSync(directory);
    await program.run({ directory, random: createRandom(seed), rounds: 4 });
    await replica.assertEqual().catch((cause: Error) => {
      throw new Error(`${cause.message}\n${JSON.stringify(replica.status())}`, { cause });
    });
    program.check?.(join(replica.data, program.name));
  });
}
