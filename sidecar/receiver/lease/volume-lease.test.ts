import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { systemClock } from '../../../src/process/clock.ts';
import type { Refusal } from '../refusal.ts';
import { lease as leaseOf } from '../testing/receiver-fixture.ts';
import { openVolumeDirectory } from '../volume/volume-directory.ts';
import { VolumeLease } from './volume-lease.ts';

async function makeVolume(context: TestContext) {
  const root = mkdtempSync(join(tmpdir(), 'volume-lease-'));
  const directory = await openVolumeDirectory(root);
  context.after(async () => {
    await directory.close();
    rmSync(root, { recursive: true });
  });
  return {
    open: (bootId: string, endOlderThan: (epoch: number) => Promise<void> = async () => {}) =>
      VolumeLease.open({ directory, clock: systemClock, bootId, endOlderThan }),
    file: join(directory.state, 'lease.json'),
  };
}

const codeIs = (code: string) => (error: Refusal) => error.answer.code === code;

test('while a promoted volume is worked on nobody is let in, neither by an adoption nor by its end', async (context) => {
  const lease = await (await makeVolume(context)).open('boot');
  await lease.promote('v', { lineage: { id: 'new' }, by: 'test' });
  const adopt = { ...leaseOf('w', 0), lineage: { id: 'old' }, adopt: lease.lineage?.since as number };
  await lease.withoutWriters(async () => {
    for (const call of [() => lease.take('v', adopt), () => lease.demote('v', { by: 'test' })])
      await assert.rejects(call, codeIs('NotReady'));
  });
  assert.equal((await lease.take('v', adopt)).epoch, 2);
});

test('while the runs of an epoch are ended nothing more of it is let in, nor of the next', async (context) => {
  const tried: number[] = [];
  const lease = await (await makeVolume(context)).open('boot', async (epoch) => {
    for (const one of [epoch - 1, epoch]) assert.throws(() => lease.requireEpoch(one), codeIs('StaleEpoch'), `${one}`);
    tried.push(epoch);
  });
  await lease.take('v', leaseOf('a', 0));
  lease.requireEpoch(1);
  await lease.take('v', leaseOf('b', 0, true));
  lease.requireEpoch(2);
  assert.deepEqual(tried, [1, 2]);
});

test('an epoch is granted, and kept, once no run of an older one can write any more', async (context) => {
  const { open, file } = await makeVolume(context);
  const ended: number[] = [];
  const lease = await open('boot', async (epoch) => {
    for (let n = 0; n < 20; n += 1) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).epoch : 0, epoch - 1);
    ended.push(epoch);
  });
  for (const [index, holder] of ['a', 'b'].entries()) {
    await lease.take('v', leaseOf(holder, 0, true));
    assert.equal(ended.length, index + 1);
  }
  await lease.promote('v', { lineage: { id: 'new' }, by: 'test' });
  assert.deepEqual(ended, [1, 2, 3]);
});

test('an epoch goes on after a new start, and ends with the boot of its machine', async (context) => {
  const { open } = await makeVolume(context);
  const renewal = { ...leaseOf('w', 1), fresh: false };
  await (await open('one')).take('v', leaseOf('w', 0));
  const restarted = await open('one');
  restarted.requireEpoch(1);
  assert.equal((await restarted.take('v', renewal)).epoch, 1);
  const rebooted = await open('two');
  assert.throws(() => rebooted.requireEpoch(1), codeIs('NotReady'));
  await assert.rejects(rebooted.take('v', renewal), codeIs('NotReady'));
  await assert.rejects(rebooted.release(1), codeIs('NotReady'));
  assert.deepEqual(await rebooted.take('v', { ...renewal, fresh: true }), { epoch: 2, continues: true });
  rebooted.requireEpoch(2);
  (await open('two')).requireEpoch(2);
});

test('an epoch of a version that kept no boot is followed by another one', async (context) => {
  const { open, file } = await makeVolume(context);
  await (await open('one')).take('v', leaseOf('w', 0));
  const { bootId: _, ...before } = JSON.parse(readFileSync(file, 'utf8'));
  writeFileSync(file, JSON.stringify(before));
  const upgraded = await open('one');
  assert.throws(() => upgraded.requireEpoch(1), codeIs('NotReady'));
  assert.deepEqual(await upgraded.take('v', { ...leaseOf('w', 1), fresh: true }), { epoch: 2, continues: true });
});
