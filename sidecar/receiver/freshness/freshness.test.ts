import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Clock } from '../../../src/process/clock.ts';
import { silentLogger } from '../../../src/process/log/logger.ts';
import { lease, startFixture } from '../testing/receiver-fixture.ts';
import { Freshness } from './freshness.ts';

const begin = (t: TestContext, { freshForMs }: { freshForMs?: number } = { freshForMs: 30_000 }) => {
  const root = mkdtempSync(join(tmpdir(), 'freshness-'));
  t.after(() => rmSync(root, { recursive: true }));
  const time = { monotonic: 100_000, wall: 5_000_000_000_000 };
  const clock = { monotonic: () => time.monotonic, now: () => time.wall } as Clock;
  const open = () => new Freshness({ root, clock, logger: silentLogger, freshForMs });
  const read = (name: string): string | undefined => {
    const path = join(root, 'fresh', name);
    return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
  };
  return { root, time, open, read };
};

test('a copy may be served for so long after it was known to be its source, and nothing prolongs that but its writer', (t) => {
  const { time, open, read } = begin(t);
  const freshness = open();
  assert.equal(read('until'), undefined);
  freshness.note(undefined);
  assert.equal(freshness.coveredAt, null);
  freshness.note(1_500);
  assert.equal(read('until'), '5000000028\n');
  assert.equal(read('as-of'), '4999999998500\n');
  time.monotonic += 5_000;
  time.wall += 5_000;
  freshness.note(undefined);
  assert.equal(read('until'), '5000000028\n');
  assert.equal(freshness.coveredAt, 4_999_999_998_500);
  freshness.note(7_000);
  assert.equal(read('until'), '5000000028\n', 'what was true once stays so');
});

test('a clock that is set does not keep an old copy fresh', (t) => {
  const { time, open, read } = begin(t);
  const freshness = open();
  freshness.note(0);
  time.monotonic += 5_000;
  time.wall -= 3_600_000;
  freshness.note(0);
  assert.equal(read('until'), '4999996430\n');
});

test('what a renewal was on its way, and waited here, counts as age', (t) => {
  const { time, open } = begin(t);
  const freshness = open();
  const pass = (ms: number): void => {
    time.monotonic += ms;
    time.wall += ms;
  };
  freshness.note(0);
  // The next is said after five seconds; the network was down for a minute.
  pass(65_000);
  freshness.note(0);
  assert.equal(freshness.ageMs, 60_000);
  pass(5_000);
  const askedAt = freshness.now;
  pass(2_000);
  freshness.note(1_000, askedAt);
  assert.equal(freshness.ageMs, 3_000);
  assert.equal(freshness.coveredAt, time.wall - 3_000);
});

test('a receiver that starts vouches for nothing, and where nobody asks writes nothing', (t) => {
  const { open, read } = begin(t);
  open().note(0);
  assert.ok(read('until') && read('as-of'));
  open();
  assert.deepEqual([read('until'), read('as-of')], [undefined, undefined]);
  const silent = begin(t, {});
  const freshness = silent.open();
  freshness.note(0);
  assert.equal(existsSync(join(silent.root, 'fresh')), false);
  assert.equal(freshness.coveredAt, silent.time.wall);
});

test('the writer’s renewals say it, the status shows it, and others on the machine may read it', async (t) => {
  const receiver = await startFixture({ freshForMs: 30_000 });
  t.after(() => receiver.close());
  const client = receiver.client();
  const { epoch } = await client.takeLease(lease('writer'));
  assert.equal((await client.status()).coveredMs, null);
  await client.takeLease({ ...lease('writer', epoch), coveredMs: 2_000 });
  const { coveredMs } = await client.status();
  assert.ok(coveredMs && coveredMs >= 2_000);
  const [until, asOf] = ['until', 'as-of'].map((name) =>
    Number(readFileSync(join(receiver.directory, 'fresh', name), 'utf8')),
  ) as [number, number];
  assert.equal(until, Math.floor((asOf + 30_000) / 1_000));
  assert.equal(statSync(join(receiver.directory, 'fresh/until')).mode & 0o777, 0o644);
  await assert.rejects(client.takeLease({ ...lease('writer', epoch), coveredMs: -1 }), { code: 'BadRequest' });
  await assert.rejects(client.takeLease({ ...lease('other'), coveredMs: 0 }), { code: 'LeaseHeld' });
});
