import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Clock } from '../../../src/process/clock.ts';
import { type Logger, silentLogger } from '../../../src/process/log/logger.ts';
import { Freshness } from '../freshness/freshness.ts';
import { RsyncRuns } from '../rsyncd/rsync-runs.ts';
import { Volume, type VolumeParts } from './volume.ts';

test('an rsync that can’t be ended, as it waits for the disk of a volume that was lost, is told of and ends nothing', async () => {
  const runs = new RsyncRuns();
  const end = (): Promise<void> => Promise.reject(new Error('it is still waiting for the disk'));
  runs.add({ epoch: 1, end, pause: () => {} });
  const told: string[] = [];
  const logger: Logger = { ...silentLogger, warn: (_, message) => void told.push(message ?? ''), child: () => logger };
  const health = { trouble: () => ({ reason: 'TargetLost', message: '', hint: '' }) };
  const parts = { runs, health, directory: { hooks: '' } } as unknown as VolumeParts;
  const volume = new Volume({ root: '', readOnly: false, timeoutSeconds: 1, logger }, parts);
  await volume.endIfLost();
  assert.deepEqual(told, ['what still runs in a volume that was lost could not be ended']);
});

test('what a renewal waited for at the receiver counts as age of the replica', async (t) => {
  const root = mkdtempSync(join(tmpdir(), 'volume-'));
  t.after(() => rmSync(root, { recursive: true }));
  const time = { now: 1_000 };
  const clock = { monotonic: () => time.now, now: () => time.now } as Clock;
  const freshness = new Freshness({ root, clock, logger: silentLogger, freshForMs: 30_000 });
  const take = async () => {
    time.now += 4_000;
    return { epoch: 1, continues: true };
  };
  const parts = {
    freshness,
    lease: { epoch: 1, lineage: null, take },
    health: { require: () => {} },
    position: { kept: {} },
    directory: { hooks: '' },
    bins: {},
  } as unknown as VolumeParts;
  const volume = new Volume({ root, readOnly: false, timeoutSeconds: 1, logger: silentLogger }, parts);
  await volume.actions.takeLease('uploads', {
    holder: 'a',
    epoch: 1,
    controllerEpoch: 0,
    takeOver: false,
    coveredMs: 1_000,
  });
  assert.equal(freshness.ageMs, 5_000);
});
