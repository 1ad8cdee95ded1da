import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createInotifySource } from './inotify.ts';
import { makeRandom, stormOnce } from './testing/storm.ts';
import { eventually, watchTree } from './testing/watched-tree.ts';

const seeds =
  process.env.STORM_SEED === undefined
    ? [1, 2, 3, 4, 5, 6].map((n) => n + (Date.now() % 1_000_000))
    : [Number(process.env.STORM_SEED)];

for (const seed of seeds) {
  // Changes come in bursts that nobody reads meanwhile: by the time an event is applied the tree is another.
  test(`misses nothing of a storm (STORM_SEED=${seed})`, async () => {
    await using tree = await watchTree(createInotifySource);
    const random = makeRandom(seed);
    for (let burst = 0; burst < 150; burst++) {
      const changes = 1 + Math.floor(random() * random() * 60);
      for (let change = 0; change < changes; change++) stormOnce(tree.root, tree.outside, random);
      await nextTurn();
    }
    await tree.follow();
    const directories = execFileSync('find', [tree.root, '-type', 'd', '-printf', 'x']).length;
    const watched = () => tree.source.stats().watchedDirectories;
    await eventually(
      'one watch per directory',
      () => watched() === directories,
      () => `${watched()} of ${directories}`,
    );
    assert.deepEqual(tree.errors, []);
    assert.equal(tree.source.stats().overflows, 0);
  });
}
