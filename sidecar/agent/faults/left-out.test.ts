import assert from 'node:assert/strict';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { startReplica, waitFor } from '../testing/agent-fixture.ts';

test('a comparison by the schedule leaves out what it is told to, one on request nothing', {
  timeout: 600_000,
}, async (t) => {
  const filter = { exclude: ['/left/'] };
  const replica = await startReplica({
    sync: { fullPass: { schedule: '* * * * *', jitterMs: 0, filter } },
    settings: { verify: { metadata: 'Never', mode: 'Checksum', repair: true } },
  });
  t.after(() => replica.close());
  const { agent, settings, source, data } = replica;
  for (const name of ['left', 'seen']) {
    mkdirSync(join(source, name));
    writeFileSync(join(source, name, 'a'), 'x');
  }
  await replica.assertEqual();
  // Behind the agent's back: only a comparison can find it.
  for (const name of ['left', 'seen']) {
    rmSync(join(data, name, 'a'));
    writeFileSync(join(data, name, 'more'), 'x');
  }
  const is = (name: string): boolean => existsSync(join(data, name));
  await waitFor('the next minute', () => is('seen/a') && !is('seen/more'));
  await replica.settled();
  assert.deepEqual([is('left/a'), is('left/more')], [false, true]);
  writeFileSync(join(source, 'left/b'), 'x');
  await waitFor('a change there, as ever', () => is('left/b'));
  await agent.update({ ...settings, generation: 2, requests: { sync: 'now' } });
  await waitFor('all', () => is('left/a') && !is('left/more'));
  await replica.assertEqual();
});
