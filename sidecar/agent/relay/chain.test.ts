import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { silentLogger } from '../../../src/process/log/logger.ts';
import { startFixture } from '../../receiver/testing/receiver-fixture.ts';
import { runAgent } from '../main.ts';
import { receiverTarget, testSettings, waitFor } from '../testing/agent-fixture.ts';

test('a copy of a copy is fresh as long as all between are, and says so on its machine; one that is cut off ends it for all behind', {
  timeout: 600_000,
}, async (t) => {
  const base = mkdtempSync(join(tmpdir(), 'chain-'));
  const ends: (() => Promise<unknown>)[] = [];
  t.after(async () => {
    for (const end of ends.reverse()) await end();
    rmSync(base, { recursive: true });
  });
  const source = join(base, 'source');
  mkdirSync(source);
  writeFileSync(join(source, 'page'), 'one');
  const startReceiver = async (name: string) => {
    const directory = join(base, name);
    mkdirSync(directory);
    const receiver = await startFixture({ directory, freshForMs: 15_000 });
    ends.push(() => receiver.close());
    const until = (): number => {
      try {
        return Number(readFileSync(join(directory, 'fresh/until'), 'utf8')) * 1000;
      } catch {
        return 0;
      }
    };
    return { directory, receiver, until, data: join(directory, 'data'), target: receiverTarget(receiver, name) };
  };
  const startAgent = (from: string, to: Awaited<ReturnType<typeof startReceiver>>, relay: boolean) =>
    runAgent({
      settings: { ...testSettings, maxLagMs: 5_000, source: from, targets: [to.target], relay },
      stateDir: join(base, `state-${from.length}`),
      logger: silentLogger,
    });
  const middle = await startReceiver('middle');
  const leaf = await startReceiver('leaf');
  const relay = await startAgent(middle.data, leaf, true);
  ends.push(() => relay.stop(1_000));
  await waitFor('the leaf to be connected', () => relay.status().replicas[0]?.initialPassDone === true);
  assert.equal(relay.status().replicas[0]?.notInSync?.reason, 'UpstreamBehind', 'nobody vouches for what it copies');
  const first = await startAgent(source, middle, false);
  await waitFor('the leaf to be fresh', () => leaf.until() > Date.now());
  assert.equal(readFileSync(join(leaf.data, 'page'), 'utf8'), 'one');
  assert.equal(relay.status().replicas[0]?.inSync, true);
  await first.stop(1_000);
  const stoppedAt = Date.now();
  await waitFor('the leaf to be no longer fresh', () => leaf.until() <= Date.now());
  const { coveredMs } = await leaf.receiver.client().status();
  assert.ok(coveredMs && coveredMs >= Date.now() - stoppedAt, 'nothing after the last word of the first');
  await waitFor('the relay to say why', () => relay.status().replicas[0]?.notInSync?.reason === 'UpstreamBehind');
  const again = await startAgent(source, middle, false);
  ends.push(() => again.stop(1_000));
  await waitFor('the leaf to be fresh again', () => leaf.until() > Date.now());
});
