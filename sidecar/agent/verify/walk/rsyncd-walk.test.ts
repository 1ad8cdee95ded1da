import assert from 'node:assert/strict';
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { silentLogger } from '../../../../src/process/log/logger.ts';
import type { ReplicaStatus, VerificationStatus } from '../../../protocol/agent-status.ts';
import { runAgent } from '../../main.ts';
import { assertEqualTrees, testSettings, waitFor, waitUntilSettled } from '../../testing/agent-fixture.ts';
import { RsyncDaemon } from '../../testing/rsync-daemon.ts';

test('what rotted at a plain rsync daemon is found by its checksums, and mended', {
  timeout: 600_000,
}, async (context) => {
  const base = mkdtempSync(join(tmpdir(), 'agent-verify-'));
  const source = join(base, 'source');
  mkdirSync(join(source, 'dir'), { recursive: true });
  const odd = Buffer.from('caf\xe9 \n\\#012', 'latin1');
  const names = ['dir/rotten', 'removed', 'fine'].map((name) => Buffer.from(name)).concat(odd);
  const at = (root: string, name: Buffer): Buffer => Buffer.concat([Buffer.from(`${root}/`), name]);
  for (const name of names) {
    writeFileSync(at(source, name), 'content '.repeat(1_000));
    utimesSync(at(source, name), 1_700_000_000, 1_700_000_000);
  }
  const daemon = await RsyncDaemon.start(join(base, 'daemon'));
  const settings = { ...testSettings, source, targets: [daemon.target()] };
  const agent = await runAgent({ settings, stateDir: join(base, 'state'), logger: silentLogger });
  context.after(async () => {
    await agent.stop(1_000);
    await daemon.stop();
    rmSync(base, { recursive: true });
  });
  await agent.ready;
  await waitUntilSettled(agent);
  for (const name of [Buffer.from('dir/rotten'), odd]) {
    const path = at(daemon.module, name);
    const fd = openSync(path, 'r+');
    writeSync(fd, 'ROTTEN', 100);
    closeSync(fd);
    utimesSync(path, 1_700_000_000, 1_700_000_000);
  }
  unlinkSync(join(daemon.module, 'removed'));
  writeFileSync(join(daemon.module, 'dir/extra'), 'extra');
  const verification = (): VerificationStatus | undefined => (agent.status().replicas[0] as ReplicaStatus).verification;
  const verify = async (generation: number, repair: boolean): Promise<VerificationStatus> => {
    const verify = { metadata: 'Continuous', mode: 'Checksum', repair } as const;
    await agent.update({ ...settings, generation, verify, requests: { verify: `${generation}` } });
    await waitFor('a verification', () => verification()?.answered === `${generation}`);
    return verification() as VerificationStatus;
  };
  const { samples } = await verify(2, false);
  const paths = samples.map((text) => text.replace(/ \([a-z]+\)$/, '')).sort();
  // The times of the two directories whose entries were changed went with them.
  assert.deepEqual(paths, ['caf\\#351 \\#012\\#134#012', 'dir', 'dir/extra', 'dir/rotten', 'removed']);
  await verify(3, true);
  await waitFor('all to be mended', () => verification()?.differences === 0);
  await assertEqualTrees(source, daemon.module);
});
