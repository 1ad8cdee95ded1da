import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { makeRandom, stormOnce } from '../testing/storm.ts';
import { eventually, type WatchedTree, watchTree } from '../testing/watched-tree.ts';
import { createInotifySource } from './inotify.ts';

const fixed = process.env.STORM_SEED;
const first = Date.now() % 1_000_000;
const seedsOf = (count: number): number[] =>
  fixed === undefined ? Array.from({ length: count }, (_, n) => first + n) : [Number(fixed)];

/** Changes come in bursts that nobody reads meanwhile: by the time an event is applied the tree is another. */
const storm = async (tree: WatchedTree, random: () => number, bursts: number): Promise<void> => {
  for (let burst = 0; burst < bursts; burst++) {
    const changes = 1 + Math.floor(random() * random() * 60);
    for (let change = 0; change < changes; change++) stormOnce(tree.root, tree.outside, random);
    await nextTurn();
  }
};

/** Nothing was missed, and each directory has its watch. */
const settle = async (tree: WatchedTree): Promise<void> => {
  await tree.follow();
  const watched = () => tree.source.stats().watchedDirectories;
  const directories = tree.countDirectories();
  await eventually(
    'one watch per directory',
    () => watched() === directories,
    () => `${watched()} of ${directories}`,
  );
  assert.deepEqual(tree.errors, []);
};

for (const seed of seedsOf(6)) {
  test(`misses nothing of a storm (STORM_SEED=${seed})`, async () => {
    await using tree = await watchTree(createInotifySource);
    await storm(tree, makeRandom(seed), 150);
    await settle(tree);
    assert.equal(tree.source.stats().overflows, 0);
  });
}

for (const seed of seedsOf(3)) {
  test(`misses nothing of a storm where the filter depends on the place (STORM_SEED=${seed})`, async () => {
    const filter = { exclude: ['/a/b/', 'c/d', '/e/**/a'], include: ['/a/b/c/'] };
    await using tree = await watchTree(createInotifySource, { filter });
    await storm(tree, makeRandom(seed), 150);
    await settle(tree);
  });
}

for (const seed of seedsOf(1)) {
  test(`misses nothing of a storm that overflows the queue (STORM_SEED=${seed})`, async () => {
    await using tree = await watchTree(createInotifySource);
    const random = makeRandom(seed);
    const limit = Number(fs.readFileSync('/proc/sys/fs/inotify/max_queued_events', 'utf8'));
    for (let round = 0; round < 3; round++) {
      await storm(tree, random, 20);
      for (let n = 0; n < limit / 2 + 1; n++) {
        fs.writeFileSync(join(tree.root, 'noise'), '');
        fs.unlinkSync(join(tree.root, 'noise'));
      }
      for (let change = 0; change < 40; change++) stormOnce(tree.root, tree.outside, random);
      await nextTurn();
    }
    await settle(tree);
    assert.ok(tree.source.stats().overflows > 0);
  });
}
