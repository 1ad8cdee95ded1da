import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runShortOfFiles, skipShortOfFiles as skip } from '../../../testing/programs/short-of-files.ts';

/** Every replica is made anew, and more than there were, while each file that is given back is taken by somebody else. */
const script = `
  import { existsSync, writeFileSync } from 'node:fs';
  import { startReplica, waitFor } from ${JSON.stringify(new URL('../testing/agent-fixture.ts', import.meta.url).href)};
  const replica = await startReplica();
  await replica.settled();
  const { agent, settings, source, data } = replica;
  const giveBack = keepAll();
  const [target] = settings.targets;
  const more = Array.from({ length: 10 }, (_, n) => ({ ...target, name: 'more-' + n, port: 1 }));
  const sync = { ...settings.sync, maxDelayMs: 500 };
  const edited = { ...settings, generation: 2, sync, targets: [target, ...more] };
  let outcome = 'waits';
  const updating = agent.update(edited).then(() => 'taken', ({ code }) => code).then((said) => { outcome = said; });
  await waitFor('what becomes of the edit', () => outcome !== 'waits' || replica.status().link !== 'Online', 60_000);
  say([outcome, replica.status().inSync]);
  giveBack();
  await updating;
  writeFileSync(source + '/after', 'x');
  if (outcome === 'taken') await waitFor('what changes then', () => existsSync(data + '/after'));
  say([outcome, agent.status().replicas.length]);
  console.log(JSON.stringify(said));
  process.exit();
`;

test('an edit that needs more open files than there are is taken in once there are enough, and nothing is in sync until then', {
  skip,
}, () => {
  assert.deepEqual(runShortOfFiles(script), [
    ['waits', false],
    ['taken', 11],
  ]);
});
