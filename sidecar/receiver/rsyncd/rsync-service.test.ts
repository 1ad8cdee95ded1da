import assert from 'node:assert/strict';
import { once } from 'node:events';
import { renameSync, rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Logger, silentLogger } from '../../../src/process/log/logger.ts';
import { connectReceiver } from '../../protocol/connection/tls-connect.ts';
import { alpnRsync, rsyncPreamble } from '../../protocol/control.ts';
import { lease, startFixture } from '../testing/receiver-fixture.ts';

test('an rsync that ends with an error when its volume is gone is told of, and ends nothing else', {
  timeout: 180_000,
}, async (t) => {
  const base = await mkdtemp(join(tmpdir(), 'rsync-service-'));
  const directory = join(base, 'volume');
  const told = Promise.withResolvers<string>();
  const warn = (_: object, message: string): void => told.resolve(message);
  const logger: Logger = { ...silentLogger, warn, child: () => logger };
  const receiver = await startFixture({ directory, logger });
  t.after(async () => {
    renameSync(join(base, 'away'), directory);
    await receiver.close();
    rmSync(base, { recursive: true });
  });
  const { epoch } = await receiver.client().takeLease(lease('agent'));
  const socket = await connectReceiver({ host: '127.0.0.1', port: receiver.port, tls: receiver.tls, alpn: alpnRsync });
  socket.on('error', () => {});
  socket.write(rsyncPreamble('uploads', epoch));
  await once(socket, 'data');
  renameSync(directory, join(base, 'away'));
  socket.end('no rsync says this\n');
  assert.equal(await told.promise, 'what an rsync left behind could not be looked at');
});
