import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runShortOfFiles, skipShortOfFiles as skip } from '../../../testing/programs/short-of-files.ts';

const moduleAt = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href);

const script = `
  import { setTimeout as sleep } from 'node:timers/promises';
  import { silentLogger } from ${moduleAt('../../../src/process/log/logger.ts')};
  import { Verifying } from ${moduleAt('./start-verifying.ts')};
  const source = { bytes: '/', check: () => 'same' };
  const verifying = new Verifying({ target: 'dr', settings: {}, source, drain: async () => {}, logger: silentLogger });
  const giveBack = keepAll();
  verifying.onBatch({ entries: new Map([['a/file', 'content']]), renames: [] });
  await sleep(250);
  say(verifying.status() === undefined);
  giveBack();
  while (verifying.status() === undefined) await sleep(20);
  verifying.stop();
`;

test('where no file can be opened for it a replica is verified once one can be', { skip }, () => {
  assert.deepEqual(runShortOfFiles(script), [true]);
});
