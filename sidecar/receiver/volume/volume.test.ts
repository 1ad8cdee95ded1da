import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Logger, silentLogger } from '../../../src/process/log/logger.ts';
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
