import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Replica, startReplica, waitFor } from '../testing/agent-fixture.ts';

/** From now on every rsync of this process's says that the target does not let it in (exit 5), as with a wrong password. */
const refuseRuns = ({ base }: Replica): (() => void) => {
  const { PATH = '' } = process.env;
  mkdirSync(join(base, 'bin'));
  writeFileSync(join(base, 'bin/rsync'), '#!/bin/sh\nexit 5\n', { mode: 0o755 });
  process.env.PATH = `${join(base, 'bin')}:${PATH}`;
  return () => {
    process.env.PATH = PATH;
  };
};

test('an agent whose runs are refused gives back the lease, which keeps the right writer waiting, between its tries', async (t) => {
  const replica = await startReplica();
  t.after(() => replica.close());
  await replica.settled();
  const isHeld = async (): Promise<boolean> => (await replica.receiver.client().status()).leaseExpiresInMs > 0;
  assert.equal(await isHeld(), true);
  const letRun = refuseRuns(replica);
  try {
    await replica.agent.update({ ...replica.settings, generation: 2, requests: { sync: 'now' } });
    await waitFor('the refusal', () => replica.status().lastError?.reason === 'AuthenticationFailed');
    let isFree = false;
    for (let n = 0; n < 100 && !isFree; n += 1) {
      isFree = !(await isHeld());
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    assert.equal(isFree, true);
  } finally {
    letRun();
  }
  writeFileSync(join(replica.source, 'file'), 'x');
  await replica.assertEqual();
});
