import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Semaphore } from './semaphore.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('lets in as many as there are places, in order', async () => {
  const semaphore = new Semaphore(2);
  const entered: number[] = [];
  const leave: (() => void)[] = [];
  for (let n = 0; n < 4; n++) {
    void semaphore.acquire(false).then((release) => {
      entered.push(n);
      leave.push(release);
    });
  }
  await turn();
  assert.deepEqual(entered, [0, 1]);
  leave[0]?.();
  leave[0]?.();
  await turn();
  assert.deepEqual(entered, [0, 1, 2]);
  assert.equal(semaphore.taken, 2);
});

test('big ones leave a place for others, and one place serves all', async () => {
  const semaphore = new Semaphore(2);
  const first = await semaphore.acquire(true);
  let second = false;
  void semaphore.acquire(true).then(() => {
    second = true;
  });
  const small = await semaphore.acquire(false);
  small();
  await turn();
  assert.equal(second, false);
  first();
  await turn();
  assert.equal(second, true);
  const only = new Semaphore(1);
  (await only.acquire(true))();
  await only.acquire(true);
});
