import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { ReplicationSettings } from '../../../src/api/settings/replication-settings.ts';
import { silentLogger } from '../../../src/process/log/logger.ts';
import { startFixture } from '../../receiver/testing/receiver-fixture.ts';
import { runAgent } from '../main.ts';
import { assertEqualTrees, receiverTarget, testSettings, waitUntilSettled } from '../testing/agent-fixture.ts';

const files = Number(process.env.SYNCREPLICA_TEST_FILES ?? 10_000);
const differing = files / 1_000;
const perDirectory = 500;
const bytes = 4_096;

const pathOf = (n: number): string => join(`d${Math.floor(n / perDirectory)}`, `file-${n}`);
const fill = (root: string): void => {
  for (let n = 0; n < files; n++) {
    if (n % perDirectory === 0) mkdirSync(join(root, `d${n / perDirectory}`));
    writeFileSync(join(root, pathOf(n)), Buffer.alloc(bytes, `${n} `));
  }
};

/** Runs an agent until its target is the source; all that its rsyncs sent, lists included, in bytes on the wire. */
const replicate = async (settings: ReplicationSettings, stateDir: string, metricsPort: number): Promise<number> => {
  const agent = await runAgent({ settings, stateDir, logger: silentLogger });
  await agent.ready;
  await waitUntilSettled(agent, 300_000);
  await agent.stop();
  const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
  return Number(/^syncreplica_receiver_received_bytes_total (\d+)/m.exec(text)?.[1]);
};

test('back to the old source in place only what differs is sent: at most 2 % of a full copy', {
  timeout: 900_000,
}, async (t) => {
  const base = mkdtempSync(join(tmpdir(), 'fail-back-'));
  const [old, copy] = [join(base, 'old'), join(base, 'copy')];
  for (const directory of [old, copy]) mkdirSync(directory);
  fill(old);
  const settings = (source: string, fixture: Awaited<ReturnType<typeof startFixture>>, adopt?: string) => ({
    ...testSettings,
    source,
    lineage: source,
    targets: [receiverTarget(fixture)],
    ...(adopt === undefined ? {} : { requests: { adopt } }),
  });
  const there = await startFixture({ directory: copy });
  const whole = await replicate(settings(old, there), join(base, 'state'), there.metricsPort);
  await there.close();

  // The application goes on with the copy, where the old source is not reached.
  const now = join(copy, 'data');
  for (let n = 0; n < differing; n++) {
    if (n % 4 === 0) unlinkSync(join(now, pathOf(n * 37)));
    else writeFileSync(join(now, n % 4 === 1 ? `new-${n}` : pathOf(n * 37)), `of the new side ${n}`);
  }
  const back = await startFixture({ directory: old, takeIn: '' });
  try {
    const sent = await replicate(settings(now, back, 'any'), join(base, 'state-back'), back.metricsPort);
    await assertEqualTrees(now, join(old, 'data'));
    const share = sent / whole;
    t.diagnostic(
      `${files} files, ${differing} differ: ${whole} bytes for all, ${sent} back, ${(share * 100).toFixed(2)} %`,
    );
    assert.ok(share <= 0.02, `${sent} of ${whole} bytes`);
  } finally {
    await back.close();
    rmSync(base, { recursive: true });
  }
});
