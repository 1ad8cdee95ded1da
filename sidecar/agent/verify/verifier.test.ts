import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { silentLogger } from '../../../src/process/log/logger.ts';
import { compileFilter } from '../../filter/filter.ts';
import { ControlFailure } from '../../protocol/connection/control-connection.ts';
import type { Link } from '../link/link.ts';
import { PathLocks } from '../locks/path-locks.ts';
import { testSettings, waitFor } from '../testing/agent-fixture.ts';
import { defaultVerify } from './start-verifying.ts';
import { Verifier } from './verifier.ts';

test('a receiver of an earlier version is told to be one, and nobody waits for it', async (context) => {
  const source = mkdtempSync(join(tmpdir(), 'verifier-'));
  writeFileSync(join(source, 'file'), 'content');
  const message = 'answer POST /v1/volumes/uploads/list: there is no such request';
  const list = async (): Promise<never> => {
    throw new ControlFailure(400, { code: 'BadRequest', message });
  };
  const verifier = new Verifier({
    target: 'dr',
    access: () => ({
      link: { control: { list }, epoch: 1, timeGranularityNs: 1 } as unknown as Link,
      settings: { ...testSettings, source, targets: [] },
      filter: compileFilter(testSettings.filter),
      locks: new PathLocks(),
      isOver: () => false,
      whole: 1,
      holdsDeletions: () => false,
      isBehind: () => false,
      isBusy: () => false,
      mend: () => assert.fail('something was mended'),
      startChecksums: () => assert.fail('a run was started'),
    }),
    settings: () => defaultVerify,
    source: { bytes: source, check: () => 'same', look: () => ({ kind: 'gone' }), linkNames: async () => new Map() },
    drain: async () => {},
    logger: silentLogger,
  });
  context.after(() => {
    verifier.stop();
    rmSync(source, { recursive: true });
  });
  verifier.order({ mode: 'Checksum', isCircle: false, request: 'now' });
  await waitFor('the answer', () => verifier.status().answered === 'now');
  assert.match(verifier.status().trouble ?? '', /upgrade it to the version of the agent/);
  assert.equal(verifier.status().verifiedAt, null);
  assert.equal(verifier.status().running, null);
});
