import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { waitFor, waitUntilSettled } from '../testing/agent-fixture.ts';
import { ProcessWorld, replicaOf } from '../testing/process-world.ts';
import { TcpProxy } from '../testing/tcp-proxy.ts';

const mebibyte = 1024 * 1024;

const startSlowWorld = async (context: { after(end: () => void): void }) => {
  let proxy: TcpProxy | undefined;
  const first = await ProcessWorld.start({ port: (port) => proxy?.port ?? port });
  proxy = await TcpProxy.start(first.receiver.port);
  proxy.bytesPerSecond = 6 * mebibyte;
  context.after(() => proxy.close());
  return { world: first, proxy };
};

const sizesIn = (directory: string): number[] =>
  readdirSync(directory).map((name) => statSync(join(directory, name), { throwIfNoEntry: false })?.size ?? 0);

test('files of one name in different directories never mix, however often the connection is cut', {
  timeout: 600_000,
}, async (t) => {
  const { world, proxy } = await startSlowWorld(t);
  await using _ = world;
  const temporary = join(world.volume, '.syncreplica/tmp');
  for (const name of ['a', 'b', 'c']) {
    mkdirSync(join(world.source, name));
    writeFileSync(join(world.source, name, 'disk.img'), randomBytes(12 * mebibyte));
  }
  const agent = await world.startAgent();
  for (let round = 0; round < 3; round++) {
    await waitFor('two files to be half there', () => sizesIn(temporary).filter((size) => size > mebibyte).length >= 2);
    proxy.cut();
  }
  proxy.unlimit();
  await world.assertEqual(agent);
  const partial = join(world.volume, '.syncreplica/partial');
  assert.deepEqual(
    readdirSync(partial).flatMap((name) => readdirSync(join(partial, name))),
    [],
  );
});

test('a receiver that is stopped in order keeps what it has of a file, and is sent the rest', {
  timeout: 600_000,
}, async (t) => {
  const { world, proxy } = await startSlowWorld(t);
  await using _ = world;
  const agent = await world.startAgent();
  await waitUntilSettled(agent);
  mkdirSync(join(world.source, 'a'));
  // Whole at once: of a file that is big only by the time that it is read nothing is kept.
  writeFileSync(join(world.base, 'disk.img'), randomBytes(20 * mebibyte));
  renameSync(join(world.base, 'disk.img'), join(world.source, 'a/disk.img'));
  const temporary = join(world.volume, '.syncreplica/tmp');
  await waitFor('half of the file', () => sizesIn(temporary).some((size) => size > 10 * mebibyte));
  await world.receiver.end('SIGTERM');
  const partial = join(world.volume, '.syncreplica/partial');
  assert.ok(sizesIn(join(partial, readdirSync(partial)[0] ?? '')).some((size) => size >= 8 * mebibyte));
  proxy.unlimit();
  const before = (await replicaOf(agent)).transferredBytes;
  await world.restartReceiver();
  await world.assertEqual(agent);
  const sent = (await replicaOf(agent)).transferredBytes - before;
  assert.ok(sent < 15 * mebibyte, `${sent} bytes were sent`);
});
