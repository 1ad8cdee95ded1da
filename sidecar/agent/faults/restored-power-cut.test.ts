import assert from 'node:assert/strict';
import { closeSync, fsyncSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { silentLogger } from '../../../src/process/log/logger.ts';
import { compareTrees } from '../../../testing/trees/compare-trees.ts';
import { startFixture } from '../../receiver/testing/receiver-fixture.ts';
import { runAgent } from '../main.ts';
import { assertEqualTrees, receiverTarget, testSettings, waitUntilSettled } from '../testing/agent-fixture.ts';
import { cannotCutPower, PoweredDisk } from '../testing/powered-disk.ts';

test('what a source was filled with is there after a power cut, or it is filled again', {
  skip: cannotCutPower,
  timeout: 600_000,
}, async (t) => {
  const base = mkdtempSync(join(tmpdir(), 'restored-power-'));
  const receiver = await startFixture();
  const disk = new PoweredDisk();
  t.after(async () => {
    await receiver.close();
    await disk.close();
    rmSync(base, { recursive: true });
  });
  const settings = {
    ...testSettings,
    restore: 'IfEmpty',
    lineage: 'claim',
    targets: [receiverTarget(receiver)],
  } as const;
  const run = async (source: string, state: string): Promise<{ end(): Promise<void> }> => {
    mkdirSync(source, { recursive: true });
    const options = {
      settings: { ...settings, source },
      holder: 'pod',
      stateDir: join(base, state),
      logger: silentLogger,
    };
    const agent = await runAgent(options);
    await agent.ready;
    await waitUntilSettled(agent);
    return { end: () => agent.stop(1_000) };
  };
  const first = join(base, 'first');
  mkdirSync(first);
  for (let n = 0; n < 20; n++) writeFileSync(join(first, `file-${n}`), `${n}`.repeat(50_000));
  await (await run(first, 'one')).end();
  const source = join(disk.at, 'source');
  await (await run(source, 'two')).end();
  // As an application does of what is its own.
  const own = openSync(join(disk.at, 'own'), 'w');
  fsyncSync(own);
  closeSync(own);
  await disk.cutPower();
  disk.powerOn();
  await (await run(source, 'two')).end();
  const different = await compareTrees(first, source);
  assert.deepEqual(
    different.filter(({ path }) => path !== ''),
    [],
  );
  await assertEqualTrees(source, join(receiver.directory, 'data'));
});
