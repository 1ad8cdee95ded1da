import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PathLocks } from '../../locks/path-locks.ts';
import { makeCheckpoint } from './make-checkpoint.ts';

const quiet = (): boolean => true;
const link = { hasHistory: true };
const fail = (): never => assert.fail('the target was asked');

test('nothing is changed while a checkpoint is made, and who waits for that is shown', async () => {
  const locks = new PathLocks();
  const order: string[] = [];
  const made = Promise.withResolvers<null>();
  const asked = Promise.withResolvers<void>();
  const checkpoint = makeCheckpoint({ link, locks }, quiet, () => {
    asked.resolve();
    return made.promise;
  });
  await asked.promise;
  const change = locks.acquire([{ path: 'a/b', mode: 'X' }]).then(() => order.push('changed'));
  const { holders, waiters } = locks.snapshot();
  assert.deepEqual(
    holders.map(({ path, mode, owner }) => [path, mode, owner]),
    [['', 'S', 'checkpoint']],
  );
  assert.deepEqual(
    waiters.map(({ waitsFor }) => waitsFor),
    [['checkpoint']],
  );
  order.push('made');
  made.resolve(null);
  assert.equal(await checkpoint, null);
  await change;
  assert.deepEqual(order, ['made', 'changed']);
});

test('says why there is none', async () => {
  const locks = new PathLocks();
  const behind = (): boolean => false;
  assert.equal(await makeCheckpoint(undefined, quiet, fail), 'the target is not connected');
  const noHistory = { link: { hasHistory: false }, locks };
  assert.equal(await makeCheckpoint(noHistory, quiet, fail), 'the target keeps no history');
  assert.equal(await makeCheckpoint({ link, locks }, behind, fail), 'changes are on their way');
  const writer = await locks.acquire([{ path: 'a', mode: 'X' }]);
  assert.equal(await makeCheckpoint({ link, locks }, quiet, fail), 'changes are on their way');
  writer.release();
  const broken = makeCheckpoint({ link, locks }, quiet, () => Promise.reject(new Error('gone')));
  await assert.rejects(broken, /gone/);
  assert.equal(locks.snapshot().held, 0);
});
