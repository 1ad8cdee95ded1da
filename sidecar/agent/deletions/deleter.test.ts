import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Clock } from '../../../src/process/clock.ts';
import type { ControlClient } from '../../protocol/connection/control-client.ts';
import type { RelPath } from '../changes/change.ts';
import { PathLocks } from '../locks/path-locks.ts';
import type { Run } from '../rsync/run.ts';
import type { Look, SourceView } from '../source/source-view.ts';
import { testSettings } from '../testing/agent-fixture.ts';
import { endedRun } from '../testing/ended-run.ts';
import { AnnouncedLately } from './announced-lately.ts';
import { Deleter } from './deleter.ts';

/** A source of which only what is said here is there, and a target of either kind; `onMade` is called while it is at its deletions. */
const makeScene = (
  kind: 'receiver' | 'plain daemon',
  { onMade = () => {}, mountsLost = [] }: { onMade?: () => void; mountsLost?: readonly RelPath[] } = {},
) => {
  const there = new Map<RelPath, Look>();
  const made: RelPath[] = [];
  const lately = new AnnouncedLately();
  const kept: ([string, string] | undefined)[] = [];
  const time = { now: 0, onSleep: () => {} };
  const root: { is: ReturnType<SourceView['check']> } = { is: 'same' };
  const clock: Pick<Clock, 'monotonic' | 'sleep'> = {
    monotonic: () => time.now,
    sleep: async (ms) => {
      time.now += ms;
      time.onSleep();
      return true;
    },
  };
  const source: Pick<SourceView, 'look' | 'check' | 'mountsLost'> = {
    look: (path) => there.get(path) ?? { kind: 'gone' },
    check: () => root.is,
    mountsLost: () => mountsLost,
  };
  const control: Pick<ControlClient, 'delete'> = {
    delete: async ({ paths, keep }) => {
      onMade();
      kept.push(keep && [keep.id, `${keep.reason} ${keep.forMs}`]);
      made.push(...paths.map((path) => Buffer.from(path, 'base64url').toString('latin1')));
      return { results: paths.map(() => ({ deleted: true })) };
    },
  };
  const run: Pick<Run, 'feed'> = {
    feed: async (list) => {
      onMade();
      made.push(...list.toString('latin1').split('\0').slice(0, -1));
      return endedRun();
    },
  };
  const deleter = new Deleter({
    sync: { ...testSettings.sync, deleteGuard: { maxPercent: 50, minFiles: 100 } },
    filter: { exclude: [], include: [] },
    excludes: () => false,
    source: source as SourceView,
    locks: new PathLocks(),
    clock: clock as Clock,
    signal: new AbortController().signal,
    lately,
    whole: () => 1_000,
    control: kind === 'receiver' ? (control as ControlClient) : undefined,
    epoch: 1,
    startRun: () => run as Run,
    onRun: () => {},
    onDeleted: () => {},
  });
  return { deleter, there, made, kept, lately, time, root };
};

for (const kind of ['receiver', 'plain daemon'] as const)
  test(`what is made again while a ${kind} is at deleting it is told, for it may have the old one still, or lack the new one`, async () => {
    const s = makeScene(kind, { onMade: () => void s.there.set('d', { kind: 'directory' }) });
    const { deleted, back } = await s.deleter.removeAnnounced(['d', 'file']);
    assert.deepEqual(deleted, ['d', 'file']);
    assert.deepEqual(back, ['d']);
  });

test('where a file system went nothing is cleared for the directory that shows below it, nor above it', async () => {
  const s = makeScene('receiver', { mountsLost: ['disk/below'] });
  for (const path of ['disk', 'disk/below', 'other']) s.there.set(path, { kind: 'directory' });
  assert.deepEqual(await s.deleter.clear(['disk', 'disk/below', 'other']), ['other']);
  assert.deepEqual(s.made, ['other']);
});

test('a plain daemon, which keeps nothing, is at nothing of a mass before it is known to be one', async () => {
  const s = makeScene('plain daemon');
  const names = Array.from({ length: 30 }, (_, n) => `file-${n}`);
  s.lately.note(names.length, 0);
  // Somebody goes on with it.
  s.time.onSleep = () => s.time.now <= 1_000 && s.lately.note(60, s.time.now);
  const { held } = await s.deleter.removeAnnounced(names);
  assert.equal(held?.reason, 'TooMany');
  assert.deepEqual(s.made, []);
});

test('what may turn out to be the beginning of a mass is kept with it, for a while, and the next mass by itself', async () => {
  const { deleter, kept, lately, time } = makeScene('receiver');
  const remove = async (count: number): Promise<void> => {
    lately.note(count, time.now);
    await deleter.removeAnnounced([`after-${time.now}-${count}`]);
  };
  await remove(99);
  await remove(1);
  await remove(500);
  time.now += 120_000;
  await remove(99);
  await remove(600);
  const [first, second] = [kept[1]?.[0] ?? '', kept[4]?.[0] ?? ''];
  assert.deepEqual(kept, [
    undefined,
    [first, 'Lately 60000'],
    [first, 'Mass 3600000'],
    undefined,
    [second, 'Mass 3600000'],
  ]);
  assert.notEqual(first, second);
});

test('a plain daemon deletes nothing that was announced on a root which another took the place of while it waited', async () => {
  const s = makeScene('plain daemon');
  s.lately.note(30, 0);
  s.root.is = 'replaced';
  s.time.onSleep = () => {
    s.root.is = 'same';
  };
  const { held } = await s.deleter.removeAnnounced(['file']);
  assert.equal(held?.reason, 'SourceReplaced');
  assert.deepEqual(s.made, []);
});

test('names that FIFOs have are cleared at a plain daemon, however many: they are no mass', async () => {
  const s = makeScene('plain daemon');
  const pipes = Array.from({ length: 700 }, (_, n) => `pipe-${n}`);
  for (const path of pipes) s.there.set(path, { kind: 'special' });
  const gone = Array.from({ length: 600 }, (_, n) => `file-${n}`);
  assert.deepEqual((await s.deleter.removeAnnounced([...pipes, 'file'])).deleted, [...pipes, 'file']);
  const { deleted, held } = await s.deleter.removeAnnounced([...gone, ...pipes]);
  assert.deepEqual([deleted, held], [pipes, { reason: 'TooMany', paths: gone }]);
});
