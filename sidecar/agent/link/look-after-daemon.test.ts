import assert from 'node:assert/strict';
import net from 'node:net';
import { test } from 'node:test';
import { makeLookAfterDaemon } from './look-after-daemon.ts';

/** A daemon that answers or not, under a clock of the test's own. */
const start = () => {
  const world = { nowMs: 0, isThere: true, looks: 0 };
  const look = makeLookAfterDaemon(
    async () => {
      world.looks += 1;
      if (!world.isThere) throw new Error('refused');
      return new net.Socket();
    },
    () => world.nowMs,
  );
  const after = async (ms: number): Promise<void> => {
    world.nowMs += ms;
    await look();
  };
  return { world, after };
};

test('it is looked for now and then, not at each call', async () => {
  const { world, after } = start();
  for (let second = 0; second < 60; second += 5) await after(5_000);
  assert.equal(world.looks, 4);
});

test('one look in vain says nothing, two in a row do, as long as it is gone', async () => {
  const { world, after } = start();
  world.isThere = false;
  await after(15_000);
  world.isThere = true;
  await after(5_000);
  await after(15_000);
  assert.equal(world.looks, 3);
  world.isThere = false;
  await after(15_000);
  await assert.rejects(after(5_000), /refused/);
});
