import assert from 'node:assert/strict';
import { chown, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { elevatedCapabilities } from '../../src/api/names.ts';
import { createControlClient } from '../protocol/connection/control-client.ts';
import { receiverDestination, receiverTransferArgs } from '../protocol/receiver-layout.ts';
import { lease, makeClientTls, openTunnel, runRsync, testUser } from './testing/receiver-fixture.ts';
import { isRoot, makeReceiverHome, startReceiverProcess } from './testing/receiver-process.ts';

const limitedTo = (capabilities: string): string[] => [
  'setpriv',
  `--inh-caps=${capabilities}`,
  `--bounding-set=${capabilities}`,
];
const ofItsPod = ['-all', ...elevatedCapabilities.map((name) => `+${name.toLowerCase()}`)].join(',');

const cases: readonly [string, string[], RegExp][] = [
  ['root that may not chroot serves under Landlock alone', limitedTo('-sys_chroot'), /^landlock$/],
  ['root with the capabilities of its pod serves', limitedTo(ofItsPod), /chroot/],
];

for (const [title, wrapper, confinement] of cases) {
  test(`${title}, and keeps owners`, { skip: !isRoot && 'needs root' }, async () => {
    const { home, certs, volume } = await makeReceiverHome(0);
    const source = await mkdtemp(join(tmpdir(), 'as-root-'));
    await writeFile(join(source, 'file'), 'x', { mode: 0o600 });
    await chown(join(source, 'file'), 101, 33);
    const environment = { tmp: join(home, 'tmp'), wrapper };
    const receiver = await startReceiverProcess({ directory: volume, certs, access: 'Elevated' }, environment);
    const tls = await makeClientTls();
    const address = { host: '127.0.0.1', port: receiver.port, tls };
    const client = createControlClient({ ...address, volume: 'uploads', user: testUser });
    try {
      assert.match(String(receiver.ready.confinement), confinement);
      const { epoch, root } = await client.takeLease(lease('a'));
      const tunnel = await openTunnel({ ...address, epoch });
      const place = `{daemon}${receiverDestination('uploads', root)}`;
      const push = await runRsync(tunnel.port, ['-rtpog', ...receiverTransferArgs(root), `${source}/`, place]);
      assert.deepEqual(push, { code: 0, output: '' });
      const { uid, gid, mode } = await stat(join(volume, 'data/file'));
      assert.deepEqual([uid, gid, mode & 0o777], [101, 33, 0o600]);
      tunnel.close();
    } finally {
      client.close();
      await receiver.end('SIGTERM');
      for (const path of [home, source]) await rm(path, { recursive: true });
    }
  });
}
