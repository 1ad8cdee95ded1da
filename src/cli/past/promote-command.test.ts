import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { lease, startFixture } from '../../../sidecar/receiver/testing/receiver-fixture.ts';

const main = fileURLToPath(new URL('../main.ts', import.meta.url));
const run = (...args: string[]) => spawnSync(process.execPath, [main, ...args], { encoding: 'utf8' });

test('a directory that was promoted refuses its agent, whenever its receiver is started again, until it is demoted', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'promote-command-'));
  const ofSource = { ...lease('agent'), lineage: { id: 'source' } };
  const nobody = run('promote', '--dir', directory);
  assert.equal(nobody.status, 1);
  assert.match(nobody.stderr, /no agent ever wrote it\n {2}give the directory that the receiver was given/);
  let receiver = await startFixture({ directory });
  try {
    await receiver.client().takeLease(ofSource);
    assert.match(run('promote', '--dir', directory).stderr, /has it open\n {2}stop its receiver first/);
    await receiver.close();
    const { status, stdout } = run('promote', '--dir', directory);
    assert.equal(status, 0);
    assert.match(stdout, /data is promoted: use it in place of the source/);
    receiver = await startFixture({ directory });
    await assert.rejects(receiver.client().takeLease({ ...ofSource, takeOver: true, adopt: true }), {
      code: 'Promoted',
    });
    assert.match((await receiver.client().status()).promoted?.by ?? '', /@/);
    await receiver.close();
    assert.match(run('demote', '--dir', directory).stdout, /is a target again/);
    assert.match(run('demote', '--dir', directory).stdout, /is a target already/);
    receiver = await startFixture({ directory });
    await receiver.client().takeLease(ofSource);
  } finally {
    await receiver.close();
    await rm(directory, { recursive: true });
  }
  const wrong = run('promote');
  assert.equal(wrong.status, 2);
  assert.match(wrong.stderr, /name a SyncReplica and its target, or a receiver's directory by --dir/);
});
