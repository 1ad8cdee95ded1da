import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemClock } from '../../../src/process/clock.ts';
import type { Refusal } from '../refusal.ts';
import { lease as leaseOf } from '../testing/receiver-fixture.ts';
import { openVolumeDirectory } from '../volume/volume-directory.ts';
import { VolumeLease } from './volume-lease.ts';

test('while a promoted volume is worked on nobody is let in, neither by an adoption nor by its end', async (context) => {
  const root = mkdtempSync(join(tmpdir(), 'volume-lease-'));
  const directory = await openVolumeDirectory(root);
  context.after(async () => {
    await directory.close();
    rmSync(root, { recursive: true });
  });
  const lease = await VolumeLease.open({ directory, clock: systemClock, endOlderThan: async () => {} });
  await lease.promote('v', { lineage: { id: 'new' }, by: 'test' });
  const adopt = { ...leaseOf('w', 0), lineage: { id: 'old' }, adopt: lease.lineage?.since as number };
  await lease.withoutWriters(async () => {
    for (const call of [() => lease.take('v', adopt), () => lease.demote('v', { by: 'test' })])
      await assert.rejects(call, (error: Refusal) => error.answer.code === 'NotReady');
  });
  assert.equal((await lease.take('v', adopt)).epoch, 2);
});
