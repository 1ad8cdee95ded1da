import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { startReplica, testSettings } from '../../sidecar/agent/testing/agent-fixture.ts';
import { createRandom } from '../storm/random.ts';
import { programs } from './programs.ts';

const seed = Number(process.env.STORM_SEED ?? Date.now() % 1_000_000);

for (const program of programs) {
  const skip = program.missing?.() ?? false;
  test(`${program.name}: ${program.expects}`, { skip, timeout: 600_000 }, async (t) => {
    t.diagnostic(`STORM_SEED=${seed}`);
    // A program may give its files to other users, who have to get there.
    const preserve = { ...testSettings.sync.preserve, owners: process.getuid?.() === 0 };
    const replica = await startReplica({ sync: { preserve } });
    t.after(() => replica.close());
    for (const path of [replica.base, replica.source]) chmodSync(path, 0o755);
    const directory = join(replica.source, program.name);
    mkdirSync(directory);
    await program.run({ directory, random: createRandom(seed), rounds: 4 });
    await replica.assertEqual().catch((cause: Error) => {
      throw new Error(`${cause.message}\n${JSON.stringify(replica.status())}`, { cause });
    });
    program.check?.(join(replica.data, program.name));
  });
}
