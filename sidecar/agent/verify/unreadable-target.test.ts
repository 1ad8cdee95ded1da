import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { startReplica, waitFor } from '../testing/agent-fixture.ts';
import { canRun } from '../watch/testing/watching-process.ts';

/** It has a size, and each read of it fails. */
const unreadable = '/sys/class/net/lo/speed';
const skip =
  !(canRun('unshare', '-m', 'sh', '-c', 'mount -t tmpfs none /mnt') && canRun('sh', '-c', `! cat ${unreadable}`)) &&
  'needs to mount, and a file that can not be read';

test('a file that the disk of the target does not give back differs from the source, whatever its size and time', {
  skip,
  timeout: 600_000,
}, async (t) => {
  const replica = await startReplica({
    prepare: (source) => {
      const file = join(source, 'file');
      writeFileSync(file, 'x'.repeat(4_096));
      chmodSync(file, 0o444);
      execFileSync('touch', ['-r', unreadable, file]);
    },
  });
  t.after(() => replica.close());
  await replica.settled();
  const copy = join(replica.data, 'file');
  execFileSync('mount', ['--bind', unreadable, copy]);
  try {
    const verify = { metadata: 'Never', mode: 'Checksum', repair: false } as const;
    await replica.agent.update({ ...replica.settings, generation: 2, verify, requests: { verify: 'now' } });
    await waitFor('a verification', () => replica.status().verification?.answered === 'now');
    assert.deepEqual(replica.status().verification?.samples, ['file (content)']);
    assert.equal(replica.status().notInSync?.reason, 'Diverged');
  } finally {
    execFileSync('umount', [copy]);
  }
});
