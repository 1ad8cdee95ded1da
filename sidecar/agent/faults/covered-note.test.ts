import assert from 'node:assert/strict';
import { closeSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { waitFor } from '../testing/agent-fixture.ts';
import { ProcessWorld, waitForReplica } from '../testing/process-world.ts';

test('what is written to a file that stays open, and is held back, is not noted as being at the target', async () => {
  await using world = await ProcessWorld.start({ sync: { maxDelayMs: 3_600_000 } });
  const agent = await world.startAgent();
  await world.assertEqual(agent);
  const position = (): string => readFileSync(join(world.volume, '.syncreplica/position.json'), 'utf8');
  const notedAfter = async (name: string): Promise<number> => {
    const before = position();
    writeFileSync(join(world.source, name), name);
    await waitFor('the next report', () => position() !== before);
    return Math.round(Number(/coveredAt\D*(\d+)/.exec(position())?.[1]));
  };
  const descriptor = openSync(join(world.source, 'open'), 'a');
  writeSync(descriptor, 'not at the target');
  await waitForReplica(agent, 'it to be held back', ({ pending }) => pending > 0);
  await notedAfter('first');
  assert.equal(await notedAfter('second'), await notedAfter('third'));
  closeSync(descriptor);
  await world.assertEqual(agent);
});
