import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { assertEqualTrees, waitUntilSettled } from '../testing/agent-fixture.ts';
import { ProcessWorld, waitForReplica } from '../testing/process-world.ts';

test('who was stopped while another wrote to its target, and has gone, says in sync only of its own', async () => {
  await using world = await ProcessWorld.start({ settings: { lineage: 'one-claim' } });
  writeFileSync(join(world.source, 'of'), 'the first');
  const first = await world.startAgent({ holder: 'first' });
  await world.assertEqual(first);
  first.signal('SIGSTOP');
  const source = join(world.base, 'other');
  mkdirSync(source);
  writeFileSync(join(source, 'of'), 'the other');
  const settings = world.settings({ source });
  const other = await world.startAgent({
    ...{ settings, stateDir: join(world.base, 'state-2'), holder: 'other', takeOver: true },
  });
  await waitUntilSettled(other);
  await assertEqualTrees(source, world.data);
  const { position } = (await other.status()).replicas[0] ?? {};
  const epoch = position?.epoch ?? Number.POSITIVE_INFINITY;
  await other.end('SIGTERM');
  first.signal('SIGCONT');
  await waitForReplica(
    first,
    'in sync again, by an epoch of its own',
    // While it compares it may say so with the lag that it has had since the other began.
    ({ inSync, pending, link, position: now }) =>
      inSync && pending === 0 && link === 'Online' && (now?.epoch ?? 0) > epoch,
  );
  await assertEqualTrees(world.source, world.data);
});
