import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { silentLogger } from '../../../src/process/log/logger.ts';
import { Storm } from '../../../testing/storm/storm.ts';
import { startFixture } from '../../receiver/testing/receiver-fixture.ts';
import { type AgentHandle, runAgent } from '../main.ts';
import { assertEqualTrees, receiverTarget, testSettings, waitFor, waitUntilSettled } from '../testing/agent-fixture.ts';

test('a copy is copied on: an agent on the data of a receiver feeds others, through storms, moves and masses of deletions', {
  timeout: 600_000,
}, async (t) => {
  const base = mkdtempSync(join(tmpdir(), 'relay-'));
  const source = join(base, 'source');
  mkdirSync(source);
  const ends: (() => Promise<unknown>)[] = [];
  t.after(async () => {
    for (const end of ends.reverse()) await end();
    rmSync(base, { recursive: true });
  });
  const startReceiver = async (name: string) => {
    const directory = join(base, name);
    mkdirSync(directory);
    const receiver = await startFixture({ directory });
    ends.push(() => receiver.close());
    return { name, data: join(directory, 'data'), target: receiverTarget(receiver, name) };
  };
  const startAgent = async (from: string, to: readonly Awaited<ReturnType<typeof startReceiver>>[]) => {
    const settings = { ...testSettings, source: from, targets: to.map(({ target }) => target) };
    const stateDir = join(base, `state of ${to.map(({ name }) => name).join()}`);
    const agent = await runAgent({ settings, stateDir, logger: silentLogger });
    ends.push(() => agent.stop(1_000));
    return agent;
  };
  const storm = new Storm(source);
  t.diagnostic(`STORM_SEED=${storm.seed}`);
  await storm.run({ steps: 80 });
  const middle = await startReceiver('middle');
  const leaves = [await startReceiver('leaf-a'), await startReceiver('leaf-b')];
  const agents: AgentHandle[] = [await startAgent(source, [middle]), await startAgent(middle.data, leaves)];
  const equal = async (): Promise<void> => {
    const isEqual = async (): Promise<boolean> => {
      for (const agent of agents) await waitUntilSettled(agent);
      return Promise.all(leaves.map(({ data }) => assertEqualTrees(source, data))).then(
        () => true,
        () => false,
      );
    };
    // What the first hands on the second hears of a moment later.
    await waitFor('all to be as the source', isEqual);
  };
  await storm.run({ steps: 150, pauseMs: 3 });
  await equal();
  mkdirSync(join(source, 'many/deep'), { recursive: true });
  for (let n = 0; n < 300; n++) writeFileSync(join(source, `many/deep/${n}`), `${n}`);
  await equal();
  renameSync(join(source, 'many'), join(source, 'moved'));
  await equal();
  rmSync(join(source, 'moved'), { recursive: true });
  await equal();
  const { replicas } = (agents[1] as AgentHandle).status();
  assert.deepEqual(
    replicas.map(({ target, inSync, heldDeletes }) => [target, inSync, heldDeletes]),
    [
      ['leaf-a', true, null],
      ['leaf-b', true, null],
    ],
  );
  assert.ok(
    replicas.every(({ renames }) => renames > 0),
    'a move is a move all the way',
  );
});
