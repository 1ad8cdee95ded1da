import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../../src/process/clock.ts';
import { PathLocks } from '../locks/path-locks.ts';
import { Deleter, type DeleterOptions } from './deleter.ts';

test('what does not get its locks in time is not deleted, and comes again', async () => {
  const locks = new PathLocks({ timeoutMs: 20 });
  const deleter = new Deleter({
    sync: { preserve: {}, deleteGuard: { maxPercent: 10, minFiles: 100 } },
    filter: { include: [], exclude: [] },
    source: { check: () => 'same', look: () => ({ kind: 'gone' }) },
    excludes: () => false,
    lately: { count: () => 0 },
    whole: () => 0,
    locks,
    clock: systemClock,
    signal: new AbortController().signal,
    control: { delete: assert.fail },
  } as unknown as DeleterOptions);
  const other = await locks.acquire([{ path: '', mode: 'S' }]);
  const { deleted, back } = await deleter.removeAnnounced(['a', 'b']);
  assert.deepEqual([deleted, back], [[], ['a', 'b']]);
  assert.deepEqual(await deleter.clear(['d']), []);
  other.release();
});
