import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../../src/process/clock.ts';
import { silentLogger } from '../../../src/process/log/logger.ts';
import type { NotWatched } from '../watch/not-watched.ts';
import type { OutlineEdges, OutlineSubject } from './outline-edges.ts';
import { OutlineKeeper } from './outline-keeper.ts';

/** A keeper of an empty source, which writes it down as often as it may; `writing`: while an outline is written. */
const startKeeper = (
  t: TestContext,
  { notWatched = [], writing = async () => {} }: { notWatched?: NotWatched[]; writing?: () => Promise<void> } = {},
) => {
  let written = 0;
  const volume = { boot: { id: 'b', startedAt: 1 }, root: '1:2:3', mounted: 'm' };
  const edges: Partial<OutlineEdges> = {
    makeLooker: () => ({ words: new Uint32Array(64), look: () => 0 }),
    walk: function* () {},
    identify: () => volume,
    slice: () => () => false,
    write: async () => {
      await writing();
      written += 1;
    },
  };
  const subject: Pick<OutlineSubject, 'events'> & { root: Partial<OutlineSubject['root']> } = {
    root: { check: () => 'same', mounts: { any: false } },
    events: ['Write', 'Create', 'Delete', 'Move', 'Attributes'],
  };
  const keeper = new OutlineKeeper({
    stateDir: '/nowhere',
    subject: () => subject as OutlineSubject,
    watch: {
      isOpen: true,
      kind: 'inotify',
      stats: () => ({ watchedDirectories: 1, watchLimit: undefined, overflows: 0, notWatched }),
      knows: () => true,
      drain: async () => {},
    },
    wall: { earliest: (at) => at },
    clock: systemClock,
    logger: silentLogger,
    outlinePace: { everyMs: 1, ageMs: 0 },
    edges: edges as OutlineEdges,
  });
  t.after(() => keeper.stop());
  keeper.want();
  keeper.start();
  return { keeper, countWritten: () => written };
};

const until = async (isSo: () => boolean): Promise<void> => {
  for (let n = 0; n < 1_000 && !isSo(); n += 1) await sleep(5);
  assert.ok(isSo());
};

test('a source all of which is watched is written down, and once as long as nothing changes', async (t) => {
  const { keeper, countWritten } = startKeeper(t);
  await until(() => keeper.latest !== undefined);
  await sleep(50);
  assert.equal(countWritten(), 1);
});

test('what is not all watched is not written down: a change there is told by nobody', async (t) => {
  const { keeper, countWritten } = startKeeper(t, { notWatched: [{ reason: 'WatchLimit', count: 1, samples: ['d'] }] });
  await sleep(100);
  assert.deepEqual([keeper.latest, countWritten()], [undefined, 0]);
});

test('what was written down while another directory took the source’s place is not told of as the source’s', async (t) => {
  const { promise, resolve } = Promise.withResolvers<void>();
  let isWriting = false;
  const { keeper, countWritten } = startKeeper(t, {
    writing: () => {
      isWriting = true;
      return promise;
    },
  });
  await until(() => isWriting);
  keeper.forget();
  resolve();
  await until(() => countWritten() === 1);
  await sleep(20);
  assert.equal(keeper.latest, undefined);
});
