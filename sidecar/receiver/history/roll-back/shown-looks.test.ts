import assert from 'node:assert/strict';
import { lstatSync, readFileSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Scene, startScene } from '../../testing/history-scene.ts';
import { lease } from '../../testing/receiver-fixture.ts';

const seconds = 1_700_000_000;

/** Writers are let in again, and one comes. */
const resume = async (s: Scene): Promise<void> => {
  await s.history.resume({ by: 'test' });
  s.epoch = (await s.client.takeLease({ ...lease('test', 0, true), preserves: true })).epoch;
};

for (const again of ['first', 'second'] as const)
  test(`a writer is told of a file that looks like its own, rolled back once more before it was sent anew, to the ${again} version`, async (context) => {
    const s = await startScene(context);
    const moments = { first: 0, second: 0 };
    for (const version of ['first', 'second', 'third'] as const) {
      await s.write('same-look', version.slice(0, 5).padEnd(5, ' '));
      utimesSync(join(s.data, 'same-look'), seconds, seconds);
      const { at } = await s.checkpoint(version);
      if (version !== 'third') moments[version] = at;
    }
    for (const at of [moments.first, moments[again]]) {
      assert.equal((await s.rollBack(at)).failedCount, 0);
      await resume(s);
      assert.notEqual(lstatSync(join(s.data, 'same-look')).mtimeMs, seconds * 1_000, 'it looks like the source’s');
    }
    assert.equal(readFileSync(join(s.data, 'same-look'), 'utf8').trim(), again === 'first' ? 'first' : 'secon');
  });
