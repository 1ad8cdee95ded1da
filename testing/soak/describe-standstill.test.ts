import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { waitFor } from '../../sidecar/agent/testing/agent-fixture.ts';
import { describeStandstill, showProcess } from './describe-standstill.ts';
import { SoakWorld } from './soak-world.ts';

test('a process that is stopped is told from one that sleeps', async (t) => {
  const child = spawn('sleep', ['60']);
  t.after(() => child.kill('SIGKILL'));
  await once(child, 'spawn');
  const { pid = 0 } = child;
  await waitFor('it to sleep', () => showProcess({ pid, name: 'sleep' }).state === 'S');
  assert.equal(showProcess({ pid, name: 'sleep' }).command, 'sleep 60');
  assert.ok(showProcess({ pid: process.pid, name: 'node' }).ticks > 0);
  child.kill('SIGSTOP');
  await waitFor('it to be stopped', () => showProcess({ pid, name: 'sleep' }).state === 'T');
});

test('work that a receiver does not answer is told with its names', { timeout: 600_000 }, async () => {
  await using world = await SoakWorld.start({ hasDisk: false, trusts: false });
  await waitFor('the first pass', async () => (await world.agent.status()).replicas[0]?.inSync === true);
  process.kill(world.world.receiver.pid, 'SIGSTOP');
  writeFileSync(join(world.world.source, 'a name'), 'a');
  await waitFor('the work to be told', async () => /a name/.test(JSON.stringify(await describeStandstill(world))));
  const told = JSON.stringify(await describeStandstill(world));
  assert.match(told, /"underWay":\[\{"names":\d+,"ageMs":\d+/);
  assert.match(told, /"name":"receiver","state":"T"/);
  process.kill(world.agent.pid, 'SIGSTOP');
  assert.match(JSON.stringify(await describeStandstill(world)), /"locks":"no answer within 5000 ms"/);
});
