import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  closeSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Replica, startReplica, waitFor } from '../testing/agent-fixture.ts';

const mebibyte = 1024 * 1024;

/** What crosses to the target while something happens, bytes. */
async function sentBy({ status, assertEqual }: Replica, act: () => void): Promise<number> {
  const before = status().transferredBytes;
  act();
  // The event has to be read before calm means anything.
  await sleep(50);
  await assertEqual();
  return status().transferredBytes - before;
}

test('an appended piece and changed attributes cost few bytes, whatever the size', { timeout: 600_000 }, async (t) => {
  const replica = await startReplica();
  t.after(() => replica.close());
  const path = join(replica.source, 'big');
  await sentBy(replica, () => writeFileSync(path, randomBytes(64 * mebibyte)));
  const appended = await sentBy(replica, () => appendFileSync(path, randomBytes(4096)));
  assert.ok(appended < 0.2 * mebibyte, `${appended} bytes for 4 KiB appended`);
  const chmod = await sentBy(replica, () => chmodSync(path, 0o600));
  assert.ok(chmod < 8_192, `${chmod} bytes for a chmod`);
  const touched = await sentBy(replica, () => utimesSync(path, 1_700_000_000, 1_700_000_001.5));
  assert.ok(touched < 64 * 1024, `${touched} bytes for a touch`);
  const piece = await sentBy(replica, () => {
    const fd = openSync(path, 'r+');
    writeSync(fd, randomBytes(100), 0, 100, 30 * mebibyte);
    closeSync(fd);
  });
  assert.ok(piece < mebibyte, `${piece} bytes for 100 in the middle`);
});

test('a renamed directory costs next to nothing', { timeout: 600_000 }, async (t) => {
  const replica = await startReplica();
  t.after(() => replica.close());
  mkdirSync(join(replica.source, 'before/deep'), { recursive: true });
  for (let n = 0; n < 1_000; n++) writeFileSync(join(replica.source, `before/deep/${n}`), randomBytes(4096));
  await replica.assertEqual();
  const bytes = await sentBy(replica, () => renameSync(join(replica.source, 'before'), join(replica.source, 'after')));
  assert.ok(bytes < 0.01 * mebibyte, `${bytes} bytes`);
  assert.equal(replica.status().renames, 1);
});

test('a longer file that takes the name of one that grew is sent as it is', { timeout: 600_000 }, async (t) => {
  const replica = await startReplica();
  t.after(() => replica.close());
  const at = (name: string): string => join(replica.source, name);
  for (const [name, size] of [
    ['grows', 10],
    ['longer', 20],
    ['same', 15],
  ] as const) {
    writeFileSync(at(name), randomBytes(size * mebibyte));
    await replica.assertEqual();
  }
  renameSync(at('longer'), at('grows'));
  await replica.assertEqual();
  truncateSync(at('grows'), 15 * mebibyte);
  await replica.assertEqual();
  renameSync(at('same'), at('grows'));
  await replica.assertEqual();
});

test('files that grow, shrink and vanish while they are sent end equal', { timeout: 600_000 }, async (t) => {
  const replica = await startReplica({ sync: { maxDelayMs: 100 } });
  t.after(() => replica.close());
  const at = (name: string): string => join(replica.source, name);
  for (let round = 0; round < 4; round++) {
    for (const name of ['grows', 'shrinks', 'vanishes', 'changes']) writeFileSync(at(name), randomBytes(12 * mebibyte));
    await sleep(20 + round * 40);
    appendFileSync(at('grows'), randomBytes(mebibyte));
    truncateSync(at('shrinks'), mebibyte);
    rmSync(at('vanishes'));
    rmSync(at('changes'));
    mkdirSync(at('changes'));
    await sleep(20);
    appendFileSync(at('grows'), 'end');
    rmSync(at('changes'), { recursive: true });
  }
  await replica.assertEqual();
  assert.deepEqual(replica.status().skipped.samples, []);
});

test('holes stay holes, also in what is appended', { timeout: 600_000 }, async (t) => {
  const replica = await startReplica();
  t.after(() => replica.close());
  const path = join(replica.source, 'sparse');
  const fd = openSync(path, 'w');
  writeSync(fd, 'head');
  ftruncateSync(fd, 64 * mebibyte);
  writeSync(fd, 'tail', 64 * mebibyte);
  closeSync(fd);
  await replica.assertEqual();
  const allocated = (): number => statSync(join(replica.data, 'sparse')).blocks * 512;
  assert.ok(allocated() < mebibyte, `${allocated()} bytes`);
  truncateSync(path, 96 * mebibyte);
  appendFileSync(path, 'more');
  await replica.assertEqual();
  assert.ok(allocated() < 40 * mebibyte, `${allocated()} bytes`);
});

test('a file that is never closed is sent now and then', { timeout: 600_000 }, async (t) => {
  const replica = await startReplica({ sync: { maxDelayMs: 200 } });
  t.after(() => replica.close());
  const fd = openSync(join(replica.source, 'log'), 'a');
  try {
    for (let n = 1; n <= 5; n++) {
      writeSync(fd, `line ${n}\n`);
      const size = n * 7;
      await waitFor(`line ${n}`, () => statSync(join(replica.data, 'log'), { throwIfNoEntry: false })?.size === size);
    }
  } finally {
    closeSync(fd);
  }
  await replica.assertEqual();
});

test('rewrites of one size within one tick of the clock all arrive', { timeout: 600_000 }, async (t) => {
  const replica = await startReplica();
  t.after(() => replica.close());
  const path = join(replica.source, 'rewritten');
  for (let round = 0; round < 20; round++) {
    for (let n = 0; n < 10; n++) {
      writeFileSync(path, `${round}:${n}`.padEnd(10));
      utimesSync(path, 1_650_000_000, 1_650_000_000);
    }
    await sleep(round);
  }
  await replica.assertEqual();
  execFileSync('sh', [
    '-c',
    `cp -p "$1" "$1.new"; printf '%s' 0123456789 > "$1.new"; touch -r "$1" "$1.new"; mv "$1.new" "$1"`,
    'sh',
    path,
  ]);
  await replica.assertEqual();
});
