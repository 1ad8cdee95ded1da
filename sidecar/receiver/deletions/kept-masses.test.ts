import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Clock } from '../../../src/process/clock.ts';
import { silentLogger } from '../../../src/process/log/logger.ts';
import { KeptMasses } from './kept-masses.ts';
import type { MassDirectories, MassDirectory } from './mass-directory.ts';

const directoryOf = (id: string): MassDirectory => ({
  path: id,
  writeNote: async () => {},
  addLines: async () => {},
  readLines: async () => '',
  count: () => 1,
  place: (name) => ({ fd: -1, name }),
  putBack: () => null,
  close: () => {},
});

test('where room is short the oldest mass goes and the others stay, each until its time is over', async () => {
  const time = { now: 1_000 };
  const trashed: string[] = [];
  const directories: MassDirectories = {
    ids: async () => [],
    pathOf: (id) => id,
    make: async (id) => directoryOf(id),
    load: async () => undefined,
  };
  const clock: Pick<Clock, 'now'> = { now: () => time.now };
  const masses = await KeptMasses.open({
    directories,
    trash: { takeDirectory: (path) => void trashed.push(path) },
    clock: clock as Clock,
    logger: silentLogger,
  });
  for (const id of ['first', 'second', 'third']) {
    await masses.take({ id, reason: 'Mass', forMs: 60_000 }, ['d'], () => {});
    time.now += 1_000;
  }
  await masses.expire(false);
  assert.deepEqual(trashed, []);
  await masses.expire(true);
  assert.deepEqual(trashed, ['first']);
  time.now = 62_000;
  await masses.expire(false);
  assert.deepEqual([trashed, masses.list().map(({ id }) => id)], [['first', 'second'], ['third']]);
});
