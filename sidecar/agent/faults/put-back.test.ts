import { cpSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeTargetStates } from '../outline/target-states.ts';
import { waitFor } from '../testing/agent-fixture.ts';
import { ProcessWorld, waitForReplica } from '../testing/process-world.ts';

/** What becomes of a volume while its receiver is away. */
const fates: readonly (readonly [what: string, happens: (volume: string, older: string) => void])[] = [
  [
    'is put back to an older state',
    (volume, older) => {
      rmSync(volume, { recursive: true });
      renameSync(older, volume);
    },
  ],
  ['loses the replica and keeps what was said of it', (volume) => rmSync(join(volume, 'data'), { recursive: true })],
];

/** The last that the agent knows to be durable there. */
const acknowledged = (world: ProcessWorld): number => {
  const [target] = world.settings().targets;
  const state = target && makeTargetStates(join(world.base, 'state')).read(target);
  return state?.position?.sequence ?? 0;
};

for (const [what, happens] of fates)
  test(`a target whose volume ${what} gets what it has not any more`, { timeout: 600_000 }, async () => {
    await using world = await ProcessWorld.start();
    for (const directory of ['a', 'b']) {
      mkdirSync(join(world.source, directory));
      writeFileSync(join(world.source, directory, 'file'), 'old');
    }
    const agent = await world.startAgent();
    await world.assertEqual(agent);
    writeFileSync(join(world.source, 'first'), '');
    await world.assertEqual(agent);
    await waitFor('a position', () => acknowledged(world) > 0);
    const before = acknowledged(world);
    const older = `${world.volume}.older`;
    cpSync(world.volume, older, { recursive: true, preserveTimestamps: true });
    writeFileSync(join(world.source, 'a/file'), 'new content');
    renameSync(join(world.source, 'b'), join(world.source, 'c'));
    await world.assertEqual(agent);
    await waitFor('all of it to be durable', () => acknowledged(world) > before);
    await world.receiver.end('SIGKILL');
    happens(world.volume, older);
    await waitForReplica(agent, 'offline', ({ link }) => link === 'Offline');
    await world.restartReceiver();
    await waitForReplica(agent, 'online', ({ link }) => link === 'Online');
    await world.assertEqual(agent);
  });
